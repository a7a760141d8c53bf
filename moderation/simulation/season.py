"""This will run a season: history, training, days of posts, people, retraining."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from annotation import confirmation, datasets, exchange
from annotation.exchange import Labeled
from config.accounts.models import Client, Membership, Project, Role, User
from models_registry import deployment, registry, training
from models_registry.models import GateOutcome, ModelVersion
from moderation import audit_plans, founding, intake, label_questions, measurement, screening
from moderation.intake import Submission
from moderation.models import PolicyMode
from moderation.simulation import report
from moderation.simulation.people import People
from moderation.simulation.pool import NotEnoughImages, Picture, Pool

__all__ = ["NotEnoughImages", "Plan", "Season"]

FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
CLASS = "violation"
LABELS_PER_DAY = 60
# Fewer than the recipe would choose: a season trains several times, and people wait for its end.
EPOCHS = 16
Say = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Plan:
    """What is played. ``prevalence``, ``history_violations`` and ``reviewer_error`` are shares in [0, 1]."""

    images: Path
    violations: frozenset[str]
    history: int
    history_violations: float
    days: int
    posts_per_day: int
    prevalence: float
    reviewers: int
    reviewer_error: float
    audits_per_day: int
    retrain_every: int
    seed: int

    @property
    def fine_kept(self) -> float:
        """The probability with which a fine image of the past was kept: every violation was, and the rest were
        sampled so that violations make up the given share."""
        odds_now, odds_then = _odds(self.prevalence), _odds(self.history_violations)
        return min(1.0, odds_now / odds_then)


def _odds(share: float) -> float:
    return share / (1 - share)


@dataclass
class Season:
    """One season in a project of its own. ``say(what, done, of)`` is told of progress."""

    plan: Plan
    say: Say
    days: list[dict[str, Any]] = field(default_factory=list)

    def play(self) -> dict[str, Any]:
        """Play all days; returns the report. Raises NotEnoughImages before anything is written."""
        self.pool = Pool(self.plan.images, violations=self.plan.violations, seed=self.plan.seed)
        self._set_up(now=FIRST_DAY - timedelta(days=1))
        self._import_history(now=FIRST_DAY - timedelta(hours=20))
        self._train(now=FIRST_DAY - timedelta(hours=12))
        for number in range(1, self.plan.days + 1):
            self.days.append(self._day(number))
            if self.plan.retrain_every and number % self.plan.retrain_every == 0 and number < self.plan.days:
                self._train(now=_midnight(number) + timedelta(hours=23))
        period = measurement.Period(_midnight(1), _midnight(self.plan.days + 1))
        totals = report.totals(self.days, report.day(self.project, period, answers=self.pool.answers))
        models = [_describe(one) for one in ModelVersion.objects.filter(detector=self.detector).order_by("number")]
        draws = measurement.draws_by_stratum(self.project, period)
        return {"days": self.days, "models": models, "totals": totals, "draws": draws}

    def _set_up(self, *, now: datetime) -> None:
        slug = next(name for name in _slugs(self.plan.seed) if not Project.objects.filter(slug=name).exists())
        self.engineer = User.objects.create(username=f"{slug}-engineer")
        config = {"canvas": {"size_px": report.canvas_px(self.pool)}, "fit": {"seed": self.plan.seed, "epochs": EPOCHS}}
        founded = founding.found(
            slug=slug,
            name=f"Season {slug[7:]}",
            classes=[{"key": CLASS, "name": "Breaks the rules", "severity": 1}],
            mode=PolicyMode.AUTOMATIC,
            rules=self._rules(),
            config=config,
            now=now,
        )
        self.project, self.schema, self.detector = founded.project, founded.schema, founded.detector
        self.policy = founded.policy
        Project.objects.filter(pk=self.project.pk).update(labels_per_day=LABELS_PER_DAY)
        Membership.objects.create(user=self.engineer, project=self.project, role=Role.ENGINEER)
        self.client = Client.objects.create(project=self.project, name="platform")
        self.people = People(
            self.project,
            n=self.plan.reviewers,
            error=self.plan.reviewer_error,
            answers=self.pool.answers,
            seed=self.plan.seed,
        )

    def _rules(self) -> dict[str, Any]:
        bands = {"remove": {"required_precision": 0.95}, "review": {"required_recall": 0.92}, "hours_allowed": 24}
        return {"classes": {CLASS: bands}, "audit": {"looks_per_day": self.plan.audits_per_day, "removed_rate": 0.2}}

    def _import_history(self, *, now: datetime) -> None:
        n_violations = round(self.plan.history * self.plan.history_violations)
        pictures = self.pool.deal(n_violations=n_violations, n_fine=self.plan.history - n_violations)
        through = itertools.count(1)

        def items() -> Iterator[Labeled]:
            for picture in pictures:
                yield self._labeled(picture)
                self.say("history", next(through), self.plan.history)

        exchange.import_labeled(items(), project=self.project, schema=self.schema, now=now)

    def _labeled(self, picture: Picture) -> Labeled:
        return Labeled(
            name=picture.name,
            data=picture.data,
            classes=frozenset({CLASS}) if picture.violates else frozenset(),
            inclusion_probability=1.0 if picture.violates else self.plan.fine_kept,
        )

    def _train(self, *, now: datetime) -> None:
        """Freeze, train, and deploy what passes the gate."""
        try:
            dataset = datasets.freeze(self.schema, now=now)
        except datasets.NothingToFreeze:
            return
        self.say("training", 0, 1)
        run = registry.request_run(self.detector, dataset, config=self.detector.config, by=self.engineer, now=now)
        training.execute(run.pk, now=now)
        version = ModelVersion.objects.filter(run=run).first()
        card = deployment.standing_scorecard(version) if version else None
        if version and card and card.outcome == GateOutcome.PASS:
            deployment.deploy(version, by=self.engineer, reason="passed the gate", now=now)
        self.say("training", 1, 1)

    def _day(self, number: int) -> dict[str, Any]:
        midnight = _midnight(number)
        expected = float(self.plan.posts_per_day) if number == 1 else None
        audit_plans.replan_in_force(self.policy, expected_posts=expected, now=midnight)
        version = deployment.champion_of(self.project)
        seconds = self._post(number, now=midnight + timedelta(hours=9))
        self.people.work_until_done(now=midnight + timedelta(hours=14))
        label_questions.open_for_hour(self.project, now=midnight + timedelta(hours=23, minutes=10))
        confirmation.open_for_hour(self.project, now=midnight + timedelta(hours=23, minutes=20))
        self.people.work_until_done(now=midnight + timedelta(hours=23, minutes=30))
        period = measurement.Period(midnight, midnight + timedelta(days=1))
        row = report.day(self.project, period, answers=self.pool.answers)
        return {
            "day": number,
            **row,
            "posts_per_second": round(self.plan.posts_per_day / seconds, 1),
            "model_version": version.number if version else None,
        }

    def _post(self, number: int, *, now: datetime) -> float:
        """Submit and screen a day's posts; returns the real seconds that took."""
        started = time.perf_counter()
        pictures = self.pool.day(self.plan.posts_per_day, prevalence=self.plan.prevalence)
        for position, picture in enumerate(pictures):
            submission = Submission(external_id=f"{number}-{position}", image=picture.data, posted_at=now)
            intake.submit(self.client, submission, now=now)
            self.say(f"day {number}", position + 1, self.plan.posts_per_day)
        while screening.screen(now=now, project=self.project):
            pass
        return time.perf_counter() - started


def _slugs(seed: int) -> Iterator[str]:
    yield f"season-{seed}"
    yield from (f"season-{seed}-{number}" for number in itertools.count(2))


def _midnight(number: int) -> datetime:
    return FIRST_DAY + timedelta(days=number - 1)


def _describe(version: ModelVersion) -> dict[str, Any]:
    card = deployment.standing_scorecard(version)
    return {
        "version": version.number,
        "dataset": version.dataset.number,
        "images": version.report["n"],
        "average_precision": version.report["any"]["average_precision"],
        "gate": card.outcome if card else None,
        "deployed": version.deployments.exists(),
    }
