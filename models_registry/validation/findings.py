"""This will say what a check of a dataset found: a name, an outcome, the number, its limit, and sentences.

Pure. Sentences are stored apart from their numbers, and worded when somebody reads them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from models_registry.gate import Sentence
from models_registry.validation.limits import Limit


class Outcome(StrEnum):
    """``skipped``: there was nothing to compare with, or too little of it."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What one named check found; ``limit`` is the one that the value broke, else the one that it kept."""

    name: str
    outcome: Outcome
    value: float | None
    limit: float | None
    said: tuple[Sentence, ...]

    @property
    def sentence(self) -> str:
        return " ".join(one.text % one.places for one in self.said)

    def to_dict(self) -> dict[str, Any]:
        """Return what a step stores: all of it, the sentence in English beside its parts."""
        return asdict(self) | {"outcome": self.outcome.value, "sentence": self.sentence}


def judged(name: str, value: float, *, limit: Limit, said: Sequence[Sentence], is_floor: bool = False) -> Finding:
    """Hold a value to its limits: it must not lie above them or, for a floor, below them."""
    sign = -1 if is_floor else 1
    for outcome, bound in ((Outcome.FAILED, limit.fail), (Outcome.WARNING, limit.warn)):
        if bound is not None and sign * value > sign * bound:
            return Finding(name, outcome, value, bound, tuple(said))
    kept = limit.fail if limit.warn is None else limit.warn
    return Finding(name, Outcome.PASSED, value, kept, tuple(said))


def skipped(name: str, said: Sentence) -> Finding:
    return Finding(name, Outcome.SKIPPED, None, None, (said,))


def percent(share: float) -> str:
    """Write a share as people read it, fine enough to tell rare things apart: ``12 %``, ``3.4 %``, ``0.25 %``."""
    value = 100 * share
    digits = 0 if value >= 10 or value == 0 else 1 if value >= 1 else 2
    return f"{value:.{digits}f} %"
