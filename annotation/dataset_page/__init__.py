"""This will gather what the page of a dataset version shows: what it holds, whence it came, what was made from it.

Pure reading. Counts come from the manifest, which never changes; pictures are the derivatives that members see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation import images
from annotation.dataset_page import counting, manifest
from annotation.dataset_page.counting import Bar, ClassRow, DriftRow, SourceRow
from annotation.dataset_page.manifest import Manifest, ManifestGone
from annotation.models import Image
from config.accounts import preferences
from config.accounts.models import Project, User
from models_registry import run_page
from models_registry.models import DatasetVersion, DataWaiver, Run
from models_registry.run_page import CheckShown
from models_registry.training import reference

__all__ = ["DatasetPage", "ManifestGone", "find", "shown"]

# Of each class so many are shown, and of one that is asked for.
FEW, MANY = 12, 96
RUNS_SHOWN = 50


@dataclass(frozen=True)
class Sample:
    """A picture of the dataset; ``relief`` are the style classes that spare this person an image of its classes."""

    image: Image
    thumbnail: str
    relief: str
    side: str


@dataclass(frozen=True)
class SampleRow:
    """Pictures of one class, of ``images`` that there are."""

    of: ClassRow
    samples: list[Sample]

    @property
    def is_all(self) -> bool:
        return len(self.samples) == self.of.images


@dataclass(frozen=True)
class Held:
    """What the manifest holds, counted."""

    images: int
    violations: int
    sides: list[int]
    classes: list[ClassRow]
    sources: list[SourceRow]
    suggested: int
    brightness: list[Bar]
    longer_side: list[Bar]
    size_bytes: int


@dataclass(frozen=True)
class DatasetPage:
    """``held`` is None where the manifest is gone; ``before`` is the version that it is compared with."""

    dataset: DatasetVersion
    held: Held | None
    before: DatasetVersion | None
    drift: list[DriftRow]
    runs: list[Run]
    checked_by: Run | None
    checks: list[CheckShown]
    waivers: list[DataWaiver]
    samples: list[SampleRow]
    chosen: str | None


def find(project: Project, dataset_id: int) -> DatasetVersion:
    """Return a dataset version of a project. Raises DatasetVersion.DoesNotExist."""
    return DatasetVersion.objects.select_related("schema", "project", "created_by").get(project=project, pk=dataset_id)


def shown(dataset: DatasetVersion, *, person: User, chosen: str | None = None) -> DatasetPage:
    """Gather the page for a person; ``chosen`` is the class of which many pictures are shown, empty for fine."""
    names = {one["key"]: one["name"] for one in dataset.schema.classes}
    found, before = _read(dataset), reference.before(dataset)
    earlier = _read(before) if before else None
    runs = list(_runs(dataset))
    checked = next((one for one in runs if any(step.name == "validate" for step in one.steps.all())), None)
    held = _held(found, names) if found else None
    return DatasetPage(
        dataset=dataset,
        held=held,
        before=before,
        drift=counting.label_drift(found, earlier, names) if found and earlier else [],
        runs=runs,
        checked_by=checked,
        checks=run_page.checks(checked) if checked else [],
        waivers=list(dataset.waivers.select_related("person")),
        samples=_samples(dataset, found, held.classes, person=person, chosen=chosen) if found and held else [],
        chosen=chosen,
    )


def _read(dataset: DatasetVersion) -> Manifest | None:
    try:
        return manifest.read(dataset)
    except ManifestGone:
        return None


def _runs(dataset: DatasetVersion) -> Any:
    made = Run.objects.filter(dataset=dataset, trial__isnull=True)
    beside = ("detector", "dataset", "model_version__detector", "requested_by")
    return made.select_related(*beside).prefetch_related("steps").order_by("-id")[:RUNS_SHOWN]


def _held(found: Manifest, names: Mapping[str, str]) -> Held:
    return Held(
        images=len(found.sha256),
        violations=int((~found.has_class("")).sum()),
        sides=counting.sides(found),
        classes=counting.classes(found, names),
        sources=counting.sources(found),
        suggested=int(found.saw_suggestion.sum()),
        brightness=counting.brightness(found),
        longer_side=counting.longer_side(found),
        size_bytes=found.size_bytes,
    )


def _samples(
    dataset: DatasetVersion, found: Manifest, classes: Sequence[ClassRow], *, person: User, chosen: str | None
) -> list[SampleRow]:
    """Take the first of each class: a manifest is in the order of hashes, which is by chance and always the same."""
    wanted = [one for one in classes if one.images and chosen in (None, one.key)]
    most = FEW if chosen is None else MANY
    picked = {one.key: [int(row) for row in found.has_class(one.key).nonzero()[0][:most]] for one in wanted}
    hashes = {found.sha256[row] for rows in picked.values() for row in rows}
    stored = Image.objects.filter(project=dataset.project_id, sha256__in=hashes, decoded_at__isnull=False)
    known = {one.sha256: one for one in stored}
    relief = preferences.to_json(preferences.of(person))["wellness"]
    return [
        SampleRow(
            one,
            [
                _sample(known[found.sha256[row]], found, row, relief=relief)
                for row in picked[one.key]
                if found.sha256[row] in known
            ],
        )
        for one in wanted
    ]


def _sample(image: Image, found: Manifest, row: int, *, relief: Mapping[str, Any]) -> Sample:
    spared = preferences.reliefs(relief, found.classes[row])
    return Sample(image, images.url(image, "thumbnail"), spared, str(found.split[row]))
