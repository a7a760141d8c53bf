"""This will give a bench a database, a broker and files of its own, and throw them away afterwards."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections

from bench import FOLDER
from config import embedded
from config.embedded.paths import places


@contextmanager
def servers() -> Iterator[None]:
    """Start PostgreSQL and Valkey on empty data, migrate; all of it is gone at the end."""
    home, sockets = places().home, places().sockets
    os.makedirs(os.path.join(FOLDER, "static"), exist_ok=True)
    try:
        with embedded.servers():
            call_command("migrate", verbosity=0)
            yield
            connections.close_all()
    finally:
        for folder in (home, sockets, FOLDER):
            shutil.rmtree(folder, ignore_errors=True)
