"""This will turn thresholds that somebody tried into a policy version, and put one in force on purpose.

A draft changes nothing. Putting it in force names the policy that was in force when the person looked: where it is
another one by now nothing happens, so that nobody undoes a colleague's change unseen.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from config.accounts.models import Project, User
from models_registry.models import ModelVersion
from models_registry.registry import lock
from moderation import policies, policy
from moderation.lab.whatif import NEVER, Mode, Setting
from moderation.models import PolicyMode, PolicyStatus, PolicyVersion

REMOVE, REVIEW = "remove", "review"
BANDS = (REVIEW, REMOVE)
# A threshold on the screen is a percentage with two digits behind the point.
PERCENT_DIGITS = 2
DRAFTS_SHOWN = 5


class InForceChanged(Exception):
    """Another policy came into force since the person looked; ``current`` is it."""

    def __init__(self, current: PolicyVersion) -> None:
        super().__init__(f"Policy {current.number} came into force meanwhile.")
        self.current = current


class NotADraft(Exception):
    """The policy version is in force already, or was once."""


@dataclass(frozen=True)
class Wanted:
    """What somebody tries: a mode, and for each class and band a percentage, or None for never.

    A class or band that is not named, and a percentage that is the one in force as the screen shows it, stays what it
    is, whatever rule it follows from.
    """

    mode: Mode
    percent: Mapping[str, Mapping[str, float | None]]


def setting(mode: str, limits: policy.Thresholds) -> Setting:
    """The policy as the lab knows it."""
    known = (
        {key: NEVER if one is None else one for key, one in band.items()} for band in (limits.remove, limits.review)
    )
    remove, review = known
    return Setting(Mode(mode), remove=remove, review=review)


def percent(threshold: float | None) -> float | None:
    """A threshold as the screen shows it."""
    return None if threshold is None else round(100 * threshold, PERCENT_DIGITS)


def rules_for(wanted: Wanted, *, like: PolicyVersion, limits: policy.Thresholds) -> dict[str, Any]:
    """The rules of a policy version with the bands that somebody moved; ``limits`` are what it means now."""
    rules: dict[str, Any] = copy.deepcopy(like.rules)
    current = {REMOVE: limits.remove, REVIEW: limits.review}
    for key, bands in wanted.percent.items():
        for band, value in bands.items():
            if key in rules["classes"] and value != percent(current[band].get(key)):
                rules["classes"][key][band] = None if value is None else {"threshold": round(value / 100, 4)}
    return rules


@transaction.atomic
def save(
    project: Project,
    wanted: Wanted,
    *,
    version: ModelVersion | None,
    based_on: int,
    reason: str,
    by: User,
    now: datetime,
) -> PolicyVersion:
    """Write a draft down; ``based_on`` is the policy that the person saw in force. Raises InForceChanged, BadRules."""
    lock(project)
    current = _unchanged(project, seen=based_on)
    limits = policies.limits(current, version)
    rules = rules_for(wanted, like=current, limits=limits) if limits else current.rules
    return policies.draft(project, mode=PolicyMode(wanted.mode), rules=rules, by=by, reason=reason, now=now)


@transaction.atomic
def put_in_force(draft: PolicyVersion, *, seen: int, by: User, now: datetime) -> PolicyVersion:
    """Put a draft in force in place of the policy that the person saw.

    Raises InForceChanged where that is no longer the one, NotADraft, and what ``policies.put_in_force`` raises; then
    nothing has changed. Of two people at once one is refused.
    """
    lock(draft.project)
    _unchanged(draft.project, seen=seen)
    if PolicyVersion.objects.get(pk=draft.pk).status != PolicyStatus.DRAFT:
        raise NotADraft(f"Policy {draft.number} is no draft.")
    return policies.put_in_force(draft, by=by, now=now)


def _unchanged(project: Project, *, seen: int) -> PolicyVersion:
    current = policies.in_force(project)
    if current.pk != seen:
        raise InForceChanged(current)
    return current


def newest(project: Project) -> list[PolicyVersion]:
    """The drafts that were written down last."""
    rows = PolicyVersion.objects.filter(project=project, status=PolicyStatus.DRAFT).select_related("created_by")
    return list(rows.order_by("-number")[:DRAFTS_SHOWN])


def draft_of(project: Project, pk: int) -> PolicyVersion:
    """One draft of a project. Raises PolicyVersion.DoesNotExist."""
    rows = PolicyVersion.objects.filter(project=project, status=PolicyStatus.DRAFT)
    return rows.select_related("created_by", "project").get(pk=pk)


@dataclass(frozen=True)
class Change:
    """One band that differs between two policies, in percent, None for never."""

    class_name: str
    band: str
    before: float | None
    after: float | None


def changes(later: policy.Thresholds, earlier: policy.Thresholds, *, names: Mapping[str, str]) -> list[Change]:
    """What moved between two policies, class by class."""
    bands = {REVIEW: (later.review, earlier.review), REMOVE: (later.remove, earlier.remove)}
    return [
        Change(name, band, percent(old.get(key)), percent(new.get(key)))
        for key, name in names.items()
        for band, (new, old) in bands.items()
        if percent(old.get(key)) != percent(new.get(key))
    ]
