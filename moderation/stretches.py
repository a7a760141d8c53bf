"""This will cut time into stretches that an index can name, short ones near and long ones far. Pure.

A moment lies in one stretch of each length. The name of a stretch is a whole number: which one of its length it is, and
the length, an exponent of two in seconds.
"""

from datetime import UTC, datetime

# 34 minutes, 4.6 hours, 1.5 days, 12 days, 97 days.
LENGTHS = (11, 14, 17, 20, 23)
_NAMED_BY = 32  # More than any exponent.
_OF_EACH = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The stretches of a moment, as PostgreSQL computes them; the built-in time zone makes it the same in every session.
OF_RECEIVED = "ARRAY[{}]".format(
    ", ".join(
        f"(floor(extract(epoch FROM received_at AT TIME ZONE 'UTC'))::bigint >> {length}) * {_NAMED_BY} + {length}"
        for length in LENGTHS
    )
)


def between(first: datetime, last: datetime, *, is_newest_first: bool) -> list[int]:
    """Return the names of stretches that follow each other and cover all from ``first`` to ``last``, both included.

    They begin at the last where the newest come first, else at the first, with at least eight of each length before
    the next; so they are few however long ago the other end is.
    """
    low, high = (int((one - _EPOCH).total_seconds() // 1) for one in (first, last))
    return _back(low, high) if is_newest_first else _on(low, high)


def _back(low: int, high: int) -> list[int]:
    names: list[int] = []
    end, length, taken = high + 1, 0, 0
    while end > low:
        if _may_grow(end, length, taken):
            length, taken = length + 1, 0
        number = (end - 1) >> LENGTHS[length]
        names.append(_name(number, length))
        end, taken = number << LENGTHS[length], taken + 1
    return names


def _on(low: int, high: int) -> list[int]:
    names: list[int] = []
    start, length, taken = low, 0, 0
    while start <= high:
        if _may_grow(start, length, taken):
            length, taken = length + 1, 0
        number = start >> LENGTHS[length]
        names.append(_name(number, length))
        start, taken = (number + 1) << LENGTHS[length], taken + 1
    return names


def _may_grow(at: int, length: int, taken: int) -> bool:
    """Say whether enough were taken, and a longer one begins or ends here."""
    return taken >= _OF_EACH and length + 1 < len(LENGTHS) and at % (1 << LENGTHS[length + 1]) == 0


def _name(number: int, length: int) -> int:
    return number * _NAMED_BY + LENGTHS[length]
