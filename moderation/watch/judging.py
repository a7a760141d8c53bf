"""This will compare a counted day with its reference, quantity by quantity."""

from collections.abc import Mapping
from typing import Any

from models_registry.drift import bins, measures
from models_registry.drift.measures import Counts, Difference
from moderation.models import ReplayedDay, WatchedDay, WatchReference

EMBEDDING, ABOVE, SKEW = "embedding", "above", "skew"


def quantities(reference: WatchReference) -> list[str]:
    """Name all that is compared, inputs first, in the order of the page."""
    scores = [key for key in reference.histograms if key.startswith(bins.SCORES)]
    scores = sorted(scores, key=lambda key: key != f"{bins.SCORES}{bins.ANY}")
    return [*bins.INPUTS, EMBEDDING, *scores, ABOVE]


def tests(reference: WatchReference) -> int:
    """How many quantities of a day are judged together."""
    return len(quantities(reference))


def is_part_of(reference: WatchReference, row: WatchedDay | ReplayedDay) -> bool:
    """Say whether a day is one of those that the reference consists of; it is then not compared with itself."""
    return bool(reference.last and row.day <= reference.last)


def judge(reference: WatchReference, day: WatchedDay, again: ReplayedDay | None) -> Mapping[str, Difference | None]:
    """Compare a day; None where there is too little of a quantity to tell, on either side."""
    if is_part_of(reference, day):
        return dict.fromkeys(quantities(reference))
    found = {key: _counts(reference, day, key) for key in reference.histograms}
    return {key: found.get(key) for key in quantities(reference)} | {
        EMBEDDING: distance(again),
        ABOVE: _above(reference, day),
    }


def distance(again: ReplayedDay | None) -> Difference | None:
    return Difference(**again.distance) if again and again.distance else None


def _counts(reference: WatchReference, day: WatchedDay, key: str) -> Difference | None:
    now = day.histograms.get(key)
    if now is None:
        return None
    before = Counts(reference.histograms[key], reference.sizes[key])
    return measures.of_counts(before, Counts(now, sum(now)), tests=tests(reference))


def _above(reference: WatchReference, day: WatchedDay) -> Difference | None:
    if reference.above is None or day.above is None:
        return None
    sizes = (float(reference.sizes[f"{bins.SCORES}{bins.ANY}"]), float(day.posts))
    return measures.of_shares(reference.above, day.above / day.posts, sizes=sizes, tests=tests(reference))


def told(key: str, found: Difference) -> dict[str, Any]:
    """Return what a finding keeps of a difference."""
    return {"key": key, "value": found.value, "noise": found.noise, "limit": found.limit, "bound": found.bound}
