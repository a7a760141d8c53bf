"""This will name the stored files of a model version, with their checksums and sizes, and hand one out.

A file is handed out only where it is what was registered: it is read and hashed first.
"""

from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.utils.translation import gettext

from models_registry import artifacts
from models_registry.models import ModelVersion

NETWORK, SCORES = "network", "scores"


@dataclass(frozen=True)
class StoredFile:
    """One file; ``size_bytes`` is None where storage has lost it. ``name`` is what it is called when it is fetched."""

    kind: str
    title: str
    name: str
    key: str
    sha256: str
    size_bytes: int | None


def of(version: ModelVersion) -> list[StoredFile]:
    """Return a version's files: the exported network, and its score of every image of its own hold-out."""
    named = f"{version.detector.slug}-v{version.number}"
    found = [
        _stored(NETWORK, gettext("The exported network"), f"{named}.onnx", version.artifact, version.artifact_sha256)
    ]
    own = version.evaluations.filter(dataset=version.dataset_id).exclude(scores="").first()
    if own:
        title = gettext("Its score of every image of the hold-out")
        found.append(_stored(SCORES, title, f"{named}-scores.parquet", own.scores, own.scores_sha256))
    return found


def _stored(kind: str, title: str, name: str, key: str, sha256: str) -> StoredFile:
    try:
        size = default_storage.size(key)
    except (FileNotFoundError, IsADirectoryError, ValueError):
        size = None
    return StoredFile(kind, title, name, key, sha256, size)


def read(file: StoredFile) -> bytes:
    """Return a file's bytes. Raises ArtifactDamaged where they are not what was registered, or gone."""
    return artifacts.read(file.key, sha256=file.sha256, what=file.name)
