"""This will check a candidate against the champion: as a whole, class by class, slice by slice. Pure."""

from collections.abc import Mapping
from typing import Any

from models_registry.gate.checks import Check, Outcome, Report, Sentence, at_least, positives_of, unknown
from models_registry.gate.floors import floor
from models_registry.gate.rules import GateRules
from models_registry.operating_points import number

Comparison = Mapping[str, Any] | None


def recall(comparison: Comparison, *, rules: GateRules) -> Check:
    """PASS where more than the tolerated loss is ruled out, FAIL where it is certain, else NOT_ENOUGH_DATA."""
    found = (comparison or {}).get("recall") or {}
    low, high, limit = number(found.get("low")), number(found.get("high")), -rules.recall_tolerance
    mine, best = number(found.get("candidate")), number(found.get("champion"))
    if low is None or high is None or mine is None or best is None:
        return unknown("recall", limit)
    places = _places(found) | {"precision": f"{rules.required_precision:.0%}", "tolerance": f"{-limit:.1%}"}
    if not mine and not best:
        said = Sentence("Neither the candidate nor the champion reaches a flag precision of %(precision)s.", places)
        return Check("recall", Outcome.NOT_ENOUGH_DATA, None, limit, (said,))
    said = Sentence(
        "Machine recall at a flag precision of %(precision)s is %(candidate)s against the champion's %(champion)s, a "
        "difference of %(difference)s (%(low)s to %(high)s); it may be %(tolerance)s lower.",
        places,
    )
    outcome = Outcome.PASS if low >= limit else Outcome.FAIL if high < limit else Outcome.NOT_ENOUGH_DATA
    return Check("recall", outcome, number(found.get("difference")), limit, (said,))


def classes(candidate: Report, champion: Report | None, comparison: Comparison, *, rules: GateRules) -> list[Check]:
    known: Report = (champion or {}).get("classes") or {}
    own: Report = candidate.get("classes") or {}
    compared = (comparison or {}).get("classes") or {}
    counted = {key: one for key, one in own.items() if positives_of(one) >= rules.minimum_class_positives}
    return [
        _class(key, compared.get(key), rules=rules) if key in known else _new_class(key, one, rules=rules)
        for key, one in sorted(counted.items())
    ]


def _class(key: str, found: Mapping[str, Any] | None, *, rules: GateRules) -> Check:
    said = Sentence(
        "Average precision of %(key)s is %(candidate)s against the champion's %(champion)s, a difference of "
        "%(difference)s (%(low)s to %(high)s); more than %(tolerance)s lower, beyond noise, would fail.",
        {"key": key},
    )
    return _not_surely_worse(f"class:{key}", found, tolerance=rules.class_average_precision_tolerance, said=said)


def _new_class(key: str, one: Report, *, rules: GateRules) -> Check:
    limit = floor(one, least=rules.class_average_precision_floor, rules=rules)
    said = Sentence(
        "Average precision of %(key)s is %(value)s; no champion knows it, so %(limit)s is asked for.", {"key": key}
    )
    return at_least(f"class:{key}", number(one.get("average_precision")), limit, said)


def slices(comparison: Comparison, *, rules: GateRules) -> list[Check]:
    """Check every slice; returns those that fail, or else the worst alone. None where there is nothing to compare."""
    found = (comparison or {}).get("slices") or []
    checks = [_slice(one, len(found), rules=rules) for one in found]
    return [one for one in checks if one.outcome is Outcome.FAIL] or checks[:1]


def _slice(found: Mapping[str, Any], among: int, *, rules: GateRules) -> Check:
    dimension, value = str(found.get("dimension")), str(found.get("value"))
    said = Sentence(
        "Of %(among)s slices with enough violations, %(dimension)s %(value)s differs by %(difference)s (%(low)s to "
        "%(high)s): machine recall %(candidate)s against the champion's %(champion)s. More than %(tolerance)s lower, "
        "beyond noise, would fail.",
        {"dimension": dimension, "value": value, "among": str(among)},
    )
    name = f"slice:{dimension}:{value}"
    return _not_surely_worse(name, found, tolerance=rules.slice_recall_tolerance, said=said)


def _not_surely_worse(name: str, found: Mapping[str, Any] | None, *, tolerance: float, said: Sentence) -> Check:
    """Fail a loss that is larger than tolerated and more than noise; one of many, so that noise alone fails none."""
    difference, high = number((found or {}).get("difference")), number((found or {}).get("high"))
    if found is None or difference is None or high is None:
        return unknown(name, -tolerance)
    outcome = Outcome.FAIL if difference < -tolerance and high < 0 else Outcome.PASS
    places = {**said.places, **_places(found), "tolerance": f"{tolerance:.1%}"}
    return Check(name, outcome, difference, -tolerance, (Sentence(said.text, places),))


def _places(found: Mapping[str, Any]) -> dict[str, str]:
    """Return a difference in words: shares in percent, differences with their sign."""
    shares = {name: f"{number(found.get(name)) or 0.0:.1%}" for name in ("candidate", "champion")}
    return shares | {name: f"{100 * (number(found.get(name)) or 0.0):+.1f}" for name in ("difference", "low", "high")}
