"""This will write files whole or not at all, so that whoever finds one under its name finds all of it."""

import os
import uuid

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage


def write(key: str, data: bytes) -> str:
    """Put bytes under a storage key, in place of what was there; returns the key.

    Readers and writers at the same moment, and a process killed in between, never leave or see half a file: an
    object store replaces an object at once, and a local file is written aside and renamed.
    """
    if not isinstance(default_storage, FileSystemStorage):
        return default_storage.save(key, ContentFile(data))
    place, mode = default_storage.path(key), default_storage.file_permissions_mode
    try:
        _replace(place, data, mode=mode)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        _replace(place, data, mode=mode)
    return key


def _replace(place: str, data: bytes, *, mode: int | None) -> None:
    """Write aside and rename: not by the storage's own save, which looks for a free name and takes locks, nor by
    ``pathlib``, which either takes longer than the file."""
    aside = f"{place}.{uuid.uuid4().hex}"
    with open(aside, "xb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(data)
    os.replace(aside, place)


def read(key: str) -> bytes:
    """Return what is under a storage key. Raises FileNotFoundError, and what the storage raises."""
    if isinstance(default_storage, FileSystemStorage):
        with open(default_storage.path(key), "rb") as file:
            return file.read()
    with default_storage.open(key) as stored:
        return bytes(stored.read())
