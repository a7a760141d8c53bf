"""This will be the people of a season: they claim jobs and answer them, and sometimes err."""

import random
from datetime import datetime

from annotation import labels, queue
from annotation.models import Job
from config.accounts.models import Membership, Project, Role, User
from moderation import decisions, settlements

AT_ONCE = 20


class People:
    """Reviewers who know the truth of each image, and answer wrongly with probability ``error``."""

    def __init__(self, project: Project, *, n: int, error: float, answers: dict[str, bool], seed: int) -> None:
        self.project = project
        self.error = error
        self.answers = answers
        self.persons = [_person(project, number) for number in range(1, n + 1)]
        self._chance = random.Random(f"people {seed}")

    def work_until_done(self, *, now: datetime) -> int:
        """Answer whatever waits, settle, and answer what that opened; returns the number of looks."""
        looks = 0
        while done := sum(self._turn(person, now=now) for person in self.persons):
            looks += done
            while settlements.sweep(now=now, project=self.project):
                pass
        return looks

    def _turn(self, person: User, *, now: datetime) -> int:
        roles = frozenset({Role.MODERATOR, Role.ANNOTATOR})
        jobs = queue.claim(person, project=self.project, roles=roles, count=AT_ONCE, now=now, chance=self._chance)
        for job in jobs:
            self._answer(job, person, now=now)
        return len(jobs)

    def _answer(self, job: Job, person: User, *, now: datetime) -> None:
        truth = self.answers[job.question.image.sha256]
        says = truth if self._chance.random() >= self.error else not truth
        answer = labels.Answer(classes=tuple(job.question.schema.keys[:1]) if says else ())
        if job.lease_token is None:
            raise ValueError(f"{job} was claimed without a token.")
        decisions.answer(job.pk, person=person, token=job.lease_token, answer=answer, now=now)


def _person(project: Project, number: int) -> User:
    person = User.objects.create(username=f"{project.slug}-reviewer-{number}")
    person.set_unusable_password()
    person.save(update_fields=["password"])
    for role in (Role.MODERATOR, Role.ANNOTATOR):
        Membership.objects.create(user=person, project=project, role=role)
    return person
