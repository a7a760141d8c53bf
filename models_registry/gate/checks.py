"""This will be what a scorecard is made of: checks with an outcome, and the sentences that say why.

Pure. Sentences are kept apart from what fills their places, and worded when somebody reads them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from models_registry.operating_points import number

Report = Mapping[str, Any]


class Outcome(StrEnum):
    PASS = "PASS"
    FAIL = "FAIL"
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"


@dataclass(frozen=True)
class Sentence:
    """A sentence apart from what fills its places, so that it can be worded in another language when it is shown."""

    text: str
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One named check: what was measured, what was asked, and sentences that say both."""

    name: str
    outcome: Outcome
    value: float | None
    limit: float | None
    said: tuple[Sentence, ...]

    @property
    def sentence(self) -> str:
        return " ".join(one.text % one.places for one in self.said)

    def to_dict(self) -> dict[str, Any]:
        """Return what a scorecard stores: all of it, the sentence in English beside its parts."""
        return asdict(self) | {"outcome": self.outcome.value, "sentence": self.sentence}


def at_least(name: str, value: float | None, limit: float | None, said: Sentence) -> Check:
    """A check that the value reaches the limit; one part in 10^9 is left to floating point."""
    if value is None or limit is None:
        return unknown(name, limit)
    has_passed = value >= limit - 1e-9
    places = {**said.places, "value": f"{value:.3f}", "limit": f"{limit:.3f}"}
    return Check(name, Outcome.PASS if has_passed else Outcome.FAIL, value, limit, (replace(said, places=places),))


def unknown(name: str, limit: float | None) -> Check:
    said = Sentence("The report does not hold the numbers for this check.")
    return Check(name, Outcome.NOT_ENOUGH_DATA, None, limit, (said,))


def unproven(check: Check) -> Check:
    """The same check where too few violations stand behind it: it cannot fail, only lack data."""
    if check.outcome is not Outcome.FAIL:
        return check
    said = (*check.said, Sentence("There are too few violations to say."))
    return replace(check, outcome=Outcome.NOT_ENOUGH_DATA, said=said)


def positives_of(one: Report) -> int:
    return int(number(one.get("n_positive")) or 0)
