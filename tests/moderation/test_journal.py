"""What people write beside the numbers."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from config.accounts.models import Role
from moderation import journal
from moderation.measurement.periods import Period
from moderation.models import Note, StepKind
from tests.moderation.builders import NOW, World, person, world

AUTUMN = Period.of_days(date(2022, 8, 1), date(2022, 10, 31))
OCTOBER = Period.of_days(date(2022, 10, 1), date(2022, 10, 31))
WINTER = Period.of_days(date(2022, 11, 1), date(2022, 11, 30))


@pytest.fixture
def place(db: None) -> World:
    return world()


def test_a_note_is_found_in_every_period_that_it_touches(place: World) -> None:
    manager = person(place.project, Role.MANAGER)
    note = journal.add_note(place.project, OCTOBER, text="Holidays.", by=manager, now=NOW)
    assert journal.notes(place.project, AUTUMN) == [note]
    assert journal.notes(place.project, Period.of_days(date(2022, 10, 31), date(2022, 11, 5))) == [note]
    assert journal.notes(place.project, WINTER) == []
    assert journal.notes(world().project, AUTUMN) == []


def test_a_note_is_never_changed_or_taken_away(place: World) -> None:
    manager = person(place.project, Role.MANAGER)
    journal.add_note(place.project, OCTOBER, text="Holidays.", by=manager, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Note.objects.update(text="Other.")
    with pytest.raises(DatabaseError), transaction.atomic():
        Note.objects.all().delete()


def test_an_investigation_goes_from_hypothesis_to_action_to_effect(place: World) -> None:
    manager, other = person(place.project, Role.MANAGER), person(place.project, Role.ADMIN)
    opened = journal.investigate(place.project, AUTUMN, hypothesis="Dark photos are missed.", by=manager, now=NOW)
    for days, (kind, text) in enumerate([(StepKind.ACTION, "Labeled 500."), (StepKind.EFFECT, "Recall rose.")]):
        at = NOW + timedelta(days=days)
        journal.add_step(place.project, opened.pk, kind=kind, text=text, by=other, now=at)
    (found,) = journal.investigations(place.project, OCTOBER)
    assert [(one.kind, one.text, one.by) for one in found.steps.all()] == [
        ("action", "Labeled 500.", other),
        ("effect", "Recall rose.", other),
    ]


def test_the_investigation_of_another_project_is_not_there(place: World) -> None:
    manager = person(place.project, Role.MANAGER)
    opened = journal.investigate(place.project, AUTUMN, hypothesis="Dark photos.", by=manager, now=NOW)
    with pytest.raises(journal.NoSuchInvestigation):
        journal.add_step(world().project, opened.pk, kind=StepKind.ACTION, text="x", by=manager, now=NOW)
