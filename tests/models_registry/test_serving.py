"""Versions are loaded when asked for, a few are kept, and a new champion is used at the next call."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from annotation.playground import MOST_VERSIONS
from config.embedded.paths import CHECKOUT
from models_registry import deployment, serving
from models_registry.artifacts import ArtifactDamaged
from models_registry.models import ModelVersion
from models_registry.serving import KEPT, Loaded
from tests.models_registry import networks
from tests.models_registry.builders import CANVAS_PX, NOW, Place, each_in_a_thread, measured
from tests.models_registry.builders import place as new_place
from tests.models_registry.builders import version as new_version

pytestmark = pytest.mark.django_db
TWO = np.zeros((2, CANVAS_PX, CANVAS_PX, 3), dtype=np.uint8)


@pytest.fixture
def place(db: None) -> Place:
    return new_place()


def version(place: Place, tmp_path: Path, *, says: float) -> ModelVersion:
    return new_version(place, networks.says(says, to=tmp_path / f"{says}.onnx"))


def score(version: ModelVersion) -> float:
    [first, second] = serving.predict(version, TWO)
    assert first == second
    return first["bright"]


def test_a_batch_gets_a_probability_for_every_class(place: Place, tmp_path: Path) -> None:
    assert score(version(place, tmp_path, says=0.25)) == pytest.approx(0.25)


def test_no_images_get_no_scores(place: Place, tmp_path: Path) -> None:
    assert serving.predict(version(place, tmp_path, says=0.25), TWO[:0]) == []


def test_the_canvas_of_a_version_is_known_without_loading_it(place: Place) -> None:
    assert serving.spec_of(new_version(place)).size_px == CANVAS_PX


def test_a_version_is_loaded_once(place: Place, tmp_path: Path) -> None:
    held, one = Loaded(), version(place, tmp_path, says=0.25)
    assert held.get(one) is held.get(ModelVersion.objects.get(pk=one.pk))
    assert len(set(map(id, each_in_a_thread(*[lambda: held.get(one)] * 4)))) == 1


def test_only_the_versions_asked_for_lately_are_kept(place: Place, tmp_path: Path) -> None:
    held = Loaded()
    versions = [version(place, tmp_path, says=0.05 + 0.05 * index) for index in range(KEPT + 1)]
    first = held.get(versions[0])
    for one in versions[1:KEPT]:
        held.get(one)
    assert held.get(versions[0]) is first
    held.get(versions[KEPT])
    assert len(held) == KEPT
    assert held.get(versions[0]) is first


def test_large_versions_are_kept_only_as_far_as_memory_reaches(place: Place, tmp_path: Path) -> None:
    first, second, third = (version(place, tmp_path, says=says) for says in (0.2, 0.4, 0.6))
    size_bytes = Loaded().get(first).size_bytes
    held = Loaded(most_bytes=2 * size_bytes + size_bytes // 2)
    held.get(first), held.get(second), held.get(third)
    assert len(held) == 2
    alone = Loaded(most_bytes=1)
    assert alone.get(first) is alone.get(first), "what is asked for is kept, however large"
    alone.get(second)
    assert len(alone) == 1


def test_the_champion_stays_loaded_while_the_playground_asks_eight_others(place: Place, tmp_path: Path) -> None:
    held, champion = Loaded(), version(place, tmp_path, says=0.9)
    others = [version(place, tmp_path, says=0.1 * index) for index in range(1, MOST_VERSIONS + 1)]
    before = held.get(champion)
    for one in others:
        held.get(one)
    assert held.get(champion) is before


def test_a_new_champion_is_used_at_the_next_call_without_a_restart(place: Place, tmp_path: Path) -> None:
    scores = []
    for says in (0.25, 0.75):
        made = version(place, tmp_path, says=says)
        measured(made, against=deployment.champion(place.detector))
        deployment.deploy(made, by=None, now=NOW)
        scores.append(score(deployment.champion_of(place.project)))
    deployment.roll_back(place.detector, by=None, now=NOW)
    scores.append(score(deployment.champion_of(place.project)))
    assert scores == pytest.approx([0.25, 0.75, 0.25])


def test_a_version_whose_file_is_lost_can_be_asked_again_once_it_is_back(place: Place, tmp_path: Path) -> None:
    made, held = version(place, tmp_path, says=0.35), Loaded()
    (Path(settings.VAR_DIR) / "models" / f"{made.artifact_sha256}.onnx").unlink(missing_ok=True)
    stored = Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / made.artifact
    content = stored.read_bytes()
    stored.unlink()
    with pytest.raises(ArtifactDamaged):
        held.get(made)
    stored.write_bytes(content)
    assert held.get(made).class_keys == ("bright",)


def test_requesting_and_deploying_load_neither_torch_nor_onnxruntime() -> None:
    program = """
import sys, django
django.setup()
from models_registry import deployment, registry, serving, tasks, training
from models_registry.views import api
sys.exit(str([one for one in ("torch", "onnxruntime", "sklearn") if one in sys.modules]))
"""
    found = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True)
    assert found.stderr.strip() == "[]"
