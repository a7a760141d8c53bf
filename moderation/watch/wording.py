"""This will put into words what the watch found, in the reader's language."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_registry.drift import bins
from models_registry.drift.measures import FEWEST, Difference
from models_registry.models import LabelSchema
from moderation.models import WatchFinding
from moderation.watch import judging

TITLES: dict[str, Promise] = {
    "brightness": gettext_lazy("Brightness"),
    "size": gettext_lazy("Size"),
    "shape": gettext_lazy("Shape"),
    judging.EMBEDDING: gettext_lazy("What the network sees"),
    f"{bins.SCORES}{bins.ANY}": gettext_lazy("Highest score"),
    judging.ABOVE: gettext_lazy("Posts above the operating point"),
    judging.SKEW: gettext_lazy("Served otherwise than trained"),
}
ABOUT: dict[str, Promise] = {
    "brightness": gettext_lazy("mean luminance of the image"),
    "size": gettext_lazy("number of pixels"),
    "shape": gettext_lazy("width by height"),
    judging.EMBEDDING: gettext_lazy(
        "embeddings of a sample of the day, along the directions in which the reference varies most"
    ),
    f"{bins.SCORES}{bins.ANY}": gettext_lazy("the highest score of any class"),
    judging.ABOVE: gettext_lazy(
        "share of posts whose highest score reaches the threshold that the version was measured at"
    ),
}
_INDEX, _H, _DISTANCE = gettext_lazy("stability index"), gettext_lazy("Cohen’s h"), gettext_lazy("standard deviations")


def title(key: str, schema: LabelSchema) -> str:
    """Name a quantity; a class by its name."""
    if key in TITLES:
        return str(TITLES[key])
    names = {one["key"]: one["name"] for one in schema.classes}
    wanted = key.removeprefix(bins.SCORES)
    return _("Score: %(name)s") % {"name": names.get(wanted, wanted)}


def about(key: str) -> str:
    """Say in a few words what a quantity is."""
    return str(ABOUT.get(key, "")) or _("the score of this class")


def measure(key: str) -> str:
    """Name the measure in which a quantity's distance is told."""
    return str({judging.EMBEDDING: _DISTANCE, judging.ABOVE: _H}.get(key, _INDEX))


def distance(value: float) -> str:
    return number_format(value, 2)


def percent(share: float) -> str:
    """A share with two digits that tell something, and at most four behind the point: most scores are tiny."""
    value = 100 * share
    digits = 0 if value >= 10 or value <= 0 else min(4, 1 - math.floor(math.log10(value)))
    return f"{number_format(value, digits)} %"


def amount(key: str, value: float) -> str:
    """A value of a quantity as people say it."""
    if key == "size":
        million = value / 1e6
        return _("%(number)s megapixels") % {"number": number_format(million, 1 if million >= 1 else 2)}
    if key == "shape":
        return number_format(value, 2)
    return percent(value)


def sentence(key: str, found: Difference | None, *, now: str, before: str) -> str:
    """Say how a day compares; ``now`` and ``before`` are the middle values, "" where there is no such thing."""
    if found is None:
        return _("Not enough to tell: %(least)s are needed on both sides.") % {"least": FEWEST}
    middle = _("Half are above %(now)s; of the reference, above %(before)s.") % {"now": now, "before": before}
    if key == judging.ABOVE:
        middle = _("%(now)s of the posts; of the reference, %(before)s.") % {"now": now, "before": before}
    return f"{_verdict(found)} {middle if now else ''}".strip()


def _verdict(found: Difference) -> str:
    if found.is_beyond:
        return _("Changed.")
    if found.value > found.noise:
        return _("Changed a little, too little to matter.")
    return _("No more than chance.")


def counted(key: str, found: Difference) -> str:
    """Say a distance and its bound: "stability index 0.31, limit 0.25"."""
    return _("%(measure)s %(value)s, limit %(bound)s") % {
        "measure": measure(key), "value": distance(found.value), "bound": distance(found.bound),
    }  # fmt: skip


def of_finding(finding: WatchFinding) -> dict[str, str]:
    """Say what an alert of the watch is about: {"what", "why"}, two sentences."""
    keys = [one["key"] for one in finding.quantities]
    version = finding.model_version
    if judging.SKEW in keys:
        what = _("%(version)s is served otherwise than it was trained.") % {"version": version}
    elif any(not key.startswith(bins.SCORES) and key != judging.ABOVE for key in keys):
        what = _("%(version)s meets other images than those it was measured by.") % {"version": version}
    else:
        what = _("%(version)s answers otherwise than when it was measured.") % {"version": version}
    return {"what": what, "why": _why(finding)}


def _why(finding: WatchFinding) -> str:
    day = date_format(finding.day, "MONTH_DAY_FORMAT")
    return f"{day}: {'; '.join(_numbers(finding.quantities, finding.model_version.schema))}."


def _numbers(quantities: Sequence[Mapping[str, Any]], schema: LabelSchema) -> list[str]:
    return [_number(one, schema) for one in quantities]


def _number(one: Mapping[str, Any], schema: LabelSchema) -> str:
    if one["key"] == judging.SKEW:
        return _("%(share)s of the images compared differ, by up to %(largest)s") % {
            "share": percent(one["value"]), "largest": number_format(one["largest"], 3),
        }  # fmt: skip
    return _("%(title)s: %(measure)s %(value)s, limit %(bound)s") % {
        "title": title(one["key"], schema),
        "measure": measure(one["key"]),
        "value": distance(one["value"]),
        "bound": distance(one["bound"]),
    }
