"""This will hold what the metrics of a period are computed from, and nothing else: plain numbers that can be kept.

Pure. Evidence that was written down as JSON gives the same metrics again, to the last digit.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Looked:
    """Posts that were all put before people; those withdrawn before anybody answered are not among them."""

    posts: int = 0
    answered: int = 0
    violations: int = 0

    @property
    def pending(self) -> int:
        return self.posts - self.answered


@dataclass(frozen=True)
class Weighed:
    """So many posts that were looked at with the recorded ``probability``, in a ``stratum``."""

    stratum: str
    probability: float
    n: int


@dataclass(frozen=True)
class Removed:
    """What the machine removed by itself, and how the answered second looks at it ended."""

    posts: int = 0
    violations: tuple[Weighed, ...] = ()
    others: tuple[Weighed, ...] = ()
    pending: int = 0


@dataclass(frozen=True)
class Passing:
    """Posts that passed, of one stratum and nearly one probability: ``probability`` is their mean."""

    stratum: str
    posts: int
    probability: float
    mean_score: float
    drawn: int
    answered: int
    lost: int


@dataclass(frozen=True)
class Passed:
    """What the machine let pass; ``finds`` are confirmed missed violations."""

    cells: tuple[Passing, ...] = ()
    finds: tuple[Weighed, ...] = ()

    @property
    def posts(self) -> int:
        return sum(cell.posts for cell in self.cells)

    @property
    def answered(self) -> int:
        return sum(cell.answered for cell in self.cells)

    @property
    def pending(self) -> int:
        return sum(cell.drawn - cell.answered - cell.lost for cell in self.cells)

    def shares(self) -> dict[str, float]:
        """Return, by stratum, the share of the drawn posts that is answered; that of all where none of it is.

        A probability times that share is as if the unanswered ones had not been drawn: fair as long as they are few
        and nobody chose them (docs/measurement.md).
        """
        drawn: dict[str, int] = {}
        answered: dict[str, int] = {}
        for cell in self.cells:
            drawn[cell.stratum] = drawn.get(cell.stratum, 0) + cell.drawn
            answered[cell.stratum] = answered.get(cell.stratum, 0) + cell.answered
        every = sum(drawn.values())
        overall = sum(answered.values()) / every if every else 1.0
        return {stratum: (answered[stratum] / n if n else overall) or overall for stratum, n in drawn.items()}


@dataclass(frozen=True)
class SecondLooked:
    """Flagged posts that were first answered alike, and how blind second looks at some of them ended: the recorded
    probability of a look, and how many ended so."""

    posts: int = 0
    violations: tuple[tuple[float, int], ...] = ()
    others: tuple[tuple[float, int], ...] = ()

    @property
    def looks(self) -> int:
        return sum(n for _, n in (*self.violations, *self.others))


@dataclass(frozen=True)
class Reviewed:
    """What is known of the reviewers' errors: second looks by first answer, and gold items that are violations."""

    violations: SecondLooked = SecondLooked()
    others: SecondLooked = SecondLooked()
    gold: int = 0
    gold_found: int = 0


@dataclass(frozen=True)
class ViewRow:
    """Posts drawn by their views, of one side, stratum and band of views (twofold each).

    ``finds`` are [probability, views] of each violation that chance found, ``known_views`` those of violations that
    somebody would have looked at anyway.
    """

    is_passed: bool
    stratum: str
    band: int
    posts: int
    probability_sum: float
    score_sum: float
    views: int
    square_views: float
    drawn: int
    answered: int
    lost: int
    known_views: int
    finds: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True)
class ViewsAgain:
    """Flagged posts that one person answered alike, in views, and what blind second looks at some of them settled.

    Of ``views`` the ``counted_views`` are those of posts that stand as violations now. ``seen_views`` are those of the
    ``looks``, posts looked at again and settled; ``weight`` is their sum of x/p, ``weight_of_violations`` that of the
    violating ones, ``square_weights`` that of (x/p)^2: x views, p the recorded probability of a second look.
    """

    is_violation: bool
    posts: int
    views: int
    counted_views: int
    looks: int
    seen_views: int
    weight: float
    weight_of_violations: float
    square_weights: float


@dataclass(frozen=True)
class Tally:
    """What was counted, not estimated. ``hours_to_action`` are [from hour, number] by bins of counting.BINS."""

    in_time: int = 0
    late: int = 0
    views: int = 0
    complaints: int = 0
    removals: int = 0
    overturned: int = 0
    hours_to_action: tuple[int, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Everything about one part of one period that its metrics rest on."""

    flagged: Looked = Looked()
    removable: Looked = Looked()
    unscored: Looked = Looked()
    removed: Removed = Removed()
    passed: Passed = Passed()
    reviewed: Reviewed = Reviewed()
    views: tuple[ViewRow, ...] = ()
    views_again: tuple[ViewsAgain, ...] = ()
    tally: Tally = Tally()

    @property
    def scored(self) -> int:
        return self.flagged.posts + self.removable.posts + self.removed.posts + self.passed.posts

    @property
    def pending(self) -> int:
        """Looks that chance opened, or the policy asked for, and nobody has answered yet."""
        return self.flagged.pending + self.removable.pending + self.removed.pending + self.passed.pending

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def from_dict(stored: Mapping[str, Any]) -> Evidence:
    """Read what to_dict wrote, also after JSON has turned tuples into lists. Raises KeyError and TypeError."""
    removed, passed, reviewed = stored["removed"], stored["passed"], stored["reviewed"]
    return Evidence(
        flagged=Looked(**stored["flagged"]),
        removable=Looked(**stored["removable"]),
        unscored=Looked(**stored["unscored"]),
        removed=Removed(
            removed["posts"], _weighed(removed["violations"]), _weighed(removed["others"]), removed["pending"]
        ),
        passed=Passed(tuple(Passing(**cell) for cell in passed["cells"]), _weighed(passed["finds"])),
        reviewed=Reviewed(
            _second(reviewed["violations"]), _second(reviewed["others"]), reviewed["gold"], reviewed["gold_found"]
        ),
        views=tuple(ViewRow(**row | {"finds": _pairs(row["finds"])}) for row in stored["views"]),
        # Decisions from before second looks were weighed by views keep none.
        views_again=tuple(ViewsAgain(**one) for one in stored.get("views_again", ())),
        tally=Tally(**stored["tally"] | {"hours_to_action": tuple(stored["tally"]["hours_to_action"])}),
    )


def _weighed(rows: Any) -> tuple[Weighed, ...]:
    return tuple(Weighed(**row) for row in rows)


def _second(group: Mapping[str, Any]) -> SecondLooked:
    return SecondLooked(group["posts"], _pairs(group["violations"]), _pairs(group["others"]))


def _pairs(rows: Any) -> tuple[tuple[Any, Any], ...]:
    return tuple((one, other) for one, other in rows)
