"""This will turn evidence into a verdict: what the machine says, what is done, by when a person should look. Pure.

The rules of a policy version:

    {"classes": {KEY: {"remove": BAND, "review": BAND, "hours_allowed": 24}, …},
     "audit": {"looks_per_day": 150, "removed_rate": 0.1, "view_looks_per_day": 50,
               "second_looks": {"flagged_violation": 0.05, "flagged_fine": 0.05, "audited_fine": 0.02}}}

``view_looks_per_day`` are the expected looks of the second draw, by views, beside the others; left out, a third of
``looks_per_day``, and 0 for none. ``second_looks`` are the shares of answers that another person looks at again, blind:
those of "violation" and of "fine" on flagged posts, and those of "fine" in audits; what is left out is as above, and 0
is none.

A BAND is ``{"threshold": 0.8}``, ``{"required_precision": 0.95}``, ``{"required_recall": 0.9}`` or ``null`` (never).
Required values are read off the model version's operating points, on its hold-out and at the traffic's prevalence.

In order, the first that holds decides:
  1. An override *a person always looks*: REVIEW.
  2. Mode MANUAL, or no model version deployed: REVIEW.
  3. An override *trusted poster*: PASS.
  4. A class reaches its remove threshold: REMOVE in mode AUTOMATIC, REVIEW in mode ASSISTED.
  5. A class reaches its review threshold: REVIEW.
  6. Otherwise: PASS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_registry import operating_points

REMOVE, REVIEW, PASS = "remove", "review", "pass"
DEFAULT_HOURS = 24.0
MANUAL_HOURS = 24.0
LEAST_HOURS, MOST_HOURS = 0.01, 24 * 365
MOST_LOOKS = 1_000_000
LEAST_RATE = 0.001
VIEW_SHARE = 1 / 3
SECOND_LOOKS = {"flagged_violation": 0.05, "flagged_fine": 0.05, "audited_fine": 0.02}


class BadRules(ValueError):
    """The rules of a policy version are not well-formed; the message names the place."""


@dataclass(frozen=True)
class Thresholds:
    """Per class, the probability from which on it is flagged; None means never."""

    remove: Mapping[str, float | None]
    review: Mapping[str, float | None]


@dataclass(frozen=True)
class Evidence:
    """What is known of a post: ``scores`` is None where no deployed version scored it."""

    scores: Mapping[str, float] | None
    overrides: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answer:
    """``outcome`` is done; ``machine_outcome`` is what the scores alone say (empty without scores)."""

    outcome: str
    machine_outcome: str
    classes: tuple[str, ...]
    reason: str
    hours_allowed: float


def check_rules(rules: Mapping[str, Any], *, class_keys: list[str]) -> None:
    """Raises BadRules at the first thing that is odd: whatever passes here can be judged and drawn by."""
    bands = rules.get("classes") if isinstance(rules, Mapping) else None
    if not isinstance(bands, Mapping) or set(bands) != set(class_keys):
        raise BadRules(f"rules.classes should name exactly {', '.join(sorted(class_keys))}.")
    for key, one in bands.items():
        _check_class(one, place=f"rules.classes.{key}")
    audit = rules.get("audit")
    if not isinstance(audit, Mapping):
        raise BadRules("rules.audit should give looks_per_day and removed_rate.")
    # Above 0, as what no chance can reach cannot be measured.
    _check_number(audit.get("looks_per_day"), low=1, high=MOST_LOOKS, place="rules.audit.looks_per_day")
    _check_number(audit.get("removed_rate"), low=LEAST_RATE, high=1, place="rules.audit.removed_rate")
    by_views = audit.get("view_looks_per_day", 0)
    _check_number(by_views, low=0, high=MOST_LOOKS, place="rules.audit.view_looks_per_day")
    _check_second_looks(audit.get("second_looks", {}))


def _check_second_looks(rates: Any) -> None:
    place = "rules.audit.second_looks"
    if not isinstance(rates, Mapping) or set(rates) - set(SECOND_LOOKS):
        raise BadRules(f"{place} should name some of {', '.join(SECOND_LOOKS)}.")
    for name, rate in rates.items():
        _check_number(rate, low=0, high=1, place=f"{place}.{name}")


def second_look_rate(rules: Mapping[str, Any], first_answer: str) -> float:
    """Return the share, in [0, 1], of answers of one kind (a key of SECOND_LOOKS) that somebody else looks at again."""
    return float(rules["audit"].get("second_looks", {}).get(first_answer, SECOND_LOOKS[first_answer]))


def view_looks(rules: Mapping[str, Any]) -> float:
    """Return how many looks a day the second draw, by views, is to expect."""
    audit = rules["audit"]
    return float(audit.get("view_looks_per_day", VIEW_SHARE * audit["looks_per_day"]))


def _check_class(one: Any, *, place: str) -> None:
    if not isinstance(one, Mapping) or set(one) - {"remove", "review", "hours_allowed"}:
        raise BadRules(f"{place} should hold remove, review and hours_allowed.")
    for band in ("remove", "review"):
        _check_band(one.get(band), place=f"{place}.{band}")
    _check_number(
        one.get("hours_allowed", DEFAULT_HOURS), low=LEAST_HOURS, high=MOST_HOURS, place=f"{place}.hours_allowed"
    )


def _check_band(band: Any, *, place: str) -> None:
    if band is None:
        return
    known = {"threshold", "required_precision", "required_recall"}
    if not isinstance(band, Mapping) or len(band) != 1 or set(band) - known:
        raise BadRules(f"{place} should be null or name one of {', '.join(sorted(known))}.")
    _check_number(next(iter(band.values())), low=0, high=1, place=place)


def _check_number(value: Any, *, low: float, high: float, place: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadRules(f"{place} should be a number from {low} to {high}.")


def thresholds(rules: Mapping[str, Any], *, report: Mapping[str, Any]) -> Thresholds:
    """Read each class's thresholds off a model version's report.

    A required precision that the version cannot reach gives None: the machine then never acts on that class. A
    required recall that it cannot reach gives 0: everything is flagged.
    """
    curves = {key: one["curve"] for key, one in report["classes"].items()}
    found = {
        band: {key: _threshold(one.get(band), curves.get(key, [])) for key, one in rules["classes"].items()}
        for band in ("remove", "review")
    }
    return Thresholds(remove=found["remove"], review=found["review"])


def least_flag_precision(rules: Mapping[str, Any]) -> float | None:
    """Return the lowest precision that the rules require of what a class flags, or None where they require none.

    What they require of removals is a takedown precision, and says nothing of what is flagged.
    """
    bands = [one.get("review") or {} for one in rules["classes"].values()]
    required = [float(band["required_precision"]) for band in bands if band.get("required_precision")]
    return min(required, default=None)


def _threshold(band: Mapping[str, float] | None, curve: Any) -> float | None:
    if band is None:
        return None
    if "threshold" in band:
        return float(band["threshold"])
    if "required_precision" in band:
        point = operating_points.at_precision(curve, band["required_precision"])
        return point.threshold if point else None
    point = operating_points.at_recall(curve, band["required_recall"])
    return point.threshold if point else 0.0


def judge(mode: str, rules: Mapping[str, Any], limits: Thresholds | None, evidence: Evidence) -> Answer:
    """Return the verdict by the conditions listed above."""
    machine, classes = _machine(limits, evidence.scores)
    hours = _hours(rules, classes)
    if "always_a_person" in evidence.overrides:
        return Answer(REVIEW, machine, classes, "override_always_a_person", hours)
    if mode == "manual" or evidence.scores is None:
        reason = "manual_mode" if mode == "manual" else "no_deployment"
        return Answer(REVIEW, machine, classes, reason, hours if classes else MANUAL_HOURS)
    if "trusted_poster" in evidence.overrides:
        return Answer(PASS, machine, classes, "override_trusted_poster", hours)
    if machine == REMOVE and mode == "assisted":
        return Answer(REVIEW, machine, classes, "score_remove_assisted", hours)
    return Answer(machine, machine, classes, f"score_{machine}", hours)


def _machine(limits: Thresholds | None, scores: Mapping[str, float] | None) -> tuple[str, tuple[str, ...]]:
    if limits is None or scores is None:
        return "", ()
    removable = _reached(limits.remove, scores)
    if removable:
        return REMOVE, removable
    reviewable = _reached(limits.review, scores)
    return (REVIEW, reviewable) if reviewable else (PASS, ())


def _reached(limits: Mapping[str, float | None], scores: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(key for key, limit in limits.items() if limit is not None and scores.get(key, 0.0) >= limit))


def _hours(rules: Mapping[str, Any], classes: tuple[str, ...]) -> float:
    """Return the shortest time allowed among the flagged classes."""
    bands = rules["classes"]
    return min((float(bands[key].get("hours_allowed", DEFAULT_HOURS)) for key in classes), default=DEFAULT_HOURS)
