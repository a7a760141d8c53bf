"""This will measure screening against what it cannot do without: decoding the same images, scoring the same canvases.

Both sides have the same processes to decode, the same batches, the same exported network (the compact one, on canvases
of 96 pixels, which has learned nothing) and the same cores; they take turns, and both have the next batch decoded while
one is scored. The peer decodes, makes what people see of each image, and scores, and keeps nothing. Screening claims
posts, does all that, writes files, predictions, verdicts, draws, questions and webhooks, and commits. Beside them, for
orientation, decoding (by threads of one process) and scoring alone, with nothing made for people.
"""

import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone
from PIL import Image

from annotation import images
from annotation.pixels import Developed
from bench.figures import Figure
from bench.posts import version_of
from bench.scratch import servers
from config.accounts.models import Client
from models_registry import deployment, serving
from models_registry.ml import network, onnx_export
from models_registry.ml.calibration import Calibration
from models_registry.ml.preprocessing import CanvasSpec, decode, to_canvas
from models_registry.ml.recipe import FitConfig
from models_registry.models import Evaluation, GateOutcome, ModelVersion, Scorecard
from moderation import founding, intake, scenes, screening
from moderation.intake import Submission
from moderation.models import PolicyMode

# Eight batches a turn: at its beginning and end nothing can be done at once, on neither side.
TURNS, POSTS_A_TURN, WARMING = 3, 512, 8
SIZE_PX = (1280, 960)
SPEC = CanvasSpec(96, "bilinear")
LEAST = 0.9
KEYS = ("no_animal", "gruesome", "indecent", "copyright")
CLASSES: list[dict[str, Any]] = [{"key": key, "name": key, "severity": 2} for key in KEYS]
# Of what a network says that has learned nothing, some is flagged and most passes.
BANDS = {"remove": {"threshold": 0.9}, "review": {"threshold": 0.6}}

Side = Callable[[Sequence[bytes]], None]


def run() -> list[Figure]:
    with servers(), ThreadPoolExecutor(settings.DECODE_PROCESSES) as pool:
        client, version = _founded()
        files = _files(WARMING + TURNS * POSTS_A_TURN)
        sides: dict[str, Side] = {
            "bare": partial(_bare, version=version, pool=pool),
            "peer": partial(_peer, version=version),
            "ours": _ours,
        }
        warm = list(islice(files, WARMING))
        _submit(client, warm, first=TURNS * POSTS_A_TURN)
        for side in sides.values():
            side(warm)
        spent = dict.fromkeys(sides, 0.0)
        for turn in range(TURNS):
            some = list(islice(files, POSTS_A_TURN))
            _submit(client, some, first=turn * POSTS_A_TURN)
            for name, side in sides.items():
                began = time.perf_counter()
                side(some)
                spent[name] += time.perf_counter() - began
        images.decoders().close()
    return _figures({name: TURNS * POSTS_A_TURN / seconds for name, seconds in spent.items()})


def _figures(rates: dict[str, float]) -> list[Figure]:
    over = {name: rates["ours"] / rate for name, rate in rates.items()}
    return [
        Figure("decoding and scoring alone", rates["bare"], "images a second"),
        Figure("with what people see made of each image", rates["peer"], "images a second"),
        Figure("screening", rates["ours"], "posts a second"),
        Figure("screening over the same decoding and scoring", over["peer"], "×", LEAST, is_least=True),
        Figure("screening over decoding and scoring alone", over["bare"], "×"),
    ]


def _bare(files: Sequence[bytes], *, version: ModelVersion, pool: ThreadPoolExecutor) -> None:
    for batch in _batches(files):
        serving.predict(version, np.stack(list(pool.map(_canvas, batch))))


def _canvas(data: bytes) -> np.ndarray:
    return to_canvas(decode(data, max_pixels=SIZE_PX[0] * SIZE_PX[1]), SPEC)


def _peer(files: Sequence[bytes], *, version: ModelVersion) -> None:
    decoders, (first, *others) = images.decoders(), _batches(files)
    ahead = decoders.begin(first, specs=(SPEC,))
    for batch in [*others, ()]:
        begun, ahead = ahead, decoders.begin(batch, specs=(SPEC,))
        developed = decoders.finish(begun)
        serving.predict(version, np.stack([one.canvases[0] for one in developed if isinstance(one, Developed)]))


def _ours(files: Sequence[bytes]) -> None:
    screened = sum(screening.screen_batches(now=timezone.now, most=len(files)))
    if screened != len(files):
        raise RuntimeError(f"Of {len(files)} posts {screened} were screened.")


def _batches(files: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(files), settings.SCREENING_BATCH):
        yield files[start : start + settings.SCREENING_BATCH]


def _submit(client: Client, files: Sequence[bytes], *, first: int) -> None:
    for number, data in enumerate(files, start=first):
        said = Submission(external_id=f"photo-{number}", image=data, title=f"Photo {number}", poster=f"p{number % 50}")
        intake.submit(client, said, now=timezone.now())


def _files(n: int) -> Iterator[bytes]:
    """Draw scenes, as large as a phone's photo is after a platform has reduced it, with a sensor's noise."""
    chance = np.random.default_rng(1)
    for scene in scenes.draw_set(n):
        pixels = np.asarray(scene.image.resize(SIZE_PX), np.int16)
        noisy = np.clip(pixels + chance.integers(-6, 7, pixels.shape, np.int16), 0, 255).astype(np.uint8)
        yield _jpeg(noisy)


def _jpeg(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=88)
    return out.getvalue()


def _founded() -> tuple[Client, ModelVersion]:
    now = timezone.now()
    rules = {
        "classes": {key: {**BANDS, "hours_allowed": 24} for key in KEYS},
        "audit": {"looks_per_day": 150, "removed_rate": 0.2},
    }
    founded = founding.found(
        slug="bench", name="Bench", classes=CLASSES, mode=PolicyMode.AUTOMATIC, rules=rules, now=now
    )
    with tempfile.TemporaryDirectory() as folder:
        version = version_of(founded.detector, number=1, onnx=_exported(Path(folder)), spec=SPEC)
    report: dict[str, Any] = {"classes": {key: {"curve": []} for key in KEYS}}
    Evaluation.objects.create(model_version=version, dataset=version.dataset, report=report, created_at=now)
    Scorecard.objects.create(model_version=version, checks=[], outcome=GateOutcome.PASS, created_at=now)
    deployment.deploy(version, by=None, now=now)
    client = Client.objects.create(project=founded.project, name="platform", webhook_url="https://example.org/hook")
    return client, version


def _exported(folder: Path) -> Path:
    state, onnx = folder / "fit.state", folder / "model.onnx"
    made = network.build("compact", n_classes=len(KEYS), canvas_px=SPEC.size_px).eval()
    network.save(made, backbone="compact", canvas_px=SPEC.size_px, to=state)
    calibration = Calibration((1.0,) * len(KEYS), (0.0,) * len(KEYS))
    onnx_export.export(state, config=FitConfig(epochs=1), class_keys=KEYS, spec=SPEC, calibration=calibration, to=onnx)
    return onnx
