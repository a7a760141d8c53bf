"""This will keep the test database fast, for nothing in it has to outlive the run.

Whoever names a database of their own in ``DATABASE_URL`` gets none of this: that server is not ours to change.
"""

import hashlib
import os
import subprocess
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase

from config import embedded
from config.embedded import postgresql
from config.embedded.locks import Lock
from config.embedded.paths import CHECKOUT, places

# Django makes these anew after each emptying, the same ones again: they may as well stay.
KEPT = {"django_content_type", "auth_permission"}
TEMPLATE = "test_template"


def is_ours() -> bool:
    return not os.environ.get("DATABASE_URL")


def forget_at_power_loss() -> None:
    """Have the server wait for no disk. It is said to every database of the server, at once and for good."""
    with psycopg.connect(embedded.database_url(), autocommit=True) as server:
        for name in ("fsync", "full_page_writes"):
            server.execute(f"ALTER SYSTEM SET {name} = off".encode())
        server.execute("SELECT pg_reload_conf()")


def template() -> str:
    """Return the name of a migrated database to copy, made by the first of the run's processes that asks.

    Migrating from nothing takes half a minute of a processor; a copy takes less than a second. The others wait.
    """
    with Lock(places().lock("template")) as making:
        making.exclude()
        with psycopg.connect(embedded.database_url(), autocommit=True) as server:
            is_made = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
            if not is_made and (dump := _dump_path()).exists():
                _load(dump, server=server)
            elif not is_made:
                _migrate()
                _dump(to=dump)
    return TEMPLATE


def _load(dump: Path, *, server: psycopg.Connection) -> None:
    server.execute(f"CREATE DATABASE {TEMPLATE}".encode())
    _run("psql", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={dump}")


def _migrate() -> None:
    found, alias = connection.settings_dict, connection.alias
    real, own = found["NAME"], found["TEST"]["NAME"]
    found["TEST"]["NAME"] = TEMPLATE
    connection.creation.create_test_db(verbosity=0, serialize=False)
    # A database that somebody is connected to cannot be copied.
    connection.close()
    found["TEST"]["NAME"] = own
    found["NAME"] = settings.DATABASES[alias]["NAME"] = real


def _dump_path() -> Path:
    """Say where the next run finds what this one has migrated, as long as no migration and no library changes."""
    files = [*CHECKOUT.glob("*/migrations/*.py"), *CHECKOUT.glob("*/*/migrations/*.py"), CHECKOUT / "requirements.txt"]
    content = b"".join(str(path).encode() + path.read_bytes() for path in sorted(files))
    return CHECKOUT / ".pytest_cache" / f"migrated-{hashlib.sha256(content).hexdigest()[:16]}.sql"


def _dump(*, to: Path) -> None:
    to.parent.mkdir(exist_ok=True)
    scratch = to.with_suffix(f".{os.getpid()}")
    _run("pg_dump", f"--file={scratch}")
    for old in to.parent.glob("migrated-*.sql"):
        old.unlink(missing_ok=True)
    # Two runs may do this at once: whoever reads meets a whole file or none.
    scratch.rename(to)


def _run(program: str, *arguments: str) -> None:
    command = [postgresql._binary(program), f"--dbname={embedded.database_url(TEMPLATE)}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def empty_by_deleting() -> None:
    """Have tests that commit empty the database by ``empty``, where the server is ours."""
    TransactionTestCase._fixture_teardown = lambda test: empty()  # type: ignore[method-assign]


def empty() -> None:
    """Delete every row of every table.

    Django truncates, which gives each of the 150 tables and its indexes a new file, and then makes all content types
    and permissions anew. As with TRUNCATE, what others are still writing is waited for, and no trigger fires.
    """
    names = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT)
    tables = [connection.ops.quote_name(name) for name in names]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        cursor.execute("; ".join(f"DELETE FROM {table}" for table in tables))
