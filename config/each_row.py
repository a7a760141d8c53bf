"""This will write many rows by one statement, where sending one for each, or the ORM's one, costs more.

The rows travel as one JSON text, of which PostgreSQL makes columns again. ``bulk_update`` builds a ``CASE`` for every
field, and ``bulk_create`` prepares every value of every row by itself: both take longer than PostgreSQL to write them.
Names in these statements are those of models, quoted; values are parameters. What JSON has no number for (infinity,
NaN) is refused. No signals are sent, and a model's own ``save`` is not asked.
"""

import json
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


class UpdateEach(Generic[M]):
    """The same fields of many instances, each with values of its own, written by their primary keys.

    Calling it with instances returns how many rows were changed. The caller holds the rows: of two callers without
    locks each could wait for the other.
    """

    def __init__(self, model: type[M], fields: Sequence[str]) -> None:
        self._model, self._names = model, fields

    def __call__(self, instances: Sequence[M]) -> int:
        if not instances:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [_rows(instances, self._fields)])
            return int(cursor.rowcount)

    @cached_property
    def _fields(self) -> list[Any]:
        return [self._model._meta.pk, *map(self._model._meta.get_field, self._names)]

    @cached_property
    def _sql(self) -> str:
        key, *written = _columns(self._fields)
        values = ", ".join(f"{name} = given.{name}" for name in written)
        given = f"FROM {_given(self._fields)} WHERE known.{key} = given.{key}"
        return f"UPDATE {_table(self._model)} known SET {values} {given}"  # nosec B608


class InsertEach(Generic[M]):
    """New rows of many instances, which have their ids afterwards, in ascending order.

    With ``ignore_conflicts`` a row that is there stays as it is, and no instance learns its id.
    """

    def __init__(self, model: type[M], *, ignore_conflicts: bool = False) -> None:
        self._model, self._ignore_conflicts = model, ignore_conflicts

    def __call__(self, instances: Sequence[M]) -> Sequence[M]:
        if not instances:
            return instances
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [_rows(instances, self._fields)])
            if not self._ignore_conflicts:
                for made, [key] in zip(instances, cursor.fetchall(), strict=True):
                    made.pk, made._state.adding, made._state.db = key, False, connection.alias
        return instances

    @cached_property
    def _fields(self) -> list[Any]:
        return [one for one in self._model._meta.concrete_fields if not one.primary_key]

    @cached_property
    def _sql(self) -> str:
        names, [key] = ", ".join(_columns(self._fields)), _columns([self._model._meta.pk])
        end = "ON CONFLICT DO NOTHING" if self._ignore_conflicts else f"RETURNING {key}"
        select = f"SELECT {names} FROM {_given(self._fields)} ORDER BY given.ordinal"  # nosec B608
        return f"INSERT INTO {_table(self._model)} ({names}) {select} {end}"  # nosec B608


def _given(fields: Sequence[Any]) -> str:
    """Say how the text becomes rows again, numbered in their order."""
    # A key that counts up by itself is a plain number where it is given.
    kinds = [one.rel_db_type(connection) if one.primary_key else one.db_type(connection) for one in fields]
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(_columns(fields), kinds, strict=True))
    names = ", ".join([*_columns(fields), "ordinal"])
    return f"ROWS FROM (jsonb_to_recordset(%s) AS ({columns})) WITH ORDINALITY AS given ({names})"


def _columns(fields: Sequence[Any]) -> list[str]:
    return [connection.ops.quote_name(one.column) for one in fields]


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _rows(instances: Sequence[Model], fields: Sequence[Any]) -> str:
    named = [(one.column, one.attname) for one in fields]
    rows = [{column: getattr(made, name) for column, name in named} for made in instances]
    return json.dumps(rows, default=_text, allow_nan=False)


def _text(value: object) -> str:
    """Say what JSON cannot in the way that PostgreSQL reads."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return f"\\x{value.hex()}"
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"A column of {type(value).__name__} cannot be written this way.")
