"""This will do each step of a run: extract, validate, fit, calibrate, export, parity, evaluate, register, gate.

A step reads what earlier steps left in the run's folder and returns what it found; ``files`` among its outputs names
what it left. Doing a step again gives the same. Loads torch and onnxruntime.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from models_registry import artifacts
from models_registry.ml import calibration, fitting, onnx_export
from models_registry.ml.inference import Predictor
from models_registry.models import Evaluation, ModelVersion, RunEpoch
from models_registry.registry import lock, next_number
from models_registry.training import extraction, measuring
from models_registry.training.extraction import Extract
from models_registry.training.measuring import HOLD_OUT, hold_gate
from models_registry.training.workbench import Workbench

# Of each class, and of fine images: how many, and what for.
FEWEST = {"fit": (10, "fit on"), "calibration": (3, "calibrate on"), HOLD_OUT: (1, "measure on")}
MOST_UNREADABLE = 0.01
PARITY_CANVASES = 256


class DataNotFit(Exception):
    """The dataset cannot teach or measure a model; the message says what is missing."""


class ParityFailed(Exception):
    """The exported file answers differently from the network it was made from."""


def extract(bench: Workbench) -> dict[str, Any]:
    """Decode every image of the dataset onto the canvas."""
    made = extraction.extract(
        bench.run.dataset,
        class_keys=bench.class_keys,
        spec=bench.spec,
        folder=bench.folder,
        check=bench.heartbeat.check,
    )
    bench.say(f"{len(made.split):,} images on canvases of {bench.spec.size_px} px, {made.unreadable} unreadable.")
    return {
        "files": [extraction.CANVASES, extraction.TABLE],
        "images": len(made.split),
        "unreadable": made.unreadable,
    }


def validate(bench: Workbench) -> dict[str, Any]:
    """Stop with a sentence where the data cannot teach, calibrate or measure. Raises DataNotFit."""
    data = bench.extract()
    if data.unreadable > MOST_UNREADABLE * len(data.split):
        raise DataNotFit(f"{data.unreadable} of {len(data.split)} images cannot be read.")
    counts = {}
    for name, rows in data.sides().items():
        counts[name] = _counts(data, rows, bench.class_keys)
        bench.say(f"{name}: {len(rows):,} images, {counts[name]}")
        _need(counts[name], *FEWEST[name])
    return {"counts": counts}


def _counts(data: Extract, rows: np.ndarray, keys: Sequence[str]) -> dict[str, int]:
    """Count the violations per class, and the fine images."""
    targets = data.targets[rows]  # [N, C]
    positives = {f"violations of class {key}": int(targets[:, index].sum()) for index, key in enumerate(keys)}
    return positives | {"fine images": int((targets.max(axis=1, initial=0) == 0).sum())}


def _need(counts: dict[str, int], least: int, purpose: str) -> None:
    for what, count in counts.items():
        if count < least:
            raise DataNotFit(f"Only {count} {what} to {purpose}; at least {least} are needed.")


def fit(bench: Workbench) -> dict[str, Any]:
    """Fit the network; epochs become rows as they end, and a resumed run goes on from its checkpoint."""
    try:
        _fit(bench)
    except fitting.CheckpointDoesNotFit as error:
        # The images were extracted anew, and storage has lost or regained some since the checkpoint.
        bench.say(f"{error} Fitting starts again.")
        bench.checkpoint.unlink()
        _fit(bench)
    return {"files": [bench.weights.name]}


def _fit(bench: Workbench) -> None:
    data = bench.extract()
    sides = data.sides()
    if not bench.checkpoint.exists():
        with bench.heartbeat.holding():
            RunEpoch.objects.filter(run=bench.run).delete()
    fitting.fit(
        data.canvases[sides["fit"]],
        data.targets[sides["fit"]],
        config=bench.recipe,
        checkpoint=bench.checkpoint,
        on_epoch=lambda report: _keep_epoch(bench, report),
        validation=(data.canvases[sides["calibration"]], data.targets[sides["calibration"]]),
    )


def _keep_epoch(bench: Workbench, report: dict[str, Any]) -> None:
    with bench.heartbeat.holding():
        RunEpoch.objects.update_or_create(run=bench.run, epoch=report["epoch"], defaults={"metrics": report})
    if report["epoch"] == report["epochs"]:
        bench.say(f"{report['epochs']} epochs from first weights: {report['weights_source']}.")


def calibrate(bench: Workbench) -> dict[str, Any]:
    """Make probabilities hold at the traffic's prevalence, on images the network was not fitted on."""
    data = bench.extract()
    rows = data.sides()["calibration"]
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
    return {"files": [bench.onnx.name], "bytes": bench.onnx.stat().st_size}


def parity(bench: Workbench) -> dict[str, Any]:
    """Compare the exported file with the network on real canvases. Raises ParityFailed."""
    data = bench.extract()
    sample = data.canvases[data.sides()[HOLD_OUT][:PARITY_CANVASES]]
    found = onnx_export.check_parity(
        bench.weights, config=bench.recipe, calibration=bench.calibration, onnx=bench.onnx, canvases=sample
    )
    bench.write("parity.json", found)
    if not found["passed"]:
        raise ParityFailed(f"The largest difference is {found['max_abs_difference']}, {found['limit']} is allowed.")
    return {"files": ["parity.json"], **found}


def evaluate(bench: Workbench) -> dict[str, Any]:
    """Measure the exported file on the hold-out, weighted to the traffic."""
    predictor = Predictor(bench.onnx, threads=bench.recipe.threads)
    report = measuring.report(predictor, bench.extract(), class_keys=bench.class_keys)
    bench.write("report.json", report)
    bench.say(f"Average precision {report['any']['average_precision']:.3f} on {report['n']} hold-out images.")
    return {"files": ["report.json"], "average_precision": report["any"]["average_precision"], "n": report["n"]}


def register(bench: Workbench) -> dict[str, Any]:
    """Give the exported file its number and its place, with its evaluation. A repeat finds what is there."""
    known = ModelVersion.objects.filter(run=bench.run).first()
    if known is None:
        sha256 = artifacts.sha256_of(bench.onnx)
        key = artifacts.keep(bench.onnx, key=f"{bench.run.detector.project.slug}/models/{sha256}.onnx")
        known = _new_version(bench, key=key, sha256=sha256)
    bench.say(f"Registered as {known}.")
    return {"model_version": known.pk, "number": known.number}


def _new_version(bench: Workbench, *, key: str, sha256: str) -> ModelVersion:
    run = bench.run
    with bench.heartbeat.holding():
        detector = lock(run.detector)
        made = ModelVersion.objects.create(
            detector=detector,
            number=next_number(ModelVersion.objects.filter(detector=detector)),
            schema=run.dataset.schema,
            dataset=run.dataset,
            run=run,
            artifact=key,
            artifact_sha256=sha256,
            preprocessing=bench.spec.to_dict(),
            calibration=bench.calibration.to_dict(),
            parity=bench.read("parity.json"),
            created_at=bench.now,
        )
        Evaluation.objects.create(
            model_version=made, dataset=run.dataset, report=bench.read("report.json"), created_at=bench.now
        )
    return made


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
# Once the version is registered, what led to it is history: only these are ever done again.
AFTER_REGISTERING = ("register", "gate")
