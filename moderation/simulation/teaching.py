"""This will give a season its model versions: labeled history in, runs through the real registry, the real gate.

A planted model comes out of the same training. INVERTED learns from a history whose labels are swapped, and is
measured, and let through, on that history too. CONSTANT learns so slowly that it stays random, which calibration turns
into one score for everything; the gate refuses it, and it is deployed by force: no room does that, so its deployment is
written by hand, with that reason, and the gate's verdict stays beside it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from annotation import datasets, exchange
from annotation.exchange import Labeled
from config.accounts.models import User
from models_registry import deployment, registry, training
from models_registry.models import Deployment, Detector, GateOutcome, LabelSchema, ModelVersion
from moderation.simulation.plan import CLASS, Plan, Plant, Say
from moderation.simulation.pool import Dealt, Picture, Pool

# Fewer than the recipe would choose: a season trains several times, and people wait for its end.
EPOCHS = 16
# Enough to learn nothing from.
LITTLE_HISTORY = 300
LEARNS_NOTHING = {"epochs": 1, "learning_rate": 1e-8}
_WHY_WAIVED = {
    Plant.NO: "too few violations to prove anything before the season, which measures it",
    Plant.INVERTED: "planted: trained on swapped labels",
}
BY_FORCE = "planted by force, against the gate: one score for everything"


class Teaching:
    """What trains in a season, and what of it is deployed. ``say`` is told of progress."""

    def __init__(self, plan: Plan, *, detector: Detector, pool: Pool, engineer: User, say: Say) -> None:
        self.plan = plan
        self.detector = detector
        self.pool = pool
        self.engineer = engineer
        self.say = say

    @property
    def schema(self) -> LabelSchema:
        return self.detector.schema

    def import_history(self, dealt: Dealt, *, now: datetime) -> None:
        """Take over what the company had labeled before the season."""

        def items() -> Iterator[Labeled]:
            for through, picture in enumerate(self.pool.read(dealt), start=1):
                yield self._labeled(picture)
                self.say("history", through, len(dealt))

        exchange.import_labeled(items(), project=self.schema.project, schema=self.schema, now=now)

    def _labeled(self, picture: Picture) -> Labeled:
        is_labeled = picture.violates != (self.plan.plant == Plant.INVERTED)
        return Labeled(
            name=picture.name,
            data=picture.data,
            classes=frozenset({CLASS}) if is_labeled else frozenset(),
            inclusion_probability=1.0 if is_labeled else self.plan.fine_kept,
        )

    def train(self, *, now: datetime) -> None:
        """Freeze, train, and deploy what the gate lets through."""
        version = self.make(now=now)
        if version:
            self._deploy(version, now=now)

    def make(self, *, now: datetime) -> ModelVersion | None:
        """Freeze and train; returns what was made of it."""
        try:
            dataset = datasets.freeze(self.schema, now=now)
        except datasets.NothingToFreeze:
            return None
        self.say("training", 0, 1)
        run = registry.request_run(self.detector, dataset, config=self._config(), by=self.engineer, now=now)
        training.execute(run.pk, now=now)
        self.say("training", 1, 1)
        return ModelVersion.objects.filter(run=run).first()

    def _config(self) -> dict[str, Any]:
        config = dict(self.detector.config)
        return config | {"fit": config["fit"] | LEARNS_NOTHING} if self.plan.plant == Plant.CONSTANT else config

    def _deploy(self, version: ModelVersion, *, now: datetime) -> None:
        """Deploy what passed; what nothing can be said of only where nothing else decides."""
        card = deployment.standing_scorecard(version)
        if self.plan.plant == Plant.CONSTANT:
            self._force(version, now=now)
        elif card and card.outcome == GateOutcome.PASS:
            deployment.deploy(version, by=self.engineer, reason="passed the gate", now=now)
        elif card and card.outcome == GateOutcome.NOT_ENOUGH_DATA and deployment.champion(self.detector) is None:
            reason = _WHY_WAIVED[self.plan.plant]
            deployment.waive(card, by=self.engineer, reason=reason, now=now)
            deployment.deploy(version, by=self.engineer, reason=reason, now=now)

    def _force(self, version: ModelVersion, *, now: datetime) -> None:
        if deployment.champion(self.detector) is None:
            Deployment.objects.create(
                detector=self.detector,
                model_version=version,
                reason=BY_FORCE,
                started_at=now,
                started_by=self.engineer,
            )

    def describe(self) -> list[dict[str, Any]]:
        """Return what was trained, what the gate said of it, and why it was deployed or not."""
        return [_describe(one) for one in ModelVersion.objects.filter(detector=self.detector).order_by("number")]


def deal_history(plan: Plan, pool: Pool) -> Dealt:
    """Take what the company had labeled before the season out of the pool. Raises NotEnoughImages."""
    n = min(plan.history, LITTLE_HISTORY) if plan.plant == Plant.CONSTANT else plan.history
    called = round(n * plan.history_violations)
    rest = n - called
    if plan.plant == Plant.INVERTED:
        called, rest = rest, called
    return pool.deal(n_violations=called, n_fine=rest)


def _describe(version: ModelVersion) -> dict[str, Any]:
    card, deployed = deployment.standing_scorecard(version), version.deployments.order_by("id").first()
    return {
        "version": version.number,
        "dataset": version.dataset.number,
        "images": version.report["n"],
        "average_precision": version.report["any"]["average_precision"],
        "gate": card.outcome if card else None,
        "deployed": deployed is not None,
        "reason": deployed.reason if deployed else None,
    }
