"""This will measure exported files on a hold-out, and hold the gate: candidate against champion on the same images.

Always the exported file, weighted to the traffic. Loads onnxruntime.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models_registry import artifacts, deployment, gate
from models_registry.ml import evaluation
from models_registry.ml.inference import Predictor
from models_registry.ml.preprocessing import CanvasSpec
from models_registry.models import Evaluation, ModelVersion, Scorecard
from models_registry.training import extraction, plan
from models_registry.training.extraction import Extract
from models_registry.training.workbench import Workbench

HOLD_OUT = "hold_out"


def report(predictor: Predictor, data: Extract, *, class_keys: Sequence[str]) -> dict[str, Any]:
    """Measure a file on the hold-out for the classes asked for, in their order.

    A class that the file does not know is scored 0 within "any", and is absent from "classes".
    """
    rows = data.sides()[HOLD_OUT]
    found, _ = predictor.predict(data.canvases[rows])  # [N, C of the file]
    scores = np.zeros((len(rows), len(class_keys)))  # [N, C]
    known = [key for key in class_keys if key in predictor.class_keys]
    for key in known:
        scores[:, class_keys.index(key)] = found[:, predictor.class_keys.index(key)]
    measured = evaluation.evaluate(scores, data.targets[rows], data.weights[rows], class_keys=class_keys)
    return measured | {"classes": {key: measured["classes"][key] for key in known}}


def hold_gate(bench: Workbench) -> dict[str, Any]:
    """Compare the run's version with the champion on the same hold-out, and keep the scorecard.

    Needs nothing that earlier steps left behind. A champion that changes meanwhile makes the scorecard outdated, which
    ``deployment`` sees.
    """
    version = ModelVersion.objects.select_related("detector").get(run=bench.run)
    champion = deployment.champion(version.detector)
    if champion == version:
        bench.say(f"{version} is the champion by now; there is nobody to compare it with.")
        return {}
    rival = _report_of(champion, bench) if champion else None
    checks = gate.examine(version.report, rival, parity=version.parity)
    with bench.heartbeat.holding():
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
        predictor = Predictor(artifacts.fetch(champion), threads=bench.recipe.threads)
        data = _hold_out(CanvasSpec.from_dict(champion.preprocessing), bench)
        # Another run on the same dataset may measure the same champion at the same time.
        known, _ = Evaluation.objects.get_or_create(
            model_version=champion,
            dataset=bench.run.dataset,
            defaults={"report": report(predictor, data, class_keys=bench.class_keys), "created_at": bench.now},
        )
    return dict(known.report)


def _hold_out(spec: CanvasSpec, bench: Workbench) -> Extract:
    """Return canvases of a spec: this run's own if they are there and fit, else drawn anew."""
    if spec == bench.spec and bench.has(plan.CANVASES) and bench.has(plan.TABLE):
        return bench.extract()
    folder = bench.folder / HOLD_OUT
    folder.mkdir(exist_ok=True)
    source = bench.folder if bench.has(plan.ROWS) and bench.has(plan.ORIGINALS) else folder
    if source == folder:
        extraction.gather(bench.run.dataset, folder=folder, told=bench.told, sides=(HOLD_OUT,))
    return extraction.draw(
        source=source, class_keys=bench.class_keys, spec=spec, folder=folder, told=bench.told, sides=(HOLD_OUT,)
    )
