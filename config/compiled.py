"""This will run a query of the ORM whose SQL is built once, on the paths where building it costs more than running it.

``Compiled(lambda: Post.objects.filter(poster=Given("poster")))`` is a query with blanks: calling it as
``.all(poster="fox")`` fills them and returns the same instances that the queryset would. Building the SQL of a small
query takes Django about four times as long as sending it (measured on the claim of a job).

What is done ``along`` with a statement are common table expressions, ``name AS (…), other AS (…)``, in plain SQL with
blanks like ``%(user)s``: one journey to the database instead of several. One that is named like a table stands in its
place, so that a queryset reads just what an UPDATE returned.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, Expression, Func, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql import InsertQuery

M = TypeVar("M", bound=Model)


class Given(Expression):
    """A blank in a compiled query, filled by name at each call. Not for ``__in``: see ``Among``."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]


class Among(Func):
    """Whether the first expression is an item of the second, a list that fills one blank."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


@dataclass(frozen=True)
class _Shape(Generic[M]):
    """What is left of a queryset once it is compiled: its SQL, and how a row becomes an instance."""

    model: type[M]
    sql: str
    params: Sequence[Any]
    columns: slice
    names: list[str]
    converters: dict[int, Any]
    related: list[Any]

    def instances(self, rows: Sequence[Sequence[Any]], *, database: Any) -> Iterator[M]:
        for row in rows:
            values = self._converted(row, database)
            made = self.model.from_db(database.alias, self.names, values[self.columns])
            for populator in self.related:
                populator.populate(values, made)
            yield made

    def _converted(self, row: Sequence[Any], database: Any) -> list[Any]:
        values = list(row)
        for at, (converters, expression) in self.converters.items():
            for convert in converters:
                values[at] = convert(values[at], expression, database)
        return values


class Compiled(Generic[M]):
    """A queryset with blanks, compiled at its first use. Safe for any number of threads.

    ``build`` returns a queryset of instances, with ``select_related``, ``only``, an order, a limit or a row lock, as
    one likes; no annotations and no prefetching. A blank that is not filled raises KeyError.
    """

    def __init__(self, build: Callable[[], QuerySet[M]], *, along: str = "") -> None:
        self._build, self._along = build, along

    def all(self, **given: Any) -> list[M]:
        shape, database = self._shape, _database()
        cursor = database.kept_cursor()
        cursor.execute(shape.sql, _bind(shape.params, given))
        return list(shape.instances(cursor.fetchall(), database=database))

    def first(self, **given: Any) -> M | None:
        return next(iter(self.all(**given)), None)

    @cached_property
    def _shape(self) -> _Shape[M]:
        queryset = self._build()
        compiler = queryset.query.get_compiler(using=queryset.db)
        sql, params = _together(self._along, *compiler.as_sql())
        info = compiler.klass_info
        fields = info["select_fields"]
        columns = slice(fields[0], fields[-1] + 1)
        return _Shape(
            model=queryset.model,
            sql=sql,
            params=params,
            columns=columns,
            names=[one[0].target.attname for one in compiler.select[columns]],
            converters=compiler.get_converters([one[0] for one in compiler.select]),
            related=get_related_populators(info, compiler.select, queryset.db),  # type: ignore[call-arg]
        )


class CompiledInsert(Generic[M]):
    """An insert of one row, compiled at its first use.

    Calling it with the fields returns the instance with its id, as ``objects.create`` does; no signals are sent, and
    the model's own ``save`` is not asked. Blanks of what is done along are columns of the row. Safe for any number of
    threads.
    """

    def __init__(self, model: type[M], *, along: str = "") -> None:
        self._model, self._along = model, along
        self._fields: list[Any] = [one for one in model._meta.concrete_fields if not one.primary_key]

    def __call__(self, **values: Any) -> M:
        made, database = self._model(**values), _database()
        row = {one.column: one.get_db_prep_save(one.pre_save(made, True), database) for one in self._fields}
        sql, blanks = self._statement
        cursor = database.kept_cursor()
        cursor.execute(sql, _bind(blanks, row))
        [[made.pk]] = cursor.fetchall()
        made._state.adding, made._state.db = False, database.alias
        return made

    @cached_property
    def _statement(self) -> tuple[str, Sequence[Any]]:
        query: Any = InsertQuery(self._model)
        query.insert_values(self._fields, [self._model()])
        compiler = query.get_compiler(using=DEFAULT_DB_ALIAS)
        compiler.returning_fields = [self._model._meta.pk]
        return _together(self._along, compiler.as_sql()[0][0], [Given(one.column) for one in self._fields])


def _database() -> Any:
    # Looked up once a statement: ``django.db.connection`` looks it up anew whenever it is asked for anything.
    return connections[DEFAULT_DB_ALIAS]


_BLANK = re.compile(r"%\((\w+)\)s")


def _together(along: str, sql: str, params: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """Put what is done along in front of a compiled statement."""
    if not along:
        return sql, params
    blanks = [Given(name) for name in _BLANK.findall(along)]
    # In one line: the driver reads a statement anew each time if it is longer than 4,096 characters.
    return f"WITH {' '.join(_BLANK.sub('%s', along).split())} {sql}", [*blanks, *params]


def rows(sql: str, given: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows that a statement in plain SQL returns, for small ones that are asked again and again."""
    cursor = _database().kept_cursor()
    cursor.execute(sql, given)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _bind(params: Sequence[Any], given: dict[str, Any]) -> list[Any]:
    filled = (given[one.name] if isinstance(one, Given) else one for one in params)
    # The driver would send the name of a choice, where the ORM sends its value.
    return [one.value if isinstance(one, Enum) else one for one in filled]
