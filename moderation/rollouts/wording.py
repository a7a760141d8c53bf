"""This will put rollouts into words, in the reader's language."""

from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation import readings
from moderation.go_no_go import wording as go_no_go_wording
from moderation.measurement.catalog import METRIC
from moderation.models import ModelAlert, RolloutEvent, RolloutEventKind, Validation
from moderation.readings import Reading
from moderation.rollouts import promises
from moderation.rollouts.comparing import Bounds
from moderation.statistics.sufficiency import Interval
from moderation.watch import wording as watch_wording

FLAGGED_SHARE, OVERTURNED_SHARE = _("Share of posts flagged"), _("Overturned removals")
RAILS: dict[str, Promise] = {
    "flagged": _("Flagged"),
    "removed": _("Removed by the machine"),
    "overturned": _("Removed, and put back"),
    "missed": _("Missed violations"),
    "complaints": _("Complaints"),
    "slower": _("Time to score an image"),
    "failures": _("Failures to score"),
}
COUNTED: dict[str, Promise] = {
    "posts": _("Posts"),
    "units": _("Posters or images, counted each day"),
    "flagged": _("Flagged"),
    "removed": _("Removed by the machine"),
    "overturned": _("Removed, and put back"),
    "views": _("Views"),
    "complaints": _("Complaints"),
    "images": _("Images scored"),
    "speed": _("Milliseconds to score an image"),
}


@dataclass(frozen=True)
class Told:
    """An event, and its numbers in a sentence ("" where there are none)."""

    event: RolloutEvent
    what: str


@dataclass(frozen=True)
class Kept:
    """One metric of a validation: what was measured, what was promised."""

    title: str
    measured: Reading | None
    promised: Reading | None
    is_below: bool


@dataclass(frozen=True)
class Validated:
    validation: Validation
    metrics: list[Kept]


def times(ratio: float) -> str:
    """A ratio as people say it: "2 times", "0.84 times"."""
    return gettext("%(number)s times") % {"number": _ratio(ratio)}


def _ratio(value: float) -> str:
    return number_format(value, 0 if value >= 10 else 1 if value >= 2 and value * 10 % 10 else 2 if value % 1 else 0)


def possible(bounds: Bounds) -> str:
    """What a ratio can still be, in words."""
    if bounds.low is None and bounds.high is None:
        return gettext("anything is possible yet")
    if bounds.high is None:
        return gettext("at least %(low)s times") % {"low": _ratio(bounds.low or 0.0)}
    if bounds.low is None:
        return gettext("at most %(high)s times") % {"high": _ratio(bounds.high)}
    return gettext("%(low)s to %(high)s times") % {"low": _ratio(bounds.low), "high": _ratio(bounds.high)}


def stakes(power: float) -> str:
    return go_no_go_wording.stakes(power)


def told(event: RolloutEvent) -> Told:
    """Say the numbers of an event."""
    detail = event.detail
    if event.kind == RolloutEventKind.SHARE_CHANGED:
        said = gettext("From %(before)s to %(after)s.") % {
            "before": go_no_go_wording.share(detail["from"]),
            "after": go_no_go_wording.share(detail["to"]),
        }
    elif event.kind == RolloutEventKind.BREACHED:
        said = breach(detail)
    elif event.kind == RolloutEventKind.STARTED:
        said = gettext("With %(share)s of the posts.") % {"share": go_no_go_wording.share(detail["share"])}
    else:
        said = ""
    return Told(event, said)


def breach(detail: dict[str, Any]) -> str:
    """Say in a sentence which guardrail was reached, and by what."""
    key = detail["guardrail"]
    title = str(RAILS[key])
    if key == "failures":
        return gettext("%(title)s: %(seen)s batches; the limit is %(limit)s.") % {
            "title": title, "seen": number_format(detail["seen"], 0), "limit": number_format(detail["limit"], 0),
        }  # fmt: skip
    seen = detail["seen"] if key == "slower" else detail["low"]
    # Bounds of both sides are wider than what a guardrail bets on, so theirs may not have reached the limit yet.
    if seen is None or seen < detail["limit"]:
        return gettext("%(title)s: more than %(limit)s the champion's, which is the limit.") % {
            "title": title, "limit": times(detail["limit"]),
        }  # fmt: skip
    return gettext("%(title)s: at least %(seen)s the champion's; the limit is %(limit)s.") % {
        "title": title, "seen": times(seen), "limit": times(detail["limit"]),
    }  # fmt: skip


def of_alert(alert: ModelAlert) -> dict[str, Any]:
    """Say what an alert is about: {"what", "why"}, two sentences."""
    if alert.rollout is not None:
        what = gettext("A guardrail stopped the rollout of %(version)s.") % {"version": alert.rollout.challenger}
        return {"what": what, "why": breach(alert.detail)}
    if alert.finding is not None:
        return watch_wording.of_finding(alert.finding)
    validation = alert.validation
    assert validation is not None  # noqa: S101 - the constraint says that one of the three is there.
    what = gettext("%(version)s is clearly below what its evaluation promised.") % {"version": validation.model_version}
    why = "; ".join(_below(one) for one in validated(validation).metrics if one.is_below)
    return {"what": what, "why": f"{why}."}


def _below(one: Kept) -> str:
    high = one.measured.high if one.measured else None
    low = one.promised.low if one.promised else None
    return gettext("%(title)s: at most %(high)s %%, promised at least %(low)s %%") % {
        "title": one.title, "high": high, "low": low,
    }  # fmt: skip


def validated(validation: Validation) -> Validated:
    """Say a validation's intervals beside those that were promised."""
    return Validated(validation, [_kept(validation, key) for key in promises.METRICS])


def _kept(validation: Validation, key: str) -> Kept:
    return Kept(
        title=str(METRIC[key].title),
        measured=_reading(validation.measured.get(key), key),
        promised=_reading(validation.promised.get(key), key),
        is_below=key in validation.below,
    )


def _reading(stored: dict[str, Any] | None, key: str) -> Reading | None:
    if not stored or stored.get("low") is None or stored.get("high") is None:
        return None
    interval = Interval(
        stored.get("estimate"),
        stored["low"],
        stored["high"],
        finds=stored.get("finds", 0),
        looks=stored.get("looks", 0),
        enough=stored.get("enough", True),
        effective_finds=None,
    )
    return readings.reading(interval, METRIC[key].unit)
