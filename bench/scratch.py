"""This will give a bench a database, a broker and files of its own, and throw them away afterwards.

Whoever imports it works on scratch data and nowhere else: the environment is set before Django reads its settings, so
``python -m bench`` imports it before all else. Parts that need no data, and tests of them, do without.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import django

FOLDER = tempfile.mkdtemp(prefix="second-look-bench-")
os.environ.update(SECOND_LOOK_VAR=FOLDER, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR")
for _elsewhere in ("DATABASE_URL", "CELERY_BROKER_URL"):
    os.environ.pop(_elsewhere, None)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from config import embedded  # noqa: E402
from config.embedded.paths import places  # noqa: E402


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


def settle() -> None:
    """Leave the database as one is that was filled over years: swept, and with nothing that waits to be written.

    And this process as one is that fills nothing: what filling left behind is not looked through for garbage again.
    """
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    gc.collect()
    gc.freeze()
