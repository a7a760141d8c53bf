"""This will do each step of a run, by the plan of training/plan.

A step reads what earlier steps left in the run's folder, writes the files that the plan names, and returns what it
found. Doing a step again gives the same. Loads torch and onnxruntime.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow.parquet as pq
from django.conf import settings
from django.utils import timezone

from models_registry import artifacts, validation
from models_registry.ml import calibration, fitting, onnx_export
from models_registry.ml.inference import Predictor
from models_registry.models import DataWaiver, Evaluation, ModelVersion, RunEpoch
from models_registry.registry import lock, next_number
from models_registry.studies.pruning import give_up_if_hopeless
from models_registry.training import extraction, hold_out, measuring, plan, reference, scores
from models_registry.training.gating import hold_gate, rules_for
from models_registry.training.hold_out import CALIBRATION, HOLD_OUT
from models_registry.training.workbench import Workbench
from models_registry.validation import Finding, Outcome

PARITY_CANVASES = 256


class DataNotFit(plan.StepFailed):
    """The dataset failed a check that nobody has waived; the message says in sentences what is wrong with it."""


class ParityFailed(plan.StepFailed):
    """The exported file answers differently from the network it was made from."""


def extract(bench: Workbench) -> dict[str, Any]:
    """Fetch manifest and originals to this machine, and try each image."""
    rows = extraction.gather(bench.run.dataset, folder=bench.folder, told=bench.told)
    unreadable = sum(not row["is_readable"] for row in rows)
    size = sum(row["length"] for row in rows)
    bench.say(f"{len(rows):,} images, {size / 1e6:,.1f} MB, {unreadable:,} unreadable.")
    return {"images": len(rows), "unreadable": unreadable, "bytes": size}


def validate(bench: Workbench) -> dict[str, Any]:
    """Check the data by name, against the version before too. Raises DataNotFit for what nobody has waived."""
    findings = validation.examine(
        pq.read_table(bench.folder / plan.ROWS).to_pylist(),
        before=reference.rows(bench.run.dataset),
        class_keys=bench.class_keys,
        limits=validation.read(bench.run.config.get("validation", {})),
    )
    outputs = {"checks": [one.to_dict() for one in findings]}
    bench.write(plan.CHECKS, outputs["checks"])
    waived = set(DataWaiver.objects.filter(dataset=bench.run.dataset).values_list("check_name", flat=True))
    for one in findings:
        is_waived = one.outcome == Outcome.FAILED and one.name in waived
        bench.say(f"{one.name}: {one.outcome}{' and waived' if is_waived else ''}. {one.sentence}")
    _stop_for([one for one in findings if one.outcome == Outcome.FAILED and one.name not in waived], outputs)
    return outputs


def _stop_for(failed: Sequence[Finding], outputs: dict[str, Any]) -> None:
    if failed:
        raise DataNotFit(" ".join(one.sentence for one in failed), outputs=outputs)


def preprocess(bench: Workbench) -> dict[str, Any]:
    """Decode every image on to the canvas."""
    made = extraction.draw(
        source=bench.folder, class_keys=bench.class_keys, spec=bench.spec, folder=bench.folder, told=bench.told
    )
    bench.say(f"{len(made.split):,} canvases of {bench.spec.size_px} px, {made.unreadable} left out.")
    return {"images": len(made.split), "left_out": made.unreadable}


def fit(bench: Workbench) -> dict[str, Any]:
    """Fit the network; epochs become rows as they end, and a resumed run goes on from its checkpoint."""
    try:
        _fit(bench)
    except fitting.CheckpointDoesNotFit as error:
        # The images were extracted anew, and storage has lost or regained some since the checkpoint.
        bench.say(f"{error} Fitting starts again.")
        bench.checkpoint.unlink()
        _fit(bench)
    return {}


def _fit(bench: Workbench) -> None:
    data = bench.extract()
    sides = data.sides()
    held = sides["calibration"]
    if not bench.checkpoint.exists():
        with bench.heartbeat.holding():
            RunEpoch.objects.filter(run=bench.run).delete()
    fitting.fit(
        data.canvases[sides["fit"]],
        data.targets[sides["fit"]],
        config=bench.recipe,
        checkpoint=bench.checkpoint,
        on_epoch=lambda report: _keep_epoch(bench, report),
        check=bench.heartbeat.check,
        validation=(data.canvases[held], data.targets[held], data.weights[held]),
    )


def _keep_epoch(bench: Workbench, report: dict[str, Any]) -> None:
    with bench.heartbeat.holding():
        RunEpoch.objects.update_or_create(run=bench.run, epoch=report["epoch"], defaults={"metrics": report})
    bench.say(f"Epoch {report['epoch']} of {report['epochs']}: loss {report['loss']:.4f}.")
    if give_up_if_hopeless(bench.run, now=timezone.now()):
        with bench.heartbeat.holding():
            pass  # It holds no longer, and says so.
    if report["epoch"] == report["epochs"]:
        bench.say(f"{report['epochs']} epochs from first weights: {report['weights_source']}.")


def calibrate(bench: Workbench) -> dict[str, Any]:
    """Make probabilities hold at the traffic's prevalence, on images the network was not fitted on."""
    data = bench.extract()
    rows = data.sides()["calibration"]
    logits = fitting.logits(bench.weights, data.canvases[rows], threads=bench.recipe.threads)
    found = calibration.calibrate(logits, data.targets[rows], data.weights[rows])
    bench.write(plan.CALIBRATION, found.to_dict())
    bench.say(f"Calibrated on {len(rows):,} images of known weight.")
    return found.to_dict()


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
    size = bench.onnx.stat().st_size
    bench.say(f"One file of {size / 1e6:,.2f} MB.")
    return {"bytes": size}


def parity(bench: Workbench) -> dict[str, Any]:
    """Compare the exported file with the network, from stored originals on. Raises ParityFailed."""
    data = bench.extract()
    rows = data.sides()[HOLD_OUT][:PARITY_CANVASES]
    found = onnx_export.check_parity(
        bench.weights,
        config=bench.recipe,
        calibration=bench.calibration,
        onnx=bench.onnx,
        canvases=data.canvases[rows],
        originals=list(extraction.originals(bench.folder, rows.tolist())),
        max_pixels=settings.IMAGE_MAX_PX,
    )
    bench.write(plan.PARITY, found)
    bench.say(f"On {found['n']:,} originals the largest difference is {found['max_abs_difference']:.1e}.")
    if not found["passed"]:
        raise ParityFailed(_why_not_alike(found), outputs=found)
    return dict(found)


def _why_not_alike(found: Mapping[str, Any]) -> str:
    sentence = f"The largest difference is {found['max_abs_difference']}, {found['limit']} is allowed."
    levels = found["max_canvas_difference"]
    if levels:
        sentence += f" Serving draws other canvases than training did: they differ by up to {levels} grey levels."
    return sentence


def evaluate(bench: Workbench) -> dict[str, Any]:
    """Measure the exported file on the hold-out, weighted to the traffic."""
    predictor = Predictor(bench.onnx, threads=bench.recipe.threads)
    made = measuring.measure(
        predictor,
        hold_out.own(bench),
        class_keys=bench.class_keys,
        required_precision=rules_for(bench).required_precision,
        threads=bench.recipe.threads,
    )
    held = measuring.score(predictor, hold_out.own(bench, name=CALIBRATION), class_keys=bench.class_keys)
    report = made.report | {"seen_before": measuring.seen_before(made.scores, held)}
    bench.write(plan.REPORT, report)
    scores.write(made.scores, to=bench.folder / plan.SCORES)
    bench.say(f"Average precision {report['any']['average_precision']:.3f} on {report['n']} hold-out images.")
    bench.say(f"One image takes {report['speed']['latency_ms']['p50']:.1f} ms on {report['speed']['processor']}.")
    return {"average_precision": report["any"]["average_precision"], "n": report["n"]}


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
    scores_key, scores_sha256 = artifacts.keep_scores(bench.folder / plan.SCORES, project=run.detector.project.slug)
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
            parity=bench.read(plan.PARITY),
            created_at=bench.now,
        )
        Evaluation.objects.create(
            model_version=made,
            dataset=run.dataset,
            report=bench.read(plan.REPORT),
            scores=scores_key,
            scores_sha256=scores_sha256,
            created_at=bench.now,
        )
    return made


STEPS: dict[str, Callable[[Workbench], dict[str, Any]]] = {
    "extract": extract,
    "validate": validate,
    "preprocess": preprocess,
    "fit": fit,
    "calibrate": calibrate,
    "export": export,
    "parity": parity,
    "evaluate": evaluate,
    "register": register,
    "gate": hold_gate,
}
