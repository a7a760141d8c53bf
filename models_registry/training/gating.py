"""This will hold the gate: candidate against champion, image by image on the same hold-out. Loads onnxruntime."""

from dataclasses import replace
from typing import Any

from models_registry import artifacts, data_waivers, deployment, gate
from models_registry.ml import comparing, timing
from models_registry.ml.comparing import Pair
from models_registry.ml.inference import Predictor
from models_registry.ml.preprocessing import CanvasSpec
from models_registry.models import Evaluation, ModelVersion, Scorecard
from models_registry.training import hold_out, measuring, parts, scores
from models_registry.training.measuring import Measured
from models_registry.training.scores import Scores
from models_registry.training.workbench import Workbench


def rules_for(bench: Workbench) -> gate.GateRules:
    """Return the gate's limits, with the flag precision that the project's policy requires where it requires one."""
    required = bench.run.detector.required_precision
    return replace(gate.DEFAULT_RULES, required_precision=required) if required else gate.DEFAULT_RULES


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
    rules, mine = rules_for(bench), _measured(version, bench)
    best = _measured(champion, bench) if champion else None
    checks = gate.examine(
        mine.report,
        best.report if best else None,
        parity=version.parity,
        evidence=_evidence(bench, version, champion, mine=mine, best=best, rules=rules),
        rules=rules,
    )
    return _keep(bench, version, champion, checks)


def _keep(
    bench: Workbench, version: ModelVersion, champion: ModelVersion | None, checks: list[gate.Check]
) -> dict[str, Any]:
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


def _evidence(
    bench: Workbench,
    version: ModelVersion,
    champion: ModelVersion | None,
    *,
    mine: Measured,
    best: Measured | None,
    rules: gate.GateRules,
) -> gate.Evidence:
    waived = {name: one.reason for name, one in data_waivers.waivers_of(bench.run.dataset).items()}
    data = [one | {"waived": waived.get(one["name"], "")} for one in data_waivers.checks_of(bench.run)]
    if champion is None or best is None:
        return gate.Evidence(data_checks=data)
    bench.say(f"Comparing with {champion} on {len(mine.scores.sha256):,} images.")
    return gate.Evidence(
        data_checks=data,
        comparison=_compared(mine.scores, best.scores, bench, required_precision=rules.required_precision),
        champion_age_days=(bench.now - champion.created_at).total_seconds() / 86_400,
        latency=timing.side_by_side(_predictor(version, bench), _predictor(champion, bench)),
    )


def _compared(mine: Scores, best: Scores, bench: Workbench, *, required_precision: float) -> dict[str, Any]:
    candidate, champion = scores.paired(mine, best)
    whole = Pair(candidate.any_violation, champion.any_violation, candidate.is_violation, candidate.weights)
    both = [key for key in candidate.known if key in champion.known]
    classes = {key: _class_pair(key, candidate, champion) for key in both}
    facts = {str(row["sha256"]): row for row in hold_out.facts(bench)}
    cut = parts.parts_of([facts[sha256] for sha256 in candidate.sha256])
    return comparing.compare(whole, classes, parts=cut, required_precision=required_precision)


def _class_pair(key: str, candidate: Scores, champion: Scores) -> Pair:
    mine, best = (one.probabilities[:, one.known.index(key)] for one in (candidate, champion))
    return Pair(mine, best, candidate.targets[:, candidate.class_keys.index(key)], candidate.weights)


def _predictor(version: ModelVersion, bench: Workbench) -> Predictor:
    return Predictor(artifacts.fetch(version), threads=bench.recipe.threads)


def _measured(version: ModelVersion, bench: Workbench) -> Measured:
    """Return how a version did on this run's hold-out, measured once and kept.

    One that was measured before scores were kept is measured again for its scores; its report stays what it was.
    """
    known = Evaluation.objects.filter(model_version=version, dataset=bench.run.dataset).first()
    kept = _kept_scores(known, bench) if known else None
    if known and kept:
        return Measured(dict(known.report), kept)
    made = _measure(version, bench)
    if known is None:
        known = _keep_evaluation(version, bench, made)
    return Measured(dict(known.report) or made.report, made.scores)


def _kept_scores(known: Evaluation, bench: Workbench) -> Scores | None:
    try:
        return scores.of(known)
    except artifacts.ArtifactDamaged as error:
        bench.say(f"{error} The version is measured again.")
        return None


def _measure(version: ModelVersion, bench: Workbench) -> Measured:
    return measuring.measure(
        _predictor(version, bench),
        hold_out.for_spec(CanvasSpec.from_dict(version.preprocessing), bench),
        class_keys=bench.class_keys,
        required_precision=rules_for(bench).required_precision,
        threads=bench.recipe.threads,
    )


def _keep_evaluation(version: ModelVersion, bench: Workbench, made: Measured) -> Evaluation:
    path = bench.folder / f"scores-of-{version.pk}.parquet"
    scores.write(made.scores, to=path)
    key, sha256 = artifacts.keep_scores(path, project=version.detector.project.slug)
    # Another run on the same dataset may measure the same champion at the same time.
    kept, _ = Evaluation.objects.get_or_create(
        model_version=version,
        dataset=bench.run.dataset,
        defaults={"report": made.report, "scores": key, "scores_sha256": sha256, "created_at": bench.now},
    )
    return kept
