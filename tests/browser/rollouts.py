"""This will begin rollouts with days behind them, as nightly counting leaves them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from config.accounts.models import Role
from models_registry import deployment
from models_registry.models import GateOutcome, Scorecard
from moderation.models import Disagreement, Post, Rollout, RolloutArm, RolloutDay
from moderation.rollouts import conducting, gathering
from moderation.rollouts.conducting import Wish
from tests.browser import house as building
from tests.browser.house import House

DAYS = 6


def challenged(house: House) -> Any:
    """A champion, and a version that may be tried beside it."""
    champion = building.train(house)
    deployment.deploy(champion, by=house.people[Role.ENGINEER], now=timezone.now())
    challenger = building.train(house, seed=2)
    Scorecard.objects.create(
        model_version=challenger,
        champion=champion,
        checks=[],
        outcome=GateOutcome.PASS,
        created_at=timezone.now(),
    )
    return challenger


def begun(house: House, **wanted: Any) -> Rollout:
    """A rollout of some days, counted."""
    wish = Wish(**({"kind": "canary", "share": 0.1, "reason": "It learned from this week's answers."} | wanted))
    since = timezone.now() - timedelta(days=DAYS - 1)
    made = conducting.start(challenged(house), wish, by=house.people[Role.ENGINEER], now=since)
    for number in range(DAYS):
        for name, units in (("champion", 4500), ("challenger", 500)):
            count(made, name, (since + timedelta(days=number)).date(), units=units)
    return made


def count(rollout: Rollout, name: str, day: Any, *, units: int) -> None:
    flagged = units // 25 if name == "champion" else units // 18
    first = {
        "flagged": [[1.0, flagged]],
        "removed": [[1.0, flagged // 4]],
        "overturned": [[1.0, flagged // 60]],
        "missed": [[0.1, 1 + flagged // 80]],
        "complaints": [[1.0, 1]],
    }
    counts = gathering._nothing() | {
        "posts": 3 * units,
        "units": units,
        "flagged": flagged,
        "removed": flagged // 4,
        "overturned": flagged // 60,
        "views": 40 * units,
        "complaints": 1,
        "images": 3 * units,
        "microseconds": 3 * units * (1800 if name == "champion" else 2100),
        "least": 0.1,
        "first": first,
    }
    arm = RolloutArm.objects.get(rollout=rollout, name=name)
    RolloutDay.objects.create(arm=arm, day=day, counts=counts, counted_at=timezone.now())


def disagree(rollout: Rollout) -> None:
    """Have the two disagree on every post there is, which pairs of scores tell apart."""
    for number, post in enumerate(Post.objects.order_by("id")):
        Disagreement.objects.create(
            rollout=rollout,
            post=post,
            image_id=post.image_id,
            champion_outcome="pass" if number else "review",
            challenger_outcome="review" if number else "pass",
            champion_score=0.2 + number / 10,
            challenger_score=0.6 + number / 10,
            created_at=timezone.now(),
        )
