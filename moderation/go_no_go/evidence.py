"""This will freeze what a decision rests on, and prove later that it is still the same.

A snapshot holds the sums that the figures were made from, the figures, the criteria and how each was judged, the policy
and the model version that decided, and the commit of the code. It is canonical JSON: keys sorted, no spaces, numbers as
Python writes them; its checksum is the SHA-256 of these bytes. Verifying recomputes the checksum, every figure from the
sums, and every judgement from the figures.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from config.accounts.models import Project
from models_registry import deployment
from models_registry.models import ModelVersion
from models_registry.training.provenance import code_commit
from moderation import policies
from moderation.go_no_go import betting, expense, judging
from moderation.go_no_go.betting import DaySums, Watched
from moderation.go_no_go.evaluating import Evaluation
from moderation.go_no_go.seasons import WatchedDay
from moderation.measurement import figures
from moderation.measurement.periods import Period
from moderation.models import CriteriaVersion, PeriodDecision, PolicyVersion
from moderation.statistics.sufficiency import Interval

FORMAT = 1
# Another release of the numerical libraries may round the last digits differently.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Frozen:
    text: str
    checksum: str


@dataclass(frozen=True)
class Verification:
    """Whether the bytes are those that were signed, and whether the sums still give every figure in them.

    ``differences`` names what came out otherwise.
    """

    is_untouched: bool
    differences: list[str]

    @property
    def is_same(self) -> bool:
        return self.is_untouched and not self.differences


def freeze(content: Mapping[str, Any]) -> Frozen:
    """Write canonical JSON and its checksum. Raises ValueError for numbers that JSON does not have."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Frozen(text, checksum_of(text))


def checksum_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def of_period(project: Project, evaluation: Evaluation, *, now: datetime) -> dict[str, Any]:
    """Return everything that a decision about a period rests on."""
    period = evaluation.period
    intervals = {one.criterion.metric: one.interval for one in evaluation.judged}
    spent = {"costs": expense.frozen(project, period)} if expense.METRIC in intervals else {}
    return (
        _circumstances(project, now=now)
        | spent
        | {
            "kind": "period",
            "criteria": _criteria(evaluation.criteria),
            "period": {"start": period.start.isoformat(), "end": period.end.isoformat()},
            "sums": evaluation.evidence.to_dict(),
            "figures": {key: None if one is None else asdict(one) for key, one in intervals.items()},
            "judgements": {one.criterion.metric: str(one.judgement) for one in evaluation.judged},
            "recommendation": str(evaluation.recommendation),
            "pending": evaluation.pending,
            "is_final": evaluation.is_final,
        }
    )


def of_guard(project: Project, watched: list[Watched], days: list[WatchedDay], *, now: datetime) -> dict[str, Any]:
    """Return everything that a stop by the guard rests on: each day's sums, and the capital after it."""
    found = {
        "kind": "guard",
        "days": [{"day": one.day.isoformat(), "sums": one.sums.to_dict(), "pending": one.pending} for one in days],
        "guarded": [asdict(one) for one in watched],
    }
    return found | _circumstances(project, now=now)


def _circumstances(project: Project, *, now: datetime) -> dict[str, Any]:
    policy, champion = policies.in_force(project), deployment.champion_of(project)
    return {
        "format": FORMAT,
        "project": project.slug,
        "taken_at": now.isoformat(),
        "policy": _policy(policy),
        "deployment": _model(champion) if champion else None,
        "code_commit": code_commit(),
    }


def _criteria(version: CriteriaVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "set_at": version.created_at.isoformat(),
        "set_by": version.created_by.get_username(),
        "starts_at": version.starts_at.isoformat(),
        "lines": [
            {"metric": one.metric, "direction": one.direction, "bound": one.bound, "target": one.target}
            for one in version.criteria.order_by("id")
        ],
    }


def _policy(version: PolicyVersion) -> dict[str, Any]:
    return {"number": version.number, "mode": version.mode, "rules": version.rules}


def _model(version: ModelVersion) -> dict[str, Any]:
    detector = version.detector.slug
    return {"detector": detector, "version": version.number, "artifact_sha256": version.artifact_sha256}


def verify(decision: PeriodDecision) -> Verification:
    """Recompute checksum, figures and judgements of a decision's evidence."""
    is_untouched = checksum_of(decision.evidence) == decision.checksum
    try:
        content = json.loads(decision.evidence)
        differences = _guard_differences(content) if content["kind"] == "guard" else _period_differences(content)
    except (KeyError, TypeError, ValueError) as error:
        return Verification(is_untouched, [f"cannot be read: {error!r}"])
    return Verification(is_untouched, differences)


def _period_differences(content: Mapping[str, Any]) -> list[str]:
    again = dict(figures.of_stored(content["sums"], period=_period(content)).intervals)
    if "costs" in content:
        again[expense.METRIC] = expense.from_frozen(content["costs"])
    stored = {key: Interval(**one) if one else None for key, one in content["figures"].items()}
    different = [key for key, one in stored.items() if not _is_same(one, again.get(key))]
    judgements = {one["metric"]: _judged(one, again) for one in content["criteria"]["lines"]}
    different += [f"judgement of {key}" for key, one in judgements.items() if content["judgements"][key] != one]
    if judging.recommend(judgements.values()) != content["recommendation"]:
        different.append("recommendation")
    return different


def _period(content: Mapping[str, Any]) -> Period:
    start, end = (datetime.fromisoformat(content["period"][key]) for key in ("start", "end"))
    return Period(start, end)


def _judged(line: Mapping[str, Any], intervals: Mapping[str, Interval]) -> judging.Judgement:
    return judging.judge(intervals.get(line["metric"]), direction=line["direction"], target=line["target"])


def _guard_differences(content: Mapping[str, Any]) -> list[str]:
    days = [DaySums.from_dict(one["sums"]) for one in content["days"]]
    limits = {one["guarded"]: one["limit"] for one in content["guarded"]}
    again = {one.guarded: one for one in betting.watch(days, limits=limits)}
    return [
        one["guarded"]
        for one in content["guarded"]
        if one["fired_on"] != again[one["guarded"]].fired_on
        or not all(map(_near, one["capital"], again[one["guarded"]].capital))
    ]


def _is_same(one: Interval | None, other: Interval | None) -> bool:
    if one is None or other is None:
        return one is other
    numbers = zip((one.estimate, one.low, one.high), (other.estimate, other.low, other.high), strict=True)
    return all(_near(*pair) for pair in numbers) and (one.finds, one.looks) == (other.finds, other.looks)


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
