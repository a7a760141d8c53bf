"""A compiled query returns what the ORM returns, call after call, whoever calls."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.accounts import preferences
from config.accounts.models import Membership, Preferences, Project, Role, User
from config.compiled import Among, Compiled, CompiledInsert, Given

MEMBERS = Compiled(
    lambda: Membership.objects.select_related("project").filter(user=Given("user"), role="manager").order_by("-id")
)
NAMED = Compiled(lambda: User.objects.filter(Among(F("username"), Given("names"))).only("username").order_by("id"))

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    person = User.objects.create_user(username="fox")
    for slug in ("forest", "meadow"):
        project = Project.objects.create(slug=slug, name=slug.title())
        Membership.objects.create(user=person, project=project, role=Role.MANAGER)
    Membership.objects.create(user=person, project=project, role=Role.MODERATOR)
    return person


def test_the_same_instances_come_with_what_they_are_related_to_and_in_order(person: User) -> None:
    other = User.objects.create_user(username="owl")
    expected = list(Membership.objects.filter(user=person, role="manager").order_by("-id"))
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = MEMBERS.all(user=person.pk)
            projects = [one.project.name for one in found]
        assert found == expected
        assert projects == ["Meadow", "Forest"]
        assert len(queries) == 1
    assert MEMBERS.all(user=other.pk) == []
    assert MEMBERS.first(user=other.pk) is None


def test_values_are_converted_as_the_orm_converts_them(person: User) -> None:
    preferences.change(person, {"exposure_budget": {"gruesome": 20}, "theme": "dark"}, now=timezone.now())
    found = Compiled(lambda: Preferences.objects.filter(person=Given("person"))).first(person=person.pk)
    fresh = Preferences.objects.get(person=person)
    assert found == fresh
    assert {**vars(found), "_state": None} == {**vars(fresh), "_state": None}


def test_a_list_fills_one_blank_and_what_was_left_out_is_fetched_when_asked_for(person: User) -> None:
    person.email = "fox@example.org"
    person.save()
    [found] = NAMED.all(names=["fox", "nobody"])
    assert found.get_deferred_fields() >= {"email"}
    assert found.email == "fox@example.org"
    assert NAMED.all(names=[]) == []


def test_a_choice_is_sent_as_its_value(person: User) -> None:
    held = Compiled(lambda: Membership.objects.filter(user=Given("user"), role=Given("role")))
    [found] = held.all(user=person.pk, role=Role.MODERATOR)
    assert found.role == "moderator"


def test_a_blank_that_is_not_filled_is_an_error() -> None:
    with pytest.raises(KeyError, match="user"):
        MEMBERS.all(person=1)


def test_an_insert_stores_what_create_would_and_knows_what_it_was_given(person: User) -> None:
    write = CompiledInsert(Preferences)
    for one in (person, User.objects.create_user(username="owl")):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            made = write(person=one, wellness={"blur": "always"}, grid_size=12, changed_at=timezone.now())
            assert made.person is one
        assert len(queries) == 1
        stored = Preferences.objects.get(pk=made.pk)
        assert (stored.person, stored.wellness, stored.grid_size, stored.theme) == (one, {"blur": "always"}, 12, "")
    made.theme = "dark"
    made.save(update_fields=["theme"])
    assert Preferences.objects.filter(theme="dark").get() == made


def test_a_queryset_reads_what_was_done_along_and_only_that(person: User) -> None:
    leave = """
        accounts_membership AS (
            DELETE FROM accounts_membership WHERE user_id = %(user)s AND role = %(role)s RETURNING *)
    """
    left = Compiled(lambda: Membership.objects.select_related("project").order_by("id"), along=leave)
    found = left.all(user=person.pk, role=Role.MANAGER)
    assert [one.project.slug for one in found] == ["forest", "meadow"]
    assert [one.role for one in Membership.objects.all()] == ["moderator"]
    assert left.all(user=person.pk, role=Role.MANAGER) == []


def test_an_insert_does_something_along_with_the_columns_of_its_row(person: User) -> None:
    calm = "calmed AS (UPDATE accounts_user SET last_login = %(changed_at)s WHERE id = %(person_id)s)"
    now = timezone.now()
    made = CompiledInsert(Preferences, along=calm)(person=person, wellness={}, changed_at=now)
    person.refresh_from_db()
    assert (person.last_login, Preferences.objects.get().pk) == (now, made.pk)


@pytest.mark.django_db(transaction=True)
def test_threads_that_compile_at_once_find_the_same(person: User) -> None:
    query = Compiled(lambda: Membership.objects.select_related("project").filter(user=Given("user")).order_by("id"))

    def look(_: int) -> list[str]:
        try:
            return [one.project.slug for one in query.all(user=person.pk)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(8))) == [["forest", "meadow", "meadow"]] * 8
