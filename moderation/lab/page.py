"""This will gather what the threshold lab shows: a past period under the policy in force and under another one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from config.accounts.models import Project, User
from models_registry.deployment import champion_of
from models_registry.models import ModelVersion
from models_registry.registry import current_schema
from moderation import policies, policy
from moderation.lab import curves, drafts
from moderation.lab.differences import compared
from moderation.lab.drafts import Change, Wanted
from moderation.lab.measures import MEASURES, Shown
from moderation.lab.reading import Past, past
from moderation.lab.whatif import Mode, Setting
from moderation.measurement.periods import Period
from moderation.models import PolicyVersion
from moderation.statistics.comparison import Difference
from moderation.statistics.intervals import Amount
from moderation.statistics.sufficiency import Interval


@dataclass(frozen=True)
class Row:
    """One measure under both policies."""

    shown: Shown
    in_force: Interval
    tried: Interval
    change: Difference

    @property
    def is_same(self) -> bool:
        """Whether the two policies come to the same, exactly."""
        return self.change.low == self.change.high == 0


@dataclass(frozen=True)
class ClassBands:
    """A class with the percentages that are tried, None for never, and those in force."""

    key: str
    name: str
    tried: Mapping[str, float | None]
    in_force: Mapping[str, float | None]


@dataclass(frozen=True)
class Lab:
    """Everything but the charts. ``rows`` are empty where nothing is known of the period."""

    past: Past
    in_force: PolicyVersion
    mode: Mode
    classes: Sequence[ClassBands]
    rows: Sequence[Row]
    changes: Sequence[Change]
    drafts: Sequence[PolicyVersion]

    @property
    def is_changed(self) -> bool:
        return bool(self.changes) or self.mode != self.in_force.mode


def shown(project: Project, period: Period, *, wanted: Wanted | None, draft: PolicyVersion | None = None) -> Lab:
    """Compare what is in force with what is wanted, with a draft, or with itself. Raises NoPolicy."""
    current = policies.in_force(project)
    found = past(project, period, version=champion_of(project))
    before = _limits(current, found.version)
    rules = drafts.rules_for(wanted, like=current, limits=before) if wanted else (draft or current).rules
    mode = wanted.mode if wanted else Mode((draft or current).mode)
    after = _limits(current, found.version, rules=rules)
    names = _names(project, found)
    return Lab(
        past=found,
        in_force=current,
        mode=mode,
        classes=[_bands(key, name, after, before) for key, name in names.items()],
        rows=_rows(found, drafts.setting(mode, after), drafts.setting(current.mode, before)),
        changes=drafts.changes(after, before, names=names),
        drafts=drafts.newest(project),
    )


def _limits(
    current: PolicyVersion, version: ModelVersion | None, *, rules: dict[str, Any] | None = None
) -> policy.Thresholds:
    """What rules mean for a model version; without one no class is ever flagged."""
    if version is None:
        return policy.Thresholds(remove={}, review={})
    return policy.thresholds(rules or current.rules, report=version.report)


def _names(project: Project, found: Past) -> dict[str, str]:
    """The classes that the policy and the model both know, with their names."""
    known = found.evidence.keys if found.evidence else ()
    return {str(one["key"]): str(one["name"]) for one in current_schema(project).classes if one["key"] in known}


def _bands(key: str, name: str, after: policy.Thresholds, before: policy.Thresholds) -> ClassBands:
    tried, in_force = (
        {drafts.REVIEW: drafts.percent(one.review.get(key)), drafts.REMOVE: drafts.percent(one.remove.get(key))}
        for one in (after, before)
    )
    return ClassBands(key, name, tried, in_force)


def _rows(found: Past, tried: Setting, in_force: Setting) -> list[Row]:
    if found.evidence is None:
        return []
    one, other, changed = compared(found.evidence, later=tried, earlier=in_force, effort=found.effort)
    return [Row(shown, other[key], one[key], changed[key]) for key, shown in MEASURES.items() if key in one]


def save(
    project: Project, period: Period, *, wanted: Wanted, based_on: int, reason: str, by: User, now: datetime
) -> PolicyVersion:
    """Write down what is tried, its percentages read as the page showed them. Raises InForceChanged, BadRules."""
    version = past(project, period, version=champion_of(project)).version
    return drafts.save(project, wanted, version=version, based_on=based_on, reason=reason, by=by, now=now)


def charts(project: Project, period: Period, *, key: str) -> dict[str, Any] | None:
    """The curve and the spread of scores of one class, as plain values; None where the period knows nothing of it."""
    found = past(project, period, version=champion_of(project))
    if found.evidence is None or key not in found.evidence.keys:
        return None
    curve = curves.curve(found.evidence, key, curves.thresholds())
    spread = curves.spread(found.evidence, key)
    return {
        "percent": [drafts.percent(one) for one in curve.thresholds.tolist()],
        "flagged": _numbers(curve.flagged),
        "precision": _amounts(curve.precision, curve.is_precision_enough),
        "recall": _amounts(curve.recall, curve.is_recall_enough),
        "spread": {
            "edges": [drafts.percent(one) for one in spread.edges.tolist()],
            "posts": _numbers(spread.posts),
            "violations": _numbers(spread.violations),
        },
    }


def _amounts(amount: Amount, is_enough: Any) -> dict[str, list[float | None] | list[bool]]:
    ends = {"estimate": amount.estimate, "low": amount.low, "high": amount.high}
    return {name: _numbers(np.asarray(one)) for name, one in ends.items()} | {"enough": is_enough.tolist()}


def _numbers(values: Any) -> list[float | None]:
    return [None if np.isnan(one) else round(float(one), 5) for one in values]
