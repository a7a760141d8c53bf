"""This will start, change, stop, promote and discard rollouts.

Every change is one transaction under the locks of the project and its detector, in the order in which a deployment
takes them. Whoever predicts holds the detector's row ``FOR SHARE`` (`lineup`), so of a change and a batch one waits for
the other. Of two people at once the second is told what the first has done. Nothing is ever taken back: each change
leaves an event, with who did it and why.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from config.accounts.models import Project, User
from models_registry import deployment
from models_registry.models import Detector, ModelVersion
from models_registry.registry import lock
from moderation.models import (
    ArmName,
    Rollout,
    RolloutArm,
    RolloutEvent,
    RolloutEventKind,
    RolloutKind,
    RolloutStatus,
    RolloutUnit,
)
from moderation.rollouts import limits

SALT_BYTES = 32
LEAST_SHARE = 0.001
MOST_LABELS = 10_000
# The most of the posts that a challenger may have, and what it gets where nobody says.
MOST_SHARE = {RolloutKind.SHADOW: 1.0, RolloutKind.CANARY: 0.5, RolloutKind.AB: 0.9}
USUAL_SHARE = {RolloutKind.SHADOW: 1.0, RolloutKind.CANARY: 0.05, RolloutKind.AB: 0.5}
USUAL_LABELS = 20


class RolloutRefused(Exception):
    """The rollout cannot be started or changed now; ``code`` says why: no_champion, already_champion, other_detector,
    other_meaning, rollout_running, rollout_not_running, rollout_ended, stopped_by_guardrail, overtaken."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class BadRollout(ValueError):
    """What was asked for cannot be: ``code`` is bad_kind, bad_share, bad_limits, bad_labels or no_reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Wish:
    """What is to be tried, and how. ``share`` and ``labels_per_day`` are the kind's usual ones where they are None;
    ``limits`` replace those of the guardrails that they name."""

    kind: str
    reason: str
    unit: str = RolloutUnit.POSTER
    share: float | None = None
    labels_per_day: int | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    # A simulation names its own, to deal alike when it is played again.
    salt: bytes | None = None


@transaction.atomic
def start(challenger: ModelVersion, wish: Wish, *, by: User | None, now: datetime) -> Rollout:
    """Begin to try a version beside the champion. Of two callers at once the second is refused.

    The version has to be fit to be deployed: it has passed the gate against this champion, or somebody has waived what
    the gate could not tell. Raises RolloutRefused, BadRollout or deployment.DeploymentRefused.
    """
    kind, share, labels = _checked(wish)
    detector = _locked(challenger.detector)
    champion = _champion_for(challenger)
    _end_overtaken(detector, now=now)
    if Rollout.objects.filter(detector=detector, status=RolloutStatus.RUNNING).exists():
        raise RolloutRefused("rollout_running", f"A rollout of {detector.slug} runs already.")
    rollout = Rollout.objects.create(
        project_id=detector.project_id,
        detector=detector,
        kind=kind,
        unit=wish.unit,
        champion=champion,
        challenger=challenger,
        share=share,
        salt=wish.salt or secrets.token_bytes(SALT_BYTES),
        limits=limits.complete(wish.limits),
        labels_per_day=labels,
        reason=wish.reason.strip(),
        started_at=now,
        started_by=by,
    )
    for name, version in ((ArmName.CHAMPION, champion), (ArmName.CHALLENGER, challenger)):
        RolloutArm.objects.create(rollout=rollout, name=name, model_version=version)
    _tell(rollout, RolloutEventKind.STARTED, by=by, reason=wish.reason, detail={"share": share}, now=now)
    return rollout


def _checked(wish: Wish) -> tuple[RolloutKind, float, int]:
    if wish.kind not in RolloutKind.values or wish.unit not in RolloutUnit.values:
        raise BadRollout("bad_kind", "A rollout is a shadow, a canary or an A/B test, by poster or by image.")
    kind = RolloutKind(wish.kind)
    _check_reason(wish.reason)
    if problem := limits.problem_with(wish.limits):
        raise BadRollout("bad_limits", problem)
    labels = USUAL_LABELS if wish.labels_per_day is None else wish.labels_per_day
    if not 0 <= labels <= MOST_LABELS:
        raise BadRollout("bad_labels", f"Labels a day are from 0 to {MOST_LABELS}.")
    return kind, _checked_share(kind, USUAL_SHARE[kind] if wish.share is None else wish.share), labels


def _checked_share(kind: RolloutKind, share: float) -> float:
    if not LEAST_SHARE <= share <= MOST_SHARE[kind]:
        raise BadRollout("bad_share", f"The share of a rollout like this is from {LEAST_SHARE} to {MOST_SHARE[kind]}.")
    return share


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise BadRollout("no_reason", "Say why; it is kept with the rollout.")


def _champion_for(challenger: ModelVersion) -> ModelVersion:
    """Return the champion, where this version may be tried beside it; the caller holds the detector."""
    champion = deployment.champion_of(challenger.detector.project)
    if champion is None:
        raise RolloutRefused("no_champion", "There is no champion to try it against; deploy it.")
    if champion == challenger:
        raise RolloutRefused("already_champion", f"{challenger} is the champion.")
    if champion.detector_id != challenger.detector_id:
        raise RolloutRefused("other_detector", f"{champion.detector.slug} decides for this project.")
    if not champion.schema.asks_the_same(challenger.schema):
        raise RolloutRefused("other_meaning", "It was trained for other classes than the champion.")
    deployment.refuse_unfit(challenger, champion)
    return champion


@transaction.atomic
def change_share(rollout: Rollout, share: float, *, by: User | None, reason: str, now: datetime) -> Rollout:
    """Give the challenger more or fewer posts from now on. Raises RolloutRefused or BadRollout."""
    _check_reason(reason)
    rollout = _held(rollout, now=now)
    _refuse_unless_running(rollout)
    before, rollout.share = rollout.share, _checked_share(RolloutKind(rollout.kind), share)
    rollout.save(update_fields=["share"])
    detail = {"from": before, "to": share}
    _tell(rollout, RolloutEventKind.SHARE_CHANGED, by=by, reason=reason, detail=detail, now=now)
    return rollout


@transaction.atomic
def stop(rollout: Rollout, *, by: User | None, reason: str, now: datetime) -> Rollout:
    """Ask the challenger no more, and leave for later whether it is promoted. Raises RolloutRefused or BadRollout."""
    _check_reason(reason)
    rollout = _held(rollout, now=now)
    _refuse_unless_running(rollout)
    return _end(rollout, RolloutStatus.STOPPED, RolloutEventKind.STOPPED, by=by, reason=reason, now=now)


@transaction.atomic
def breach(rollout: Rollout, *, detail: Mapping[str, Any], now: datetime) -> Rollout | None:
    """Stop a rollout because a guardrail was reached; None where it has ended meanwhile.

    The caller raises the alert, in the same transaction.
    """
    rollout = _held(rollout, now=now)
    if not rollout.is_running:
        return None
    return _end(rollout, RolloutStatus.STOPPED, RolloutEventKind.BREACHED, detail=detail, now=now)


@transaction.atomic
def promote(rollout: Rollout, *, by: User | None, reason: str, now: datetime) -> Rollout:
    """Make the challenger the champion, through the gate, and end the rollout with it: both, or neither.

    One that a guardrail stopped is not promoted. Raises RolloutRefused, BadRollout or deployment.DeploymentRefused.
    """
    _check_reason(reason)
    rollout = _held(rollout, now=now)
    _refuse_ended(rollout)
    happened = set(rollout.events.values_list("kind", flat=True))
    if RolloutEventKind.BREACHED in happened:
        raise RolloutRefused("stopped_by_guardrail", "A guardrail stopped it. Start another rollout to try again.")
    if RolloutEventKind.OVERTAKEN in happened:
        raise RolloutRefused("overtaken", "It was tried beside another champion than today's.")
    deployment.deploy(rollout.challenger, by=by, reason=reason.strip(), now=now)
    return _end(rollout, RolloutStatus.PROMOTED, RolloutEventKind.PROMOTED, by=by, reason=reason, now=now)


@transaction.atomic
def discard(rollout: Rollout, *, by: User | None, reason: str, now: datetime) -> Rollout:
    """End a rollout without promoting. Raises RolloutRefused or BadRollout."""
    _check_reason(reason)
    rollout = _held(rollout, now=now)
    _refuse_ended(rollout)
    return _end(rollout, RolloutStatus.DISCARDED, RolloutEventKind.DISCARDED, by=by, reason=reason, now=now)


@transaction.atomic
def end_overtaken(project: Project, *, now: datetime) -> int:
    """End rollouts whose champion decides no more; returns how many. They are out of effect already."""
    return sum(_end_overtaken(_locked(one), now=now) for one in Detector.objects.filter(project=project).order_by("id"))


def _end_overtaken(detector: Detector, *, now: datetime) -> int:
    champion = deployment.champion(detector)
    running = Rollout.objects.filter(detector=detector, status=RolloutStatus.RUNNING)
    overtaken = list(running.exclude(champion=champion) if champion else running)
    for one in overtaken:
        detail = {"champion": champion.pk if champion else None}
        _end(one, RolloutStatus.STOPPED, RolloutEventKind.OVERTAKEN, detail=detail, now=now)
    return len(overtaken)


def _locked(detector: Detector) -> Detector:
    """Lock in the order in which a deployment does, so that the two never wait for each other in a ring."""
    lock(detector.project)
    return lock(detector)


def _held(rollout: Rollout, *, now: datetime) -> Rollout:
    """Return the rollout as it is now, and keep everybody else from changing it."""
    _end_overtaken(_locked(rollout.detector), now=now)
    # What the caller holds may be from before somebody else's change.
    return Rollout.objects.select_related("challenger__detector__project", "champion", "detector__project").get(
        pk=rollout.pk
    )


def _refuse_unless_running(rollout: Rollout) -> None:
    if not rollout.is_running:
        raise RolloutRefused("rollout_not_running", f"It is not running: {rollout.get_status_display()}.")


def _refuse_ended(rollout: Rollout) -> None:
    if rollout.status not in (RolloutStatus.RUNNING, RolloutStatus.STOPPED):
        raise RolloutRefused("rollout_ended", f"It has ended already: {rollout.get_status_display()}.")


def _end(
    rollout: Rollout,
    status: RolloutStatus,
    kind: RolloutEventKind,
    *,
    by: User | None = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    now: datetime,
) -> Rollout:
    rollout.status, rollout.ended_at = status, rollout.ended_at or now
    rollout.save(update_fields=["status", "ended_at"])
    _tell(rollout, kind, by=by, reason=reason, detail=detail or {}, now=now)
    return rollout


def _tell(
    rollout: Rollout,
    kind: RolloutEventKind,
    *,
    by: User | None,
    reason: str = "",
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    RolloutEvent.objects.create(
        rollout=rollout, kind=kind, person=by, reason=reason.strip(), detail=dict(detail), created_at=now
    )
