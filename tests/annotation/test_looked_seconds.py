"""Tests of the seconds that people looked, as their screens measured them."""

from datetime import timedelta

import pytest
from django.db import transaction

from annotation import labels, queue
from annotation.labels import Answer
from annotation.models import Label
from config.accounts.models import Role
from tests.annotation.builders import NOW, accept, person_of, project_of, question_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(seconds=90)


def answered(seconds: float | None) -> Label:
    project = project_of()
    question_of(project)
    person = person_of(project, "m")
    job = queue.claim(person, project=project, roles=frozenset({Role.MODERATOR}), now=NOW)[0]
    return accept(job.pk, person=person, token=job.lease_token, answer=Answer((), seconds=seconds), now=LATER).label


def test_what_the_screen_measured_is_kept_beside_the_time_since_the_claim() -> None:
    label = answered(3.25)
    assert (label.looked_seconds, label.seconds) == (3.25, 90)


def test_nobody_looked_longer_than_they_held_the_job() -> None:
    assert answered(1e9).looked_seconds == 90


def test_an_answer_without_seconds_is_told_apart_from_one_of_none() -> None:
    assert answered(None).looked_seconds is None


def test_an_answer_of_no_seconds_is_one_that_was_measured() -> None:
    assert answered(0.0).looked_seconds == 0


def test_the_same_answer_with_other_seconds_is_the_same_answer() -> None:
    label = answered(3.0)
    with transaction.atomic():
        again = labels.sent_before(
            label.job_id, person=label.person, token=label.job.lease_token, answer=Answer((), seconds=7.0)
        )
    assert again is not None
    assert again.label == label
    assert Label.objects.get().looked_seconds == 3
