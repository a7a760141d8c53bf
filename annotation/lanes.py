"""This will count what waits in the lanes of a desk, for the person who sits there. Pure reading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from annotation import queue
from annotation.models import Desk, Lane
from config.accounts.models import Project, Role


@dataclass(frozen=True)
class Waiting:
    """One lane: jobs nobody holds yet, and how many jobs are past the time allowed."""

    key: str
    name: str
    waiting: int
    overdue: int


def waiting(project: Project, *, desk: Desk, roles: Iterable[Role], now: datetime) -> list[Waiting]:
    """Return every lane of a desk, empty ones too, most urgent first.

    Escalated jobs are only counted for those who may answer them.
    """
    sees_escalated = bool(frozenset(roles) & queue.ESCALATED_TO)
    rows = {row["lane"]: row for row in queue.depth(project, now=now) if row["desk"] == desk}
    return [_lane(lane, rows.get(str(lane), {}), sees_escalated=sees_escalated) for lane in Lane]


def _lane(lane: Lane, row: dict[str, int], *, sees_escalated: bool) -> Waiting:
    hidden = 0 if sees_escalated else row.get("escalated", 0)
    count = max(0, row.get("waiting", 0) - hidden)
    return Waiting(str(lane), str(lane.label), count, min(count, row.get("overdue", 0)))


def together(lanes: Sequence[Waiting]) -> Waiting:
    """Return all lanes as one."""
    return Waiting("", "All", sum(one.waiting for one in lanes), sum(one.overdue for one in lanes))
