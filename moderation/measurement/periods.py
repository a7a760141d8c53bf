"""This will say which time, and which part of the traffic, a measurement speaks of."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum


@dataclass(frozen=True)
class Period:
    """Half-open: from ``start`` up to, not including, ``end``. Posts belong to the period they were screened in."""

    start: datetime
    end: datetime

    @classmethod
    def of_days(cls, first: date, last: date) -> "Period":
        """Whole days (UTC), both included."""
        return cls(_midnight(first), _midnight(last) + timedelta(days=1))

    @property
    def first(self) -> date:
        return self.start.date()

    @property
    def last(self) -> date:
        return (self.end - timedelta(microseconds=1)).date()

    @property
    def days(self) -> int:
        """How many days (UTC) it touches."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """The period of the same length that ends where this one begins."""
        return Period(self.start - (self.end - self.start), self.start)


class PartKind(StrEnum):
    ALL = "all"
    CLASS = "class"
    MODEL = "model"
    POLICY = "policy"
    SLICE = "slice"
    ARM = "arm"


@dataclass(frozen=True)
class Part:
    """A part of a project's traffic: one class (its key), model version or policy version (its number), slice
    ("attribute=value"), or arm of a rollout (its id)."""

    kind: PartKind = PartKind.ALL
    value: str = ""


WHOLE = Part()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
