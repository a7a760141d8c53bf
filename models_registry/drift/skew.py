"""This will compare what serving stored of images with what the same images score on the path of training. Pure.

Both paths start from the same bytes, so there is no chance in it: what differs by more than rounding was computed
otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

# As in the parity check of every run: fused and reordered sums differ in the sixth digit.
TOLERANCE = 1e-3
# Beyond this share of images there is an alert, but never for fewer images than these: one may have a fault of its own.
SHARE_LIMIT = 0.01
FEWEST_APART = 3
# So many are named.
WORST = 12

Scores = Mapping[str, float]


@dataclass(frozen=True)
class Apart:
    """One image, and the class in which its two scores differ most."""

    image: int
    key: str
    served: float
    again: float

    @property
    def difference(self) -> float:
        return abs(self.served - self.again)


@dataclass(frozen=True)
class Skew:
    """What a sample came to: ``images`` were compared, ``missing`` could not be read again."""

    images: int
    missing: int
    largest: float
    mean: float
    beyond: int
    worst: tuple[Apart, ...]

    @property
    def share_beyond(self) -> float:
        return self.beyond / self.images if self.images else 0.0

    @property
    def is_beyond(self) -> bool:
        return self.share_beyond > SHARE_LIMIT and self.beyond >= FEWEST_APART

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare(served: Mapping[int, Scores], again: Mapping[int, Scores]) -> Skew:
    """Compare scores by image id; those that are not in ``again`` are missing. Of each image the class counts that
    differs most; a class that one side does not know is compared with 0."""
    found = sorted((_apart(pk, served[pk], again[pk]) for pk in sorted(again)), key=lambda one: -one.difference)
    differences = [one.difference for one in found]
    return Skew(
        images=len(found),
        missing=len(served) - len(found),
        largest=max(differences, default=0.0),
        mean=sum(differences) / len(found) if found else 0.0,
        beyond=sum(one > TOLERANCE for one in differences),
        worst=_worst(found),
    )


def _worst(found: Sequence[Apart]) -> tuple[Apart, ...]:
    return tuple(one for one in found[:WORST] if one.difference > TOLERANCE)


def _apart(image: int, served: Scores, again: Scores) -> Apart:
    pairs = [(key, float(served.get(key, 0.0)), float(again.get(key, 0.0))) for key in sorted({*served, *again})]
    key, one, other = max(pairs, key=lambda pair: abs(pair[1] - pair[2]), default=("", 0.0, 0.0))
    return Apart(image, key, one, other)
