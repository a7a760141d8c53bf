"""This will say what was true of a period: what simulated people and viewers know, and no measurement may.

The keys are those of moderation/measurement/catalog, so that each truth can be held against its interval. Posts belong
to the day on which they were screened, as there; violating views are those up to each post's cut-off, and missed is
there what was let pass, whatever the scores said: while people look at everything, nothing is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median
from typing import Any

from config.accounts.models import Project
from moderation.measurement import Period
from moderation.models import Decision, DecisionKind, Outcome, RolloutArm, Verdict

FLAGGED = (Outcome.REMOVE, Outcome.REVIEW)


@dataclass(frozen=True)
class Fact:
    """One post with its secret. ``hours`` from posting to its first removal, None where it was never removed;
    ``is_down`` now; ``removals`` and how many of them were put back."""

    violates: bool
    machine_outcome: str
    outcome: str
    views: int
    hours: float | None
    is_down: bool
    removals: int
    put_back: int

    @property
    def is_flagged(self) -> bool:
        return self.machine_outcome in FLAGGED


def facts(
    project: Project,
    period: Period,
    *,
    answers: Mapping[str, bool],
    views: Mapping[str, int],
    arm: RolloutArm | None = None,
) -> list[Fact]:
    """Return a period's posts, or those of one arm of a rollout; ``answers`` are by sha256, ``views`` up to the cut-off
    by external id."""
    inside: dict[str, Any] = {"project": project, "created_at__gte": period.start, "created_at__lt": period.end}
    inside |= {"arm": arm} if arm else {}
    names = ("post", "post__image__sha256", "post__external_id", "post__posted_at", "machine_outcome", "outcome")
    rows = Verdict.objects.filter(**inside).order_by("id").values_list(*names)
    decided = _decided(project)
    return [
        _fact(decided.get(pk, []), answers[sha256], views[name], posted_at=posted_at, machine=machine, outcome=outcome)
        for pk, sha256, name, posted_at, machine, outcome in rows
    ]


def _decided(project: Project) -> dict[int, list[tuple[str, datetime]]]:
    """Return the decisions of each post, oldest first."""
    rows = Decision.objects.filter(project=project).order_by("post_id", "created_at", "id")
    named = rows.values_list("post_id", "kind", "created_at")
    return {post: [(kind, at) for _, kind, at in mine] for post, mine in groupby(named, key=lambda row: row[0])}


def _fact(
    decided: Sequence[tuple[str, datetime]],
    violates: bool,
    views: int,
    *,
    posted_at: datetime,
    machine: str,
    outcome: str,
) -> Fact:
    kinds = [kind == DecisionKind.REMOVE for kind, _ in decided]
    # What confirms a removal, as an appeal may, is not another one.
    removals = [place for place, is_removal in enumerate(kinds) if is_removal and not any(kinds[place - 1 : place])]
    removed_at = next((at for kind, at in decided if kind == DecisionKind.REMOVE), None)
    return Fact(
        violates=violates,
        machine_outcome=machine,
        outcome=outcome,
        views=views,
        hours=(removed_at - posted_at) / timedelta(hours=1) if removed_at else None,
        is_down=bool(kinds) and kinds[-1],
        removals=len(removals),
        put_back=sum(not all(kinds[place:]) for place in removals),
    )


def metrics(known: Sequence[Fact], *, hours_allowed: float) -> dict[str, float | None]:
    """Return the truth of each metric, None where nothing is there that it could be a share of."""
    bad = [one for one in known if one.violates]
    flagged = [one for one in known if one.is_flagged]
    caught = sum(one.violates for one in flagged)
    removed = [one for one in known if one.outcome == Outcome.REMOVE]
    missed, wrongly = len(bad) - caught, len(flagged) - caught
    in_time = _count(bad, lambda one: one.hours is not None and one.hours <= hours_allowed)
    views = sum(one.views for one in known)
    return {
        "takedown_precision": share(sum(one.violates for one in removed), len(removed)),
        "flag_precision": share(caught, len(flagged)),
        "machine_recall": share(caught, len(bad)),
        "system_recall": share(in_time, len(bad)),
        "f1": share(2 * caught, len(flagged) + len(bad)),
        "accuracy": share(len(known) - missed - wrongly, len(known)),
        "prevalence": share(len(bad), len(known)),
        "missed_per_thousand": share(1000 * missed, len(known)),
        "violating_view_rate": share(sum(one.views for one in bad), views),
        "views_before_takedown": float(sum(one.views for one in bad if one.outcome != Outcome.PASS)),
        "views_of_missed": float(sum(one.views for one in bad if one.outcome == Outcome.PASS)),
        "hours_to_action": _middle([one.hours for one in bad if one.is_down and one.hours is not None]),
        "overturned_share": share(sum(one.put_back for one in known), sum(one.removals for one in known)),
    }


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _count(known: Sequence[Fact], holds: Callable[[Fact], bool]) -> int:
    return sum(map(holds, known))


def _middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None
