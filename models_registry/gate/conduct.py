"""This will check how a candidate came about and behaves: its data, whether it saw its hold-out, its speed. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from models_registry.gate.checks import Check, Outcome, Report, Sentence, unknown
from models_registry.gate.rules import GateRules
from models_registry.operating_points import number


def data(findings: Sequence[Mapping[str, Any]]) -> list[Check]:
    """Put on the scorecard what the data checks warned of, and what was waived; one line where all is well."""
    odd = [_finding(one) for one in findings if one.get("outcome") in ("warning", "failed")]
    if odd or not findings:
        return odd
    said = Sentence("The data passed its checks (%(count)s).", {"count": str(len(findings))})
    return [Check("data", Outcome.PASS, float(len(findings)), None, (said,))]


def _finding(one: Mapping[str, Any]) -> Check:
    parts = tuple(Sentence(str(part["text"]), dict(part["places"])) for part in one.get("said") or ())
    said = parts or (Sentence("%(sentence)s", {"sentence": str(one.get("sentence", ""))}),)
    reason = str(one.get("waived") or "")
    if reason:
        said += (Sentence("Waived: %(reason)s", {"reason": reason}),)
    is_open = one["outcome"] == "failed" and not reason
    outcome = Outcome.FAIL if is_open else Outcome.PASS
    return Check(f"data:{one['name']}", outcome, number(one.get("value")), number(one.get("limit")), said)


def seen_before(candidate: Report, *, rules: GateRules) -> list[Check]:
    """Check that the hold-out is not better known than the calibration side; nothing for a report without it."""
    found = candidate.get("seen_before")
    if not isinstance(found, Mapping):
        return []
    limit, low = rules.seen_before_tolerance, number(found.get("low"))
    held, calibrated = number(found.get("hold_out")), number(found.get("calibration"))
    if low is None or held is None or calibrated is None:
        return [unknown("seen_before", limit)]
    places = {"held": f"{held:.1%}", "calibrated": f"{calibrated:.1%}", "low": f"{100 * low:+.1f}"}
    said = [
        Sentence(
            "Of pairs of a violation and a fine image, %(held)s are in order on the hold-out and %(calibrated)s on the "
            "calibration side, a difference of at least %(low)s points.",
            places,
        )
    ]
    if low > limit:
        said.append(Sentence("Both are unseen, so it must have learned from the hold-out."))
    return [Check("seen_before", Outcome.FAIL if low > limit else Outcome.PASS, low, limit, tuple(said))]


def latency(candidate: Report, pair: Mapping[str, float] | None, *, rules: GateRules) -> list[Check]:
    """Check the time of one image against the champion's, both measured in turns, or without one against a limit."""
    mine, best = (number((pair or {}).get(name)) for name in ("candidate_ms", "champion_ms"))
    if mine is not None and best is not None:
        limit = max(rules.unnoticed_ms, rules.latency_factor * best)
        said = Sentence(
            "One image takes %(mine)s ms against the champion's %(best)s ms; %(limit)s ms are allowed.",
            {"best": f"{best:.1f}"},
        )
        return [_latency(mine, limit, said)]
    slow = number(((candidate.get("speed") or {}).get("latency_ms") or {}).get("p95"))
    if slow is None:
        return []
    said = Sentence("One image in twenty takes longer than %(mine)s ms; %(limit)s ms are allowed.")
    return [_latency(slow, rules.maximum_latency_ms, said)]


def _latency(value: float, limit: float, said: Sentence) -> Check:
    places = {**said.places, "mine": f"{value:.1f}", "limit": f"{limit:.0f}"}
    outcome = Outcome.PASS if value <= limit else Outcome.FAIL
    return Check("latency", outcome, value, limit, (Sentence(said.text, places),))
