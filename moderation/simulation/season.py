"""This will run a season: history, training, days of posts, viewers, people, retraining.

A day runs as the beat would run it (UTC): audits are planned at 00:05, the platform reports yesterday's views at 01:00,
the second draw is made at 06:30, label questions open at 23:10. Posts come at four hours and wait ten minutes to be
screened; people work in five shifts, each until nothing waits. Viewers watch all day.
"""

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from annotation import confirmation
from config.accounts.models import Client, Membership, Project, Role, User
from models_registry import deployment
from moderation import (
    audit_plans,
    complaints,
    costs,
    founding,
    intake,
    label_questions,
    policies,
    screening,
    second_looks,
    view_draws,
)
from moderation.intake import Submission
from moderation.measurement import daily
from moderation.models import PolicyMode
from moderation.simulation import costing, report
from moderation.simulation.canary import Canary
from moderation.simulation.judgement import Judgement
from moderation.simulation.people import People
from moderation.simulation.plan import CLASS, FIRST_DAY, Plan, Say, midnight
from moderation.simulation.platform import Platform, Shown
from moderation.simulation.pool import NotEnoughImages, Picture, Pool
from moderation.simulation.report import Ended, Played, Secrets
from moderation.simulation.teaching import EPOCHS, Teaching, deal_history

__all__ = ["NotEnoughImages", "Season"]

# A season has few flagged posts: of one answer in twenty too few would be looked at again to tell how people err.
SECOND_LOOKS = {"flagged_violation": 0.5, "flagged_fine": 0.2, "audited_fine": 0.02}
LABELS_PER_DAY = 60
POSTS_AT = (3, 9, 15, 21)
WORK_AT = (8.0, 12.0, 16.0, 20.0, 23.0)
WAIT = timedelta(minutes=10)
COUNTED_AFTER = timedelta(hours=1)
# How many posts a poster sends in.
POSTS_OF_ONE = 5


@dataclass
class Season:
    """One season in a project of its own. ``say(what, done, of)`` is told of progress."""

    plan: Plan
    say: Say
    played: list[Played] = field(default_factory=list)

    def play(self) -> dict[str, Any]:
        """Play all days; returns the report. Raises NotEnoughImages before anything is written."""
        self.pool = Pool(self.plan.images, violations=self.plan.violations, seed=self.plan.seed)
        history = deal_history(self.plan, self.pool)
        days = range(self.plan.days)
        self.dealt = [self.pool.deal_day(self.plan.posts_per_day, prevalence=self.plan.prevalence) for _ in days]
        self._set_up(now=FIRST_DAY - timedelta(days=1))
        self.teaching.import_history(history, now=FIRST_DAY - timedelta(hours=20))
        self.teaching.train(now=FIRST_DAY - timedelta(hours=12))
        for number in range(1, self.plan.all_days + 1):
            self._day(number)
            self._learn(number, now=midnight(number) + timedelta(hours=23, minutes=45))
        return self._end(now=midnight(self.plan.all_days + 1) + COUNTED_AFTER)

    def _learn(self, number: int, *, now: datetime) -> None:
        """Train where it is time to; in the middle of a season with a canary, try what comes of it. While it is tried
        nothing else is trained, for another champion would end it."""
        if self.plan.canary and number >= self.plan.middle:
            if number == self.plan.middle and (made := self.teaching.make(now=now)):
                self.canary.begin(made, now=now)
            if number == self.plan.days:
                self.canary.end(now=now)
            return
        every = self.plan.retrain_every
        if every and number % every == 0 and number < self.plan.days:
            self.teaching.train(now=now)

    def _end(self, *, now: datetime) -> dict[str, Any]:
        """Count every day anew, now that nothing waits, and judge the season by the criteria set before it."""
        self.platform.send_counts(self.plan.all_days, now=now)
        for number in range(1, self.plan.all_days + 1):
            daily.refresh(self.project, midnight(number).date(), now=now)
            costs.refresh(self.project, midnight(number).date(), now=now)
        secrets = Secrets(self.platform, self.pool.answers, self.people.seconds)
        ended = Ended(self.plan, self.project, secrets, self.played)
        judged = self.judgement.conclude(ended.period, now=now)
        tried = self.canary.report(answers=self.pool.answers, views=ended.views, now=now)
        return report.of_season(ended) | {"models": self.teaching.describe(), "canary": tried, **judged}

    def _set_up(self, *, now: datetime) -> None:
        plan = self.plan
        slug = next(name for name in _slugs(plan.seed) if not Project.objects.filter(slug=name).exists())
        engineer = User.objects.create(username=f"{slug}-engineer")
        config = {"canvas": {"size_px": report.canvas_px(self.pool)}, "fit": {"seed": plan.seed, "epochs": EPOCHS}}
        founded = founding.found(
            slug=slug,
            name=f"Season {slug[7:]}",
            classes=[{"key": CLASS, "name": "Breaks the rules", "severity": 1}],
            mode=PolicyMode.AUTOMATIC,
            rules=_rules(plan),
            config=config,
            now=now,
        )
        self.project = founded.project
        Project.objects.filter(pk=self.project.pk).update(labels_per_day=LABELS_PER_DAY)
        Membership.objects.create(user=engineer, project=self.project, role=Role.ENGINEER)
        self.teaching = Teaching(plan, detector=founded.detector, pool=self.pool, engineer=engineer, say=self.say)
        self.canary = Canary(self.project, share=plan.canary, engineer=engineer, seed=plan.seed)
        costing.set_prices(self.project, now=now)
        self.judgement = Judgement(plan, policy=founded.policy, now=now)
        self._chance = random.Random(f"season {plan.seed}")
        client = Client.objects.create(project=self.project, name="platform")
        self.platform = Platform(client, audience=plan.audience, days=plan.all_days, seed=plan.seed)
        answers, error = self.pool.answers, plan.reviewer_error
        self.people = People(self.project, n=plan.reviewers, error=error, answers=answers, seed=plan.seed)

    def _day(self, number: int) -> None:
        """Play a day from midnight to midnight; after the last posts only viewers and people are left."""
        first = midnight(number)
        expected = float(self.plan.posts_per_day) if number == 1 else None
        policy = policies.in_force(self.project)
        audit_plans.replan_in_force(policy, expected_posts=expected, now=first + timedelta(minutes=5))
        if number > 1:
            self.platform.send_counts(number - 1, now=first + COUNTED_AFTER)
        view_draws.draw(self.project, now=first + timedelta(hours=6, minutes=30))
        version, seconds = deployment.champion_of(self.project), 0.0
        posts = self._posts_of(number)
        for hour in sorted({*POSTS_AT, *WORK_AT}):
            now = first + timedelta(hours=hour)
            if hour in POSTS_AT:
                seconds += self._post(number, next(posts), now=now)
            else:
                self._work(now=now)
        self._end_day(first)
        self.played.append(Played(number, seconds=seconds, model_version=version.number if version else None))

    def _posts_of(self, number: int) -> Iterator[list[Picture]]:
        """Deal a day's posts out over the hours at which they come."""
        if number > self.plan.days:
            return itertools.repeat([])
        pictures = list(self.pool.read(self.dealt[number - 1]))
        return iter([pictures[part :: len(POSTS_AT)] for part in range(len(POSTS_AT))])

    def _post(self, number: int, pictures: Sequence[Picture], *, now: datetime) -> float:
        """Submit and screen what was posted within the last hour; returns the real seconds that took, without what
        viewers did."""
        started = time.perf_counter()
        shown: list[Shown] = []
        for position, picture in enumerate(pictures):
            posted_at = now - timedelta(seconds=self._chance.uniform(0, 3600))
            one = Shown(f"{number}-{now.hour}-{position}", picture.violates, posted_at)
            poster = f"poster-{number}-{position // POSTS_OF_ONE}"
            submission = Submission(one.external_id, picture.data, posted_at=posted_at, poster=poster)
            intake.submit(self.platform.client, submission, now=now)
            shown.append(one)
            self.say(f"day {number}, {now.hour} h", position + 1, len(pictures))
        seconds = time.perf_counter() - started
        self.platform.show(shown)
        self._pass_time(now=now)
        self._pass_time(now=now + WAIT)
        started = time.perf_counter()
        while screening.screen(now=now + WAIT, project=self.project):
            pass
        return seconds + time.perf_counter() - started

    def _work(self, *, now: datetime) -> None:
        """Let viewers, posters and people do what there is to do, measure, and let the guard look."""
        self._pass_time(now=now)
        self.platform.contest(now=now)
        second_looks.draw(self.project, now=now)
        self.people.work_until_done(now=now)
        self.judgement.watch(now=now + WAIT)
        self.canary.watch(now=now + WAIT)

    def _pass_time(self, *, now: datetime) -> None:
        self.platform.pass_time(until=now)
        complaints.sweep(now=now)

    def _end_day(self, first: datetime) -> None:
        """Ask and answer what labels teach most, and let viewers watch until midnight."""
        label_questions.open_for_hour(self.project, now=first + timedelta(hours=23, minutes=10))
        confirmation.open_for_hour(self.project, now=first + timedelta(hours=23, minutes=20))
        self._work(now=first + timedelta(hours=23, minutes=30))
        self._pass_time(now=first + timedelta(days=1))


def _rules(plan: Plan) -> dict[str, Any]:
    bands = {"remove": {"required_precision": 0.95}, "review": {"required_recall": 0.92}, "hours_allowed": 24}
    audit = {"looks_per_day": plan.audits_per_day, "removed_rate": 0.2, "second_looks": SECOND_LOOKS}
    return {"classes": {CLASS: bands}, "audit": audit}


def _slugs(seed: int) -> Iterator[str]:
    yield f"season-{seed}"
    yield from (f"season-{seed}-{number}" for number in itertools.count(2))
