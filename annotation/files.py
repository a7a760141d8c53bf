"""This will write files whole or not at all, so that whoever finds one under its name finds all of it."""

import uuid
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def write(key: str, data: bytes) -> str:
    """Put bytes under a storage key, in place of what was there; returns the key.

    Readers and writers at the same moment, and a process killed in between, never leave or see half a file: an
    object store replaces an object at once, and a local file is written aside and renamed.
    """
    try:
        place = Path(default_storage.path(key))
    except NotImplementedError:
        return default_storage.save(key, ContentFile(data))
    aside = default_storage.save(f"{key}.{uuid.uuid4().hex}", ContentFile(data))
    Path(default_storage.path(aside)).replace(place)
    return key
