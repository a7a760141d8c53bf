"""This will name every metric that is measured: its key, its title, its unit, and which way is better."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Unit(StrEnum):
    """How a number is to be read: a share in [0, 1], so many per 1,000, hours, money, or a plain number."""

    SHARE = "share"
    PER_THOUSAND = "per_thousand"
    HOURS = "hours"
    MONEY = "money"
    NUMBER = "number"


@dataclass(frozen=True)
class Metric:
    """One metric; ``explained`` completes "The …" in plain words. ``more_is_better`` is None where neither is."""

    key: str
    title: Promise
    explained: Promise
    unit: Unit
    more_is_better: bool | None


METRICS = (
    Metric(
        "takedown_precision",
        _("Takedown precision"),
        _("Of what the machine removed, or would have removed, the share that violates"),
        Unit.SHARE,
        True,
    ),
    Metric(
        "flag_precision", _("Flag precision"), _("Of everything flagged, the share that violates"), Unit.SHARE, True
    ),
    Metric(
        "machine_recall",
        _("Machine recall"),
        _("Of all violations, the share the machine flagged"),
        Unit.SHARE,
        True,
    ),
    Metric(
        "system_recall",
        _("System recall"),
        _("Of all violations, the share unpublished within 24 hours of posting, by anybody"),
        Unit.SHARE,
        True,
    ),
    Metric("f1", _("F1"), _("One number for flag precision and machine recall together"), Unit.SHARE, True),
    Metric("accuracy", _("Accuracy"), _("Of all posts, the share the machine judged rightly"), Unit.SHARE, True),
    Metric("prevalence", _("Prevalence"), _("Of all posts, the share that violates"), Unit.SHARE, None),
    Metric(
        "missed_per_thousand",
        _("Missed violations per 1,000 posts"),
        _("Violations that passed unflagged"),
        Unit.PER_THOUSAND,
        False,
    ),
    Metric(
        "violating_view_rate",
        _("Violating-view rate"),
        _("Of all views, the share that fell on violations"),
        Unit.SHARE,
        False,
    ),
    Metric(
        "views_before_takedown",
        _("Violating views before takedown"),
        _("Views of violations that were flagged, or asked about, before they were unpublished"),
        Unit.NUMBER,
        False,
    ),
    Metric(
        "views_of_missed",
        _("Views of missed violations"),
        _("Views of violations that were let pass, which nobody was asked about"),
        Unit.NUMBER,
        False,
    ),
    Metric(
        "complaints_per_thousand_views",
        _("Complaints per 1,000 views"),
        _("Complaints of viewers, whether they were right or not"),
        Unit.PER_THOUSAND,
        False,
    ),
    Metric(
        "hours_to_action",
        _("Time to action"),
        _("Hours from posting to takedown of half of the violations taken down"),
        Unit.HOURS,
        False,
    ),
    Metric(
        "overturned_share",
        _("Overturned removals"),
        _("Of all removals, the share that was put back"),
        Unit.SHARE,
        False,
    ),
    Metric(
        "cost_per_thousand_posts",
        _("Cost per 1,000 posts"),
        _("Wages, computing and storage"),
        Unit.MONEY,
        False,
    ),
)
METRIC = {metric.key: metric for metric in METRICS}
HEADLINES = (
    "takedown_precision",
    "machine_recall",
    "violating_view_rate",
    "complaints_per_thousand_views",
    "hours_to_action",
    "cost_per_thousand_posts",
)
