"""A connection that the server ended is noticed, without asking at the start of every request."""

import select

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.models import User
from config.compiled import Compiled, Given

PEOPLE = Compiled(lambda: User.objects.filter(username=Given("name")))


@pytest.mark.django_db
def test_a_connection_that_the_server_ended_is_noticed_and_one_that_stands_is_not_asked() -> None:
    other = connection.copy()
    other.connect()
    asked: list[str] = []
    with other.execute_wrapper(lambda run, sql, *rest: (asked.append(sql), run(sql, *rest))[1]):
        assert other.is_usable()
    assert asked == []
    _end(other)
    assert not other.is_usable()
    other.close()


def _end(other: "connection.__class__") -> None:  # type: ignore[name-defined]
    line = select.poll()
    line.register(other.connection.fileno(), select.POLLIN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [other.connection.info.backend_pid])
    assert line.poll(10_000)


@pytest.mark.django_db
def test_a_compiled_query_is_counted_like_any_other_and_goes_on_after_an_error() -> None:
    User.objects.create_user(username="fox")
    with CaptureQueriesContext(connection) as queries:
        assert len(PEOPLE.all(name="fox")) == 1
    assert len(queries) == 1
    with pytest.raises(KeyError):
        PEOPLE.all(nobody="fox")
    assert len(PEOPLE.all(name="fox")) == 1


@pytest.mark.django_db(transaction=True)
def test_a_compiled_query_finds_the_new_connection_when_the_old_one_is_closed() -> None:
    User.objects.create_user(username="fox")
    assert len(PEOPLE.all(name="fox")) == 1
    connection.close()
    assert len(PEOPLE.all(name="fox")) == 1
