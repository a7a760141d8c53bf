"""This will find the dataset version that another one is compared with: the last one before it."""

from typing import Any

from models_registry.models import DatasetVersion
from models_registry.registry import versions_asking_the_same
from models_registry.training import extraction


def before(dataset: DatasetVersion) -> DatasetVersion | None:
    """Return the newest earlier version whose answers mean the same, or None."""
    same = versions_asking_the_same(dataset.schema)
    return DatasetVersion.objects.filter(schema__in=same, number__lt=dataset.number).order_by("-number").first()


def checksum(dataset: DatasetVersion) -> str | None:
    earlier = before(dataset)
    return earlier.checksum if earlier else None


def rows(dataset: DatasetVersion) -> list[dict[str, Any]] | None:
    """Return the manifest of the version before, or None where there is none, or storage has lost it."""
    earlier = before(dataset)
    try:
        return extraction.rows_of(extraction.manifest(earlier)) if earlier else None
    except FileNotFoundError:
        return None
