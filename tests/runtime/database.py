"""This will keep the test database fast, for nothing in it has to outlive the run.

Whoever names a database of their own in ``DATABASE_URL`` gets none of this: that server is not ours to change.
"""

import os

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase

from config import embedded
from config.embedded.locks import Lock
from config.embedded.paths import places

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

    Migrating from nothing takes 30 s of a processor; a copy takes less than one. The others wait.
    """
    with Lock(places().lock("template")) as making:
        making.exclude()
        with psycopg.connect(embedded.database_url()) as server:
            is_made = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        if not is_made:
            _make_template()
    return TEMPLATE


def _make_template() -> None:
    found, alias = connection.settings_dict, connection.alias
    real, own = found["NAME"], found["TEST"]["NAME"]
    found["TEST"]["NAME"] = TEMPLATE
    connection.creation.create_test_db(verbosity=0, serialize=False)
    # A database that somebody is connected to cannot be copied.
    connection.close()
    found["TEST"]["NAME"] = own
    found["NAME"] = settings.DATABASES[alias]["NAME"] = real


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
