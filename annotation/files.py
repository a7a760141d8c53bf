"""This will write files whole or not at all, so that whoever finds one under its name finds all of it."""

import os
import uuid
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage


def write(key: str, data: bytes) -> str:
    """Put bytes under a storage key, in place of what was there; returns the key.

    Readers and writers at the same moment, and a process killed in between, never leave or see half a file: an
    object store replaces an object at once, and a local file is written aside and renamed.
    """
    if not isinstance(default_storage, FileSystemStorage):
        return default_storage.save(key, ContentFile(data))
    place = Path(default_storage.path(key))
    place.parent.mkdir(parents=True, exist_ok=True)
    # Not by the storage's own save, which looks for a free name and takes locks: that takes half as long again.
    aside = place.with_name(f"{place.name}.{uuid.uuid4().hex}")
    with aside.open("xb") as file:
        if default_storage.file_permissions_mode is not None:
            os.fchmod(file.fileno(), default_storage.file_permissions_mode)
        file.write(data)
    aside.replace(place)
    return key
