"""This will keep the files of model versions: stored once by content, fetched to local disk where they are loaded."""

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from models_registry.models import ModelVersion


class ArtifactDamaged(Exception):
    """The stored file is not the one that was registered."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(path: Path, *, key: str) -> str:
    """Copy a local file into storage; returns its key."""
    with path.open("rb") as file:
        return default_storage.save(key, File(file))


def fetch(version: ModelVersion) -> Path:
    """Return a local path of a version's exported file, fetched and checked at the first use.

    Processes that fetch at once each write a file of their own and rename it; whoever comes last wins, with the
    same bytes. Raises ArtifactDamaged.
    """
    local = settings.VAR_DIR / "models" / f"{version.artifact_sha256}.onnx"
    if local.exists():
        return local
    local.parent.mkdir(parents=True, exist_ok=True)
    with default_storage.open(version.artifact) as stored:
        data = stored.read()
    if hashlib.sha256(data).hexdigest() != version.artifact_sha256:
        raise ArtifactDamaged(f"The stored file of {version} does not match its checksum.")
    handle, partial = tempfile.mkstemp(dir=local.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(partial, local)
    return local
