"""This will be the people of a season: they claim jobs and answer them, and sometimes err."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta

from annotation import labels, queue
from annotation.models import Job
from config.accounts.models import Membership, Project, Role, User
from moderation import decisions, settlements

# Half of the answers take less; one in forty takes more than three times as long.
SECONDS, SPREAD = 4.0, 0.6
ROLES = frozenset({Role.MODERATOR, Role.ANNOTATOR})


class People:
    """Reviewers who know the truth of each image, and answer wrongly with probability ``error``.

    They sit at every desk but the managers'. ``seconds`` is how long they looked, by the day of the answer.
    """

    def __init__(self, project: Project, *, n: int, error: float, answers: dict[str, bool], seed: int) -> None:
        self.project = project
        self.error = error
        self.answers = answers
        self.seconds: dict[date, float] = defaultdict(float)
        self.persons = [_person(project, number) for number in range(1, n + 1)]
        self._chance = random.Random(f"people {seed}")

    def work_until_done(self, *, now: datetime) -> int:
        """Answer whatever waits, settle, and answer what that opened; returns the number of looks."""
        clocks = {person.pk: now for person in self.persons}
        looks = 0
        while done := self._answer_all(clocks):
            looks += done
            while settlements.sweep(now=max(clocks.values()), project=self.project):
                pass
        return looks

    def _answer_all(self, clocks: dict[int, datetime]) -> int:
        """Answer, each person one image at a time and by their own clock, until nobody finds anything."""
        looks = 0
        while done := sum(self._turn(person, clocks) for person in self.persons):
            looks += done
        return looks

    def _turn(self, person: User, clocks: dict[int, datetime]) -> int:
        now = clocks[person.pk]
        jobs = queue.claim(person, project=self.project, roles=ROLES, now=now, chance=self._chance)
        for job in jobs:
            seconds = self._chance.lognormvariate(0.0, SPREAD) * SECONDS
            now += timedelta(seconds=seconds)
            clocks[person.pk] = now
            self.seconds[now.date()] += seconds
            self._answer(job, person, seconds=seconds, now=now)
        return len(jobs)

    def _answer(self, job: Job, person: User, *, seconds: float, now: datetime) -> None:
        truth = self.answers[job.question.image.sha256]
        says = truth if self._chance.random() >= self.error else not truth
        classes = tuple(job.question.schema.keys[:1]) if says else ()
        answer = labels.Answer(classes=classes, seconds=seconds)
        if job.lease_token is None:
            raise ValueError(f"{job} was claimed without a token.")
        decisions.answer(job.pk, person=person, token=job.lease_token, answer=answer, now=now)


def _person(project: Project, number: int) -> User:
    person = User.objects.create(username=f"{project.slug}-reviewer-{number}")
    person.set_unusable_password()
    person.save(update_fields=["password"])
    for role in ROLES:
        Membership.objects.create(user=person, project=project, role=role)
    return person
