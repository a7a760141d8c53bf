"""This will add up the rows of days and months in the database: one statement for each kind of sum.

In plain SQL, for what the ORM adds up of two tables has to be put together again, row by row, and years have thousands.
"""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from config.accounts.models import Project
from config.compiled import rows
from moderation.measurement.months import Spans
from moderation.measurement.periods import Period

# Here and in months: probabilities that differ by less than a twentieth.
BAND = "floor(ln(probability) * 20)"
# Here and in months: what is read by its recorded probability.
TOLD = "(side = 'passed' AND found > 0 OR side = 'removed' AND answered > 0)"


class Looks(NamedTuple):
    """Posts of one part, side, stratum and band of probabilities; ``looked`` is the sum of their probabilities."""

    part: str
    value: str
    side: str
    stratum: str
    band: float
    looked: float
    score: float
    posts: int
    drawn: int
    answered: int
    found: int
    lost: int

    @property
    def place(self) -> tuple[str, float]:
        return self.stratum, self.band

    def plus(self, other: "Looks", *, times: int = 1) -> "Looks":
        """Add what was counted of the other so many times, -1 to take it off."""
        added = (one + times * more for one, more in zip(self[5:], other[5:], strict=True))
        return Looks._make((*self[:5], *added))


class Told(NamedTuple):
    """What looks at one side of a part told, in columns: one entry for each day, or month, and recorded probability."""

    part: str
    value: str
    side: str
    strata: list[str]
    probabilities: list[float]
    found: list[int]
    answered: list[int]


def _both(days: str, months: str, columns: str, *, where: str = "TRUE") -> str:
    """The rows of a period's days, and those of its months, as one table; blanks are those of ``_within``."""
    return f"""(
        SELECT {columns} FROM unnest(%(firsts)s::date[], %(lasts)s::date[]) AS stretch(first, last)
        JOIN {days} ON project_id = %(project)s AND day BETWEEN first AND last WHERE {where}
        UNION ALL
        SELECT {columns} FROM {months}
        WHERE project_id = %(project)s AND day = ANY(%(months)s::date[]) AND {where}) row
    """  # nosec B608


def _within(project: Project, spans: Spans) -> dict[str, Any]:
    firsts, lasts = [first for first, _ in spans.days], [last for _, last in spans.days]
    return {"project": project.pk, "firsts": firsts, "lasts": lasts, "months": list(spans.months)}


_OF_PARTS = "part = ANY(%(parts)s) AND (%(values)s::text[] IS NULL OR value = ANY(%(values)s::text[]))"
_LOOKS = _both(
    "moderation_daylooks",
    "moderation_monthlooks",
    "part, value, side, stratum, probability, posts, score_sum, drawn, answered, found, lost",
    where=_OF_PARTS,
)
_ADD_LOOKS = f"""
    SELECT part, value, side, stratum, {BAND} AS band, sum(probability * posts), sum(score_sum), sum(posts)::int8,
           sum(drawn)::int8, sum(answered)::int8, sum(found)::int8, sum(lost)::int8
    FROM {_LOOKS} GROUP BY part, value, side, stratum, band
"""  # nosec B608
_LIST_TOLD = f"""
    SELECT part, value, side, array_agg(stratum), array_agg(probability), array_agg(found), array_agg(answered)
    FROM {_LOOKS} WHERE {TOLD} GROUP BY part, value, side
"""  # nosec B608


def looks(
    project: Project, spans: Spans, *, parts: Collection[str], values: Collection[str] | None = None
) -> tuple[list[Looks], list[Told]]:
    """Return the looks at some kinds of parts, or at those with some values: added up, in the order of their names, and
    what they told. Two queries."""
    given = _within(project, spans) | {"parts": list(parts), "values": values and list(values)}
    return sorted(map(Looks._make, rows(_ADD_LOOKS, given))), list(map(Told._make, rows(_LIST_TOLD, given)))


_VIEWS = _both(
    "moderation_dayviewlooks",
    "moderation_monthviewlooks",
    "is_passed, stratum, band, posts, probability_sum, score_sum, views, square_views, drawn, answered, lost, "
    "known_views, finds",
)
_ADD_VIEWS = f"""
    SELECT is_passed, stratum, band, sum(posts)::int8, sum(probability_sum), sum(score_sum), sum(views)::int8,
           sum(square_views), sum(drawn)::int8, sum(answered)::int8, sum(lost)::int8, sum(known_views)::int8,
           coalesce(json_agg(finds) FILTER (WHERE finds <> '[]'), '[]')
    FROM {_VIEWS} GROUP BY is_passed, stratum, band ORDER BY is_passed, stratum COLLATE "C", band
"""  # nosec B608


def views(project: Project, spans: Spans) -> list[tuple[Any, ...]]:
    """Return the sums of views by side, stratum and band, in this order: the fields of evidence.ViewRow, with the finds
    of each day or month in a list of their own. One query."""
    return rows(_ADD_VIEWS, _within(project, spans))


_ADD_VIEWS_AGAIN = """
    SELECT is_violation, sum(posts)::int8, sum(views)::int8, sum(counted_views)::int8, sum(looks)::int8,
           sum(seen_views)::int8, sum(weight), sum(weight_of_violations), sum(square_weights)
    FROM moderation_dayviewsagain WHERE project_id = %s AND day BETWEEN %s AND %s
    GROUP BY is_violation ORDER BY is_violation
"""


def views_again(project: Project, period: Period) -> list[tuple[Any, ...]]:
    """Return the fields of evidence.ViewsAgain, for what was first answered "fine" and for violations. One query."""
    return rows(_ADD_VIEWS_AGAIN, [project.pk, period.first, period.last])


_SECOND_LOOKS = _both(
    "moderation_daysecondlooks",
    "moderation_monthsecondlooks",
    'part, value, "group", outcome, probability, looks',
    where="part = ANY(%(parts)s)",
)
_ADD_SECOND_LOOKS = f"""
    SELECT part, value, "group", outcome, probability, sum(looks)::int8
    FROM {_SECOND_LOOKS} GROUP BY part, value, "group", outcome, probability
"""  # nosec B608


def second_looks(
    project: Project, spans: Spans, *, parts: Collection[str]
) -> list[tuple[str, str, str, str, float, int]]:
    """Return how many second looks there were by part, value, group, outcome and probability. One query."""
    return rows(_ADD_SECOND_LOOKS, _within(project, spans) | {"parts": list(parts)})


_COUNTED = _both("moderation_dailymeasurement", "moderation_monthlymeasurement", "day, counts")
_LIST_COUNTS = f"""
    SELECT counts::json FROM {_COUNTED} ORDER BY day
"""  # nosec B608


def counts(project: Project, spans: Spans) -> Iterator[dict[str, Any]]:
    """Yield what was counted on each day or in each month, oldest first. One query."""
    return (one for (one,) in rows(_LIST_COUNTS, _within(project, spans)))
