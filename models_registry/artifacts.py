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
    """The stored file is gone, or is not the one that was registered."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a local file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(path: Path, *, key: str) -> str:
    """Copy a local file into storage; returns its key."""
    with path.open("rb") as file:
        return default_storage.save(key, File(file))


def keep_scores(path: Path, *, project: str) -> tuple[str, str]:
    """Keep a local file of scores by its content; returns its key and its SHA-256."""
    sha256 = sha256_of(path)
    return keep(path, key=f"{project}/scores/{sha256}.parquet"), sha256


def fetch(version: ModelVersion) -> Path:
    """Return a local path of a version's exported file, checked, and fetched from storage where it is not here yet.

    Processes that fetch at once each write a file of their own and rename it; whoever comes last wins, with the
    same bytes. Raises ArtifactDamaged.
    """
    local = Path(settings.VAR_DIR) / "models" / f"{version.artifact_sha256}.onnx"
    if local.exists() and sha256_of(local) == version.artifact_sha256:
        return local
    data = read(version.artifact, sha256=version.artifact_sha256, what=f"The file of {version}")
    local.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=local.parent) as folder:
        partial = Path(folder) / local.name
        partial.write_bytes(data)
        os.replace(partial, local)
    return local


def read(key: str, *, sha256: str, what: str) -> bytes:
    """Return a stored file that is what was registered; ``what`` begins the sentence of ArtifactDamaged."""
    try:
        with default_storage.open(key) as stored:
            data = bytes(stored.read())
    except FileNotFoundError as error:
        raise ArtifactDamaged(f"{what} is no longer in storage.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ArtifactDamaged(f"{what}, as stored, does not match its checksum.")
    return data
