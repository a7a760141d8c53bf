"""This will do each step of a run: extract, validate, fit, calibrate, export, parity, evaluate, register, gate.

A step reads what earlier steps left in the run's folder and returns what it found; ``files`` among its outputs names
what it left. Doing a step again gives the same. Loads torch and onnxruntime.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

from models_registry import artifacts, deployment, gate
from models_registry.ml import calibration, evaluation, fitting, onnx_export
from models_registry.ml.calibration import Calibration
from models_registry.ml.inference import Predictor
from models_registry.ml.preprocessing import CanvasSpec
from models_registry.models import Evaluation, ModelVersion, Run, RunEpoch, Scorecard
from models_registry.registry import lock, next_number
from models_registry.training import extraction
from models_registry.training.extraction import Extract

FEWEST_FIT_POSITIVES = 10
FEWEST_CALIBRATION_POSITIVES = 3
FEWEST_HOLD_OUT_POSITIVES = 1
MOST_UNREADABLE = 0.01
PARITY_CANVASES = 256


class DataNotFit(Exception):
    """The dataset cannot teach or measure a model; the message says what is missing."""


class ParityFailed(Exception):
    """The exported file answers differently from the network it was made from."""


@dataclass
class Workbench:
    """What the steps of one run share: its folder, its settings, its log. ``check_alive`` raises RunLost."""

    run: Run
    folder: Path
    now: datetime
    check_alive: Callable[[], None]
    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.lines.append(line)

    @cached_property
    def class_keys(self) -> list[str]:
        return self.run.detector.schema.keys

    @cached_property
    def spec(self) -> CanvasSpec:
        return CanvasSpec.from_dict(self.run.config["canvas"])

    @cached_property
    def recipe(self) -> fitting.FitConfig:
        return fitting.FitConfig(**self.run.config.get("fit", {}))

    @property
    def extract(self) -> Extract:
        return Extract.load(self.folder)

    @property
    def calibration(self) -> Calibration:
        return Calibration.from_dict(json.loads((self.folder / "calibration.json").read_text()))

    @property
    def parity(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "parity.json").read_text()))

    def write(self, name: str, content: Any) -> None:
        (self.folder / name).write_text(json.dumps(content))

    @property
    def weights(self) -> Path:
        return self.folder / "fit.weights"

    @property
    def onnx(self) -> Path:
        return self.folder / "model.onnx"


def extract(bench: Workbench) -> dict[str, Any]:
    """Decode every image of the dataset onto the canvas."""
    made = extraction.extract(bench.run.dataset, class_keys=bench.class_keys, spec=bench.spec, check=bench.check_alive)
    made.save(bench.folder)
    bench.say(f"{len(made.canvases):,} images on canvases of {bench.spec.size_px} px, {made.unreadable} unreadable.")
    return {"files": list(extraction.FILES), "images": len(made.canvases), "unreadable": made.unreadable}


def validate(bench: Workbench) -> dict[str, Any]:
    """Stop with a sentence where the data cannot teach, calibrate or measure. Raises DataNotFit."""
    data = bench.extract
    if data.unreadable > MOST_UNREADABLE * len(data.canvases):
        raise DataNotFit(f"{data.unreadable} of {len(data.canvases)} images cannot be read.")
    positives = {name: _positives(data, rows) for name, rows in data.sides().items()}
    _need(positives["fit"], FEWEST_FIT_POSITIVES, "fit on", bench.class_keys)
    _need(positives["calibration"], FEWEST_CALIBRATION_POSITIVES, "calibrate on", bench.class_keys)
    _need(positives["hold_out"], FEWEST_HOLD_OUT_POSITIVES, "measure on", bench.class_keys)
    for name, rows in data.sides().items():
        bench.say(
            f"{name}: {len(rows):,} images, positives {dict(zip(bench.class_keys, positives[name], strict=True))}"
        )
    return {"positives": positives}


def _positives(data: Extract, rows: np.ndarray) -> list[int]:
    return [int(one) for one in data.targets[rows].sum(axis=0)]


def _need(found: Sequence[int], least: int, purpose: str, keys: Sequence[str]) -> None:
    for key, count in zip(keys, found, strict=True):
        if count < least:
            raise DataNotFit(f"Only {count} violations of class {key} to {purpose}; at least {least} are needed.")


def fit(bench: Workbench) -> dict[str, Any]:
    """Fit the network; epochs become rows as they end, and a resumed run goes on from its checkpoint."""
    data, sides = bench.extract, bench.extract.sides()

    def on_epoch(report: dict[str, Any]) -> None:
        bench.check_alive()
        RunEpoch.objects.update_or_create(run=bench.run, epoch=report["epoch"], defaults={"metrics": report})

    fitting.fit(
        data.canvases[sides["fit"]],
        data.targets[sides["fit"]],
        config=bench.recipe,
        checkpoint=bench.folder / "fit.checkpoint",
        on_epoch=on_epoch,
        validation=(data.canvases[sides["calibration"]], data.targets[sides["calibration"]]),
    )
    return {"files": [bench.weights.name], "sha256": artifacts.sha256_of(bench.weights)}


def calibrate(bench: Workbench) -> dict[str, Any]:
    """Make probabilities hold at the traffic's prevalence, on images the network was not fitted on."""
    data, rows = bench.extract, bench.extract.sides()["calibration"]
    logits = fitting.logits(bench.weights, data.canvases[rows], threads=bench.recipe.threads)
    found = calibration.calibrate(logits, data.targets[rows], data.weights[rows])
    bench.write("calibration.json", found.to_dict())
    return {"files": ["calibration.json"], **found.to_dict()}


def export(bench: Workbench) -> dict[str, Any]:
    """Write the one file that serving needs."""
    onnx_export.export(
        bench.weights,
        config=bench.recipe,
        class_keys=bench.class_keys,
        spec=bench.spec,
        calibration=bench.calibration,
        to=bench.onnx,
    )
    return {"files": [bench.onnx.name], "bytes": bench.onnx.stat().st_size, "sha256": artifacts.sha256_of(bench.onnx)}


def parity(bench: Workbench) -> dict[str, Any]:
    """Compare the exported file with the network on real canvases. Raises ParityFailed."""
    data = bench.extract
    sample = data.canvases[data.sides()["hold_out"][:PARITY_CANVASES]]
    found = onnx_export.check_parity(
        bench.weights, config=bench.recipe, calibration=bench.calibration, onnx=bench.onnx, canvases=sample
    )
    bench.write("parity.json", found)
    if not found["passed"]:
        raise ParityFailed(f"The largest difference is {found['max_abs_difference']}, {found['limit']} is allowed.")
    return {"files": ["parity.json"], **found}


def evaluate(bench: Workbench) -> dict[str, Any]:
    """Measure the exported file on the hold-out, weighted to the traffic."""
    data = bench.extract
    report = _report(Predictor(bench.onnx, threads=bench.recipe.threads), data.canvases, data, bench.class_keys)
    bench.write("report.json", report)
    bench.say(f"Average precision {report['any']['average_precision']:.3f} on {report['n']} hold-out images.")
    return {"files": ["report.json"], "average_precision": report["any"]["average_precision"], "n": report["n"]}


def _report(predictor: Predictor, canvases: np.ndarray, data: Extract, keys: Sequence[str]) -> dict[str, Any]:
    rows = data.sides()["hold_out"]
    probabilities, _ = predictor.predict(np.ascontiguousarray(canvases[rows]))  # [N, C]
    return evaluation.evaluate(probabilities, data.targets[rows], data.weights[rows], class_keys=keys)


def register(bench: Workbench) -> dict[str, Any]:
    """Give the exported file its number and its place, with its evaluation. A repeat finds what is there."""
    run = bench.run
    known = ModelVersion.objects.filter(run=run).first()
    if known is None:
        sha256 = artifacts.sha256_of(bench.onnx)
        key = artifacts.keep(bench.onnx, key=f"{run.detector.project.slug}/models/{sha256}.onnx")
        known = _new_version(bench, key=key, sha256=sha256)
    Evaluation.objects.get_or_create(
        model_version=known,
        dataset=run.dataset,
        defaults={"report": json.loads((bench.folder / "report.json").read_text()), "created_at": bench.now},
    )
    bench.say(f"Registered as {known}.")
    return {"model_version": known.pk, "number": known.number}


def _new_version(bench: Workbench, *, key: str, sha256: str) -> ModelVersion:
    with transaction.atomic():
        detector = lock(bench.run.detector)
        return ModelVersion.objects.create(
            detector=detector,
            number=next_number(ModelVersion.objects.filter(detector=detector)),
            schema=detector.schema,
            dataset=bench.run.dataset,
            run=bench.run,
            artifact=key,
            artifact_sha256=sha256,
            preprocessing=bench.spec.to_dict(),
            calibration=bench.calibration.to_dict(),
            parity=bench.parity,
            created_at=bench.now,
        )


def hold_gate(bench: Workbench) -> dict[str, Any]:
    """Compare with the champion on the same hold-out, and keep the scorecard."""
    version = ModelVersion.objects.get(run=bench.run)
    champion = deployment.champion(bench.run.detector)
    rival = _report_of(champion, bench) if champion else None
    checks = gate.examine(version.report, rival, parity=version.parity)
    card = Scorecard.objects.create(
        model_version=version,
        champion=champion,
        checks=[one.to_dict() for one in checks],
        outcome=gate.outcome(checks),
        created_at=bench.now,
    )
    for one in checks:
        bench.say(f"{one.outcome}: {one.sentence}")
    return {"scorecard": card.pk, "outcome": str(card.outcome)}


def _report_of(champion: ModelVersion, bench: Workbench) -> dict[str, Any]:
    """Measure the champion on this run's hold-out, on canvases of its own; kept, so it is done once."""
    known = Evaluation.objects.filter(model_version=champion, dataset=bench.run.dataset).first()
    if known is None:
        spec, data = CanvasSpec.from_dict(champion.preprocessing), bench.extract
        canvases = data.canvases
        if spec != bench.spec:
            canvases = extraction.extract(
                bench.run.dataset, class_keys=bench.class_keys, spec=spec, check=bench.check_alive
            ).canvases
        predictor = Predictor(artifacts.fetch(champion), threads=bench.recipe.threads)
        known = Evaluation.objects.create(
            model_version=champion,
            dataset=bench.run.dataset,
            report=_report(predictor, canvases, data, predictor.class_keys),
            created_at=bench.now,
        )
    return dict(known.report)


STEPS: dict[str, Callable[[Workbench], dict[str, Any]]] = {
    "extract": extract,
    "validate": validate,
    "fit": fit,
    "calibrate": calibrate,
    "export": export,
    "parity": parity,
    "evaluate": evaluate,
    "register": register,
    "gate": hold_gate,
}
