"""This will extend or give back many leases of one person at once, and say of each whether it was still theirs.

A page of sixty images is kept by three statements instead of two hundred. The questions are locked first and in the
order of their ids, as everybody locks them.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from annotation import queue
from annotation.models import Job, JobStatus, Question, QuestionStatus
from config.accounts.models import User


@transaction.atomic
def extend(tokens: Mapping[int, uuid.UUID], *, person: User, now: datetime) -> dict[int, datetime]:
    """Give these jobs, by id, their full time again; returns the new end of those that are still this person's."""
    until = now + timedelta(seconds=queue.LEASE_SECONDS)
    held = _held(tokens, person=person, now=now)
    Job.objects.filter(pk__in=held).update(lease_until=until)
    return dict.fromkeys(held, until)


@transaction.atomic
def release(tokens: Mapping[int, uuid.UUID], *, person: User, now: datetime) -> list[int]:
    """Give these jobs back unanswered; returns those that were still this person's to give."""
    held = _held(tokens, person=person, now=now)
    queue.free(Job.objects.filter(pk__in=held))
    return held


def _held(tokens: Mapping[int, uuid.UUID], *, person: User, now: datetime) -> list[int]:
    """Lock those jobs that this person proves to hold, by the rules of ``queue.held``."""
    asked = Job.objects.filter(pk__in=tokens).values("question_id")
    questions = Question.objects.select_for_update(no_key=True).filter(pk__in=asked).order_by("pk")
    still_open = [question.pk for question in questions if question.status == QuestionStatus.OPEN]
    jobs = (
        Job.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=tokens, question__in=still_open, person=person, status=JobStatus.LEASED, lease_until__gt=now)
        .exclude(question__exclusions__person=person)
        .order_by("pk")
    )
    return [job.pk for job in jobs if job.lease_token == tokens[job.pk]]
