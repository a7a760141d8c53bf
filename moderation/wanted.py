"""This will hold what a search asks for, and where in a list one stands. Plain values, no database."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_DIGITS = 18  # As many as fit into a bigint, whatever they are.
_LAST_MICROSECOND = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


class BadCursor(ValueError):
    """This service did not make this cursor."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty fields ask for nothing.

    ``decided`` is a class of the decision in force, or "fine"; ``predicted`` one that reached its threshold in the
    last verdict. Scores are in percent, ``score_low`` included and ``score_high`` not; they speak of ``score_class``,
    or of the highest score where that is empty. Of times, ``after`` is included and ``before`` is not.
    """

    text: str = ""
    status: str = ""
    publication: str = ""
    decided: str = ""
    predicted: str = ""
    verdict: str = ""
    poster: str = ""
    external_id: str = ""
    score_class: str = ""
    score_low: int | None = None
    score_high: int | None = None
    model_version: int | None = None
    received_after: datetime | None = None
    received_before: datetime | None = None
    posted_after: datetime | None = None
    posted_before: datetime | None = None

    @property
    def date(self) -> str:
        """The date by which is listed: that of posting where only that is asked for, else that of receiving."""
        is_posted = (self.posted_after or self.posted_before) and not (self.received_after or self.received_before)
        return "posted_at" if is_posted else "received_at"

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, one.name) in ("", None) for one in fields(self))

    @property
    def asks_for_a_score(self) -> bool:
        return bool(self.score_class) or self.score_low is not None or self.score_high is not None

    @property
    def asks_the_machine(self) -> bool:
        """Whether it asks for what model versions and policy said."""
        return bool(self.predicted or self.verdict or self.model_version is not None or self.asks_for_a_score)

    @property
    def tells(self) -> bool:
        """Whether being found says something that the desk keeps from whoever answers."""
        return bool(self.status or self.publication or self.decided or self.poster)


@dataclass(frozen=True)
class Cursor:
    """A place in a list: what is older than this post, or newer."""

    at: datetime
    post_id: int
    is_older: bool = True

    def __str__(self) -> str:
        return f"{'o' if self.is_older else 'n'}{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.post_id}"

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Return the cursor that was written so. Raises BadCursor."""
        at, _, post_id = text[1:].partition("-")
        is_ours = text[:1] in {"o", "n"} and all(one.isdecimal() and len(one) <= _MOST_DIGITS for one in (at, post_id))
        if not is_ours or int(at) > _LAST_MICROSECOND:
            raise BadCursor(f"{text!r} is no cursor.")
        return cls(_EPOCH + timedelta(microseconds=int(at)), int(post_id), is_older=text[0] == "o")
