"""This will follow answers to what they taught, and dataset versions back to the answers behind them. Pure reading.

An answer becomes part of a truth, a truth a member of dataset versions, runs are made from those, and versions may be
deployed. On the fit side of the split an image teaches a network; on the other two it calibrates or measures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext

from annotation.models import DatasetMember, Image, Label, Purpose, Truth, TruthSource
from annotation.splits import Side, side
from models_registry.models import DatasetVersion, Deployment, ModelVersion, Run

# Of the dataset versions that hold an image, the newest are listed.
DATASETS_SHOWN = 30


@dataclass(frozen=True)
class Made:
    """A run from a dataset version, the model version it made, and when that was deployed."""

    run: Run
    version: ModelVersion | None
    deployments: list[Deployment]

    @property
    def is_deployed(self) -> bool:
        return any(one.ended_at is None for one in self.deployments)


@dataclass(frozen=True)
class Held:
    """A dataset version that holds the image, and what was made from it."""

    dataset: DatasetVersion
    truth_id: int
    made: list[Made]


@dataclass(frozen=True)
class Rested:
    """A truth and the answers that it rests on."""

    truth: Truth
    labels: list[Label]


@dataclass(frozen=True)
class Taught:
    """What became of answers about an image: ``side`` is fit, calibration or hold_out.

    ``n_datasets`` counts all dataset versions, of which ``held`` are the newest.
    """

    image: Image
    side: str
    truths: list[Rested]
    held: list[Held]
    n_datasets: int

    @property
    def is_fitted(self) -> bool:
        return self.side == Side.FIT

    @property
    def versions(self) -> list[Made]:
        """What was made and registered, the newest first."""
        return [one for held in self.held for one in held.made if one.version]

    @property
    def is_deployed(self) -> bool:
        return any(one.is_deployed for one in self.versions)


def of_image(image: Image) -> Taught:
    """Follow every truth about an image. A handful of queries."""
    return _follow(image, list(image.truths.select_related("schema").order_by("-settled_at", "-id")))


def of_label(label: Label) -> Taught:
    """Follow one answer: the truth of its question, and that of the question which confirmed it."""
    behind = Q(question=label.question_id) | Q(question__confirms__question=label.question_id)
    truths = Truth.objects.filter(behind).select_related("schema").order_by("-settled_at", "-id").distinct()
    return _follow(label.question.image, list(truths))


def _follow(image: Image, truths: Sequence[Truth]) -> Taught:
    members = DatasetMember.objects.filter(truth__in=truths)
    newest = list(members.select_related("dataset").order_by("-dataset__number", "-id")[:DATASETS_SHOWN])
    made = _made([one.dataset_id for one in newest])
    return Taught(
        image=image,
        side=str(side(image.split_key)) if image.split_key else "",
        truths=_rested(truths),
        held=[Held(one.dataset, one.truth_id, made.get(one.dataset_id, [])) for one in newest],
        n_datasets=members.count() if len(newest) == DATASETS_SHOWN else len(newest),
    )


def _rested(truths: Sequence[Truth]) -> list[Rested]:
    questions = [one.question_id for one in truths if one.question_id]
    answers = Label.objects.filter(question__in=questions).select_related("person", "retraction").order_by("id")
    by_question: dict[int, list[Label]] = {}
    for one in answers:
        by_question.setdefault(one.question_id, []).append(one)
    return [Rested(one, by_question.get(one.question_id or 0, [])) for one in truths]


def _made(datasets: Sequence[int]) -> dict[int, list[Made]]:
    runs = Run.objects.filter(dataset__in=datasets, trial__isnull=True)
    beside = ("detector", "model_version__detector")
    found = list(runs.select_related(*beside).order_by("-id"))
    versions = {one.pk: getattr(one, "model_version", None) for one in found}
    deployments: dict[int, list[Deployment]] = {}
    known = [one.pk for one in versions.values() if one]
    for one in Deployment.objects.filter(model_version__in=known).order_by("-started_at", "-id"):
        deployments.setdefault(one.model_version_id, []).append(one)
    made: dict[int, list[Made]] = {}
    for run in found:
        version = versions[run.pk]
        row = Made(run, version, deployments.get(version.pk, []) if version else [])
        made.setdefault(run.dataset_id, []).append(row)
    return made


@dataclass(frozen=True)
class Behind:
    """What a dataset version rests on: truths by how they came about, and the answers and people behind them.

    ``ways`` are (source, purpose, truths), the most frequent first.
    """

    truths: int
    labels: int
    people: int
    ways: list[tuple[str, str, int]]


def way_in_words(source: str, purpose: str) -> str:
    """Name how a truth came about, by its source and what its question was asked for."""
    if source == TruthSource.IMPORT:
        return gettext("Imported")
    return str(Purpose(purpose).label) if purpose in Purpose.values else gettext("Not written down")


def behind(dataset: DatasetVersion) -> Behind:
    """Count what a dataset version rests on. Two queries, over its members."""
    members = DatasetMember.objects.filter(dataset=dataset).order_by()
    ways = members.values_list("truth__source", "truth__purpose").annotate(n=Count("pk")).order_by("-n")
    answers = Label.objects.filter(question__truths__memberships__dataset=dataset, is_unsure=False)
    counted: dict[str, Any] = answers.filter(retraction__isnull=True).aggregate(
        labels=Count("pk", distinct=True), people=Count("person", distinct=True)
    )
    found = list(ways)
    return Behind(sum(n for _, _, n in found), counted["labels"], counted["people"], found)
