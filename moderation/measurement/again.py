"""This will sum what second looks came to, day by day, and add days and months up again."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from config.accounts.models import Project
from moderation import second_looks
from moderation.measurement import sums
from moderation.measurement.months import Spans
from moderation.measurement.periods import PartKind, Period
from moderation.models import DaySecondLooks, FirstAnswer
from moderation.second_looks import Again, Found

# Slices are too small to have second looks of their own.
KINDS = (PartKind.ALL, PartKind.CLASS, PartKind.MODEL, PartKind.POLICY, PartKind.ARM)
VIOLATION, OTHER, PENDING = "violation", "other", "pending"

Finds = dict[PartKind, dict[str, Found]]
# Of one group of answers, by how they ended and with what chance they were looked at again.
Ends = Counter[tuple[str, float]]


@dataclass(frozen=True)
class Row:
    """So many second looks of a part at posts that were first answered alike, that ended alike."""

    part: str
    value: str
    group: str
    outcome: str
    probability: float
    looks: int


def gather(project: Project, period: Period) -> list[Row]:
    """Gather the second looks at posts that were screened in a period. One query."""
    found = second_looks.of_kinds(project, period, KINDS)
    return [row for kind, parts in found.items() for value, one in parts.items() for row in _rows(kind, value, one)]


def write(project: Project, day: date) -> None:
    """Write a day's sums anew."""
    DaySecondLooks.objects.filter(project=project, day=day).delete()
    rows = gather(project, Period.of_days(day, day))
    DaySecondLooks.objects.bulk_create(DaySecondLooks(project=project, day=day, **asdict(row)) for row in rows)


def of_kinds(project: Project, spans: Spans, kinds: Sequence[PartKind]) -> Finds:
    """Return what second looks of a period came to, for every part of some kinds that had any. One query."""
    ends: dict[tuple[str, str], dict[str, Ends]] = defaultdict(lambda: defaultdict(Counter))
    for part, value, group, outcome, probability, looks in sums.second_looks(project, spans, parts=kinds):
        ends[part, value][group][outcome, probability] += looks
    return {kind: {value: _found(some) for (of, value), some in ends.items() if of == kind} for kind in kinds}


def _rows(kind: PartKind, value: str, found: Found) -> Iterator[Row]:
    groups = (found.violations, found.fine, found.audited, found.passed)
    for group, again in zip(FirstAnswer, groups, strict=True):
        ended: list[tuple[str, Iterable[tuple[float, int]]]] = [(VIOLATION, again.violations), (OTHER, again.others)]
        # By which chance a look was opened tells nothing while nobody has answered.
        pending = [(0.0, again.pending)] if again.pending else []
        for outcome, sides in (*ended, (PENDING, pending)):
            for probability, looks in sides:
                yield Row(kind, value, group, outcome, probability, looks)


def _found(groups: dict[str, Ends]) -> Found:
    return Found(*(_again(groups.get(group, Counter())) for group in FirstAnswer))


def _again(ends: Ends) -> Again:
    violations, others = (
        tuple(sorted((probability, n) for (outcome, probability), n in ends.items() if outcome == wanted))
        for wanted in (VIOLATION, OTHER)
    )
    return Again(violations, others, sum(n for (outcome, _), n in ends.items() if outcome == PENDING))
