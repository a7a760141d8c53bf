"""This will make worlds with a challenger beside the champion: versions fit to be tried, rollouts, counted days."""

from datetime import date
from pathlib import Path
from typing import Any

from config.accounts.models import Role, User
from models_registry import deployment
from models_registry.models import GateOutcome, ModelVersion, Scorecard
from moderation.models import Rollout, RolloutArm, RolloutDay
from moderation.rollouts import arms, conducting, gathering
from moderation.rollouts.conducting import Wish
from tests.moderation.builders import NOW, World, deploy, person, photo, register, world


def passed(place: World, onnx: Path, *, outcome: GateOutcome = GateOutcome.PASS) -> ModelVersion:
    """Register a version that the gate has measured against today's champion."""
    version = register(place, onnx)
    champion = deployment.champion_of(place.project)
    Scorecard.objects.create(model_version=version, champion=champion, checks=[], outcome=outcome, created_at=NOW)
    return version


def begin(place: World, challenger: ModelVersion, *, now: Any = NOW, by: User | None = None, **wanted: Any) -> Rollout:
    """Start a rollout: a canary that has half of the posts, by image, unless something else is wanted."""
    wish = Wish(**({"kind": "canary", "unit": "image", "share": 0.5, "reason": "to see how it does"} | wanted))
    return conducting.start(challenger, wish, by=by or person(place.project, Role.ENGINEER), now=now)


def tried(champion: Path, challenger: Path, **wanted: Any) -> tuple[World, Rollout]:
    """A world in which a rollout runs."""
    place = world()
    deploy(place, champion)
    return place, begin(place, passed(place, challenger), **wanted)


def arm_of(rollout: Rollout, name: str) -> RolloutArm:
    return rollout.arms.get(name=name)


def image_in(rollout: Rollout, name: str, level: int) -> bytes:
    """Draw a photo that the rollout deals to this arm."""
    from hashlib import sha256

    while True:
        data = photo(level)
        key = arms.unit_key("image", poster="", image=sha256(data).hexdigest())
        if arms.arm(bytes(rollout.salt), key, share=rollout.share) == name:
            return data


def count_day(rollout: Rollout, name: str, day: date, *, units: int, **first: int) -> None:
    """Write down what an arm came to on a day: so many units, and to how many of them something happened first."""
    events = {key: [[1.0, n]] for key, n in first.items()}
    counts = gathering._nothing() | {
        "posts": units,
        "units": units,
        "first": events,
        "flagged": first.get("flagged", 0),
    }
    RolloutDay.objects.create(arm=arm_of(rollout, name), day=day, counts=counts, counted_at=NOW)
