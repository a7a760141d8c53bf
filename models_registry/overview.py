"""This will gather what the pages about models show: detectors, versions, runs, datasets, one run, one version.

Pure reading. Everything starts from the project, so nothing of another project can appear.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.utils.translation import gettext

from config.accounts.models import Project
from models_registry import operating_points
from models_registry.models import (
    DatasetVersion,
    Deployment,
    Detector,
    GateOutcome,
    ModelVersion,
    Run,
    RunEpoch,
    RunStatus,
    Scorecard,
    StepStatus,
)
from models_registry.operating_points import OperatingPoint, at_precision, at_recall

RUNS_SHOWN = DATASETS_SHOWN = VERSIONS_SHOWN = 10
_SCORECARDS = Prefetch("scorecards", queryset=Scorecard.objects.select_related("waiver"))
HEADLINE_SHARE = 0.1
REQUIRED_RECALLS = (0.8, 0.9, 0.95)
REQUIRED_PRECISIONS = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class Headline:
    """The few numbers a version is known by; shares in percent, None where the report has none."""

    average_precision: float | None
    recall_at_tenth: float | None
    positives: int


@dataclass(frozen=True)
class VersionRow:
    version: ModelVersion
    scorecard: Scorecard | None
    headline: Headline
    is_champion: bool


@dataclass(frozen=True)
class DetectorRow:
    detector: Detector
    deployment: Deployment | None
    versions: list[VersionRow]
    count: int


@dataclass(frozen=True)
class Part:
    """A piece of a class balance: ``start`` and ``share`` in percent of all images, ``number`` picks its color."""

    name: str
    images: int
    start: float
    share: float
    number: int


@dataclass(frozen=True)
class DatasetRow:
    dataset: DatasetVersion
    images: int
    violations: int
    parts: list[Part]
    splits: list[tuple[str, int, int]]


def detectors(project: Project) -> list[DetectorRow]:
    """Return every detector with its champion, its newest versions, and how many there are."""
    known = Detector.objects.filter(project=project).order_by("slug", "id")
    current = Deployment.objects.filter(detector__project=project, ended_at__isnull=True)
    deployments = {one.detector_id: one for one in current.select_related("model_version__detector", "started_by")}
    return [_detector(one, deployments.get(one.pk)) for one in known]


def _detector(detector: Detector, deployment: Deployment | None) -> DetectorRow:
    beside = detector.versions.select_related("detector", "dataset").prefetch_related("evaluations", _SCORECARDS)
    newest, champion = beside.order_by("-number"), deployment.model_version_id if deployment else None
    shown = list(newest[:VERSIONS_SHOWN])
    shown += [one for one in newest.filter(pk=champion) if one not in shown]
    versions = [_version(one, champion=champion) for one in shown]
    return DetectorRow(detector, deployment, versions, count=detector.versions.count())


def _version(version: ModelVersion, *, champion: int | None) -> VersionRow:
    cards = list(version.scorecards.all())
    own = [one.report for one in version.evaluations.all() if one.dataset_id == version.dataset_id]
    return VersionRow(
        version=version,
        scorecard=cards[0] if cards else None,
        headline=headline(own[0] if own else {}),
        is_champion=version.pk == champion,
    )


def headline(report: Mapping[str, Any]) -> Headline:
    """Return the headline of an evaluation report; an empty report gives an empty headline."""
    whole = report.get("any") or {}
    return Headline(
        average_precision=_percent(whole.get("average_precision")),
        recall_at_tenth=_percent(operating_points.recall_at_share(whole.get("curve") or [], HEADLINE_SHARE)),
        positives=int(whole.get("n_positive") or 0),
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def runs(project: Project) -> list[Run]:
    """Return the newest runs, each with ``steps_done`` and ``weights_source``; a trial stands with its study."""
    newest = Run.objects.filter(detector__project=project, trial__isnull=True)
    done = Count("steps", filter=Q(steps__status=StepStatus.DONE))
    epochs = RunEpoch.objects.filter(run=OuterRef("pk")).order_by("epoch")
    source = Subquery(epochs.values("metrics__weights_source")[:1])
    found = newest.select_related("detector", "dataset", "model_version").annotate(steps_done=done)
    return list(found.annotate(weights_source=source).order_by("-requested_at", "-id")[:RUNS_SHOWN])


def datasets(project: Project) -> list[DatasetRow]:
    """Return the newest dataset versions with their class balance."""
    newest = DatasetVersion.objects.filter(project=project).select_related("schema").order_by("-number")
    return [_dataset(one) for one in newest[:DATASETS_SHOWN]]


def _dataset(dataset: DatasetVersion) -> DatasetRow:
    splits = [
        (name, int(one.get("images", 0)), int(one.get("violations", 0))) for name, one in sorted(dataset.counts.items())
    ]
    images = sum(one[1] for one in splits)
    violations = sum(one[2] for one in splits)
    return DatasetRow(dataset, images, violations, _parts(dataset, images=images, violations=violations), splits)


def _parts(dataset: DatasetVersion, *, images: int, violations: int) -> list[Part]:
    """Return one part per class. Images of two classes count in both, so the parts can reach past the violations."""
    total = {
        one["key"]: sum(int(split.get(f"class:{one['key']}", 0)) for split in dataset.counts.values())
        for one in dataset.schema.classes
    }
    scale = 100 / images * (violations / max(1, sum(total.values()))) if images else 0.0
    parts, start = [], 0.0
    for number, one in enumerate(dataset.schema.classes, start=1):
        count = total[one["key"]]
        parts.append(Part(one["name"], count, start, count * scale, number % 5))
        start += count * scale
    return parts


def run(project: Project, run_id: int) -> Run:
    """Return one run with its steps and epochs. Raises Run.DoesNotExist."""
    mine = Run.objects.filter(detector__project=project)
    rows = mine.select_related("detector", "dataset", "model_version__detector", "requested_by", "trial")
    return rows.prefetch_related("steps", "epochs").get(pk=run_id)


def weights_source(run: Run) -> str:
    """Return where a run's first weights came from, as the fit said it; empty before its first epoch."""
    first = run.epochs.order_by("epoch").first()
    return str(first.metrics.get("weights_source", "")) if first else ""


def is_under_way(run: Run) -> bool:
    return run.status in (RunStatus.REQUESTED, RunStatus.RUNNING)


def settings_of(config: Mapping[str, Any], *, prefix: str = "") -> list[tuple[str, Any]]:
    """Return a nested config as one line per value, such as ``("fit: seed", 1)``."""
    lines: list[tuple[str, Any]] = []
    for name, value in config.items():
        nested = isinstance(value, Mapping)
        lines += settings_of(value, prefix=f"{prefix}{name}: ") if nested else [(f"{prefix}{name}", value)]
    return lines


@dataclass(frozen=True)
class Required:
    """A requirement in percent, and the operating point that reaches it, None where none does.

    ``point`` is in percent too, but for its threshold.
    """

    is_recall: bool
    share: float
    point: OperatingPoint | None


@dataclass(frozen=True)
class Measured:
    """One class, or "any violation", of a version's report; ``key`` is empty for any."""

    key: str
    name: str
    measures: Mapping[str, Any]
    required: list[Required]


@dataclass(frozen=True)
class VersionPage:
    """``standing`` is champion, ready, failed, not_enough_data, outdated or unmeasured.

    ``checks`` are the scorecard's, each with its name, its outcome and its sentence in the reader's language.
    """

    version: ModelVersion
    deployment: Deployment | None
    scorecard: Scorecard | None
    checks: list[tuple[str, str, str]]
    standing: str
    headline: Headline
    measured: list[Measured]
    history: list[Deployment]
    report: Mapping[str, Any]


def version(project: Project, version_id: int) -> VersionPage:
    """Return everything about one model version. Raises ModelVersion.DoesNotExist."""
    mine = ModelVersion.objects.filter(detector__project=project)
    found = mine.select_related("detector", "dataset", "run", "schema").get(pk=version_id)
    evaluation = found.evaluations.filter(dataset_id=found.dataset_id).first()
    report = evaluation.report if evaluation else {}
    current = Deployment.objects.filter(detector=found.detector, ended_at__isnull=True)
    deployment = current.select_related("model_version__detector").first()
    card = found.scorecards.select_related("champion__detector", "waiver__person").first()
    return VersionPage(
        version=found,
        deployment=deployment,
        scorecard=card,
        checks=[(one["name"], one["outcome"], _in_words(one)) for one in card.checks] if card else [],
        standing=_standing(found, card, champion=deployment.model_version_id if deployment else None),
        headline=headline(report),
        measured=_measured(report, found),
        history=list(found.deployments.select_related("started_by").order_by("-started_at", "-id")),
        report=report,
    )


def _in_words(check: Mapping[str, Any]) -> str:
    """Word a stored check in the language of whoever reads; one of before sentences had parts stays in English."""
    if "said" not in check:
        return str(check["sentence"])
    parts = [(one["text"], one["places"]) for one in check["said"]]
    return " ".join(gettext(text) % places for text, places in parts)


def _standing(version: ModelVersion, card: Scorecard | None, *, champion: int | None) -> str:
    """Say in one word whether a version can be deployed; deployment has the last word and refuses by itself."""
    if version.pk == champion:
        return "champion"
    if card is None:
        return "unmeasured"
    if card.outcome == GateOutcome.FAIL:
        return "failed"
    if card.champion_id != champion:
        return "outdated"
    if card.outcome == GateOutcome.NOT_ENOUGH_DATA and not hasattr(card, "waiver"):
        return "not_enough_data"
    return "ready"


def _measured(report: Mapping[str, Any], version: ModelVersion) -> list[Measured]:
    if not report:
        return []
    # The database forgets the order of the report's keys; people know the classes in that of the schema.
    known = [one for one in version.schema.classes if one["key"] in report["classes"]]
    classes = [(one["key"], one["name"], report["classes"][one["key"]]) for one in known]
    return [
        Measured(key, name, measures, _required(measures.get("curve") or []))
        for key, name, measures in [("", "", report["any"]), *classes]
    ]


def _required(curve: operating_points.Curve) -> list[Required]:
    recalls = [Required(True, 100 * one, _in_percent(at_recall(curve, one))) for one in REQUIRED_RECALLS]
    precisions = [Required(False, 100 * one, _in_percent(at_precision(curve, one))) for one in REQUIRED_PRECISIONS]
    return recalls + precisions


def _in_percent(point: OperatingPoint | None) -> OperatingPoint | None:
    if point is None:
        return None
    shares: dict[str, Any] = {key: _percent(share) for key, share in point.to_dict().items() if key != "threshold"}
    return replace(point, **shares)
