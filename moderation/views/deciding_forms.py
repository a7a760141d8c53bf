"""This will read what managers fill in about criteria and decisions. No rules live here, only types and units."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.go_no_go.criteria import Span, Target
from moderation.go_no_go.deciding import Wish
from moderation.measurement.catalog import METRIC, METRICS, Metric, Unit
from moderation.models import CriteriaVersion, Direction, Guarded, PeriodOutcome

# Criteria may be set for every metric that has a better side.
TARGETS = tuple(one for one in METRICS if one.more_is_better is not None)
_DATE = forms.DateInput(attrs={"type": "date", "class": "form-control"})


def _number(*, most: float | None = None) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"class": "form-control number", "step": "any", "min": 0, "max": most})
    return forms.FloatField(min_value=0, max_value=most, required=False, widget=widget)


class CriteriaForm(forms.Form):
    """Criteria for the future: a target for each metric that is to count, in percent where it is a share."""

    first = forms.DateField(widget=_DATE)
    days = forms.IntegerField(
        min_value=1, max_value=366, required=False, widget=forms.NumberInput(attrs={"class": "form-control number"})
    )
    last = forms.DateField(widget=_DATE, required=False)
    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for metric in TARGETS:
            self.fields[f"target_{metric.key}"] = _number(most=100 if metric.unit == Unit.SHARE else None)
        for guarded in Guarded:
            self.fields[f"limit_{guarded.value}"] = _number(most=100)

    @property
    def target_rows(self) -> list[tuple[Metric, Direction, forms.BoundField]]:
        return [(one, _direction(one), self[f"target_{one.key}"]) for one in TARGETS]

    @property
    def limit_rows(self) -> list[tuple[Guarded, forms.BoundField]]:
        return [(one, self[f"limit_{one.value}"]) for one in Guarded]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("days")) == bool(cleaned.get("last")):
            self.add_error("days", str(_("Give either a number of days or the last day.")))
        return cleaned

    def span(self) -> Span:
        return Span(self.cleaned_data["first"], last=self.cleaned_data["last"], days=self.cleaned_data["days"])

    def targets(self) -> list[Target]:
        given = [(one, self.cleaned_data.get(f"target_{one.key}")) for one in TARGETS]
        return [
            Target(one.key, _direction(one), value / 100 if one.unit == Unit.SHARE else value)
            for one, value in given
            if value is not None
        ]

    def limits(self) -> dict[Guarded, float]:
        given = {one: self.cleaned_data.get(f"limit_{one.value}") for one in Guarded}
        return {one: value / 100 for one, value in given.items() if value is not None}


def beginning(version: CriteriaVersion | None, limits: dict[str, float], *, today: date) -> dict[str, Any]:
    """Return what the form shows at first: from tomorrow on, four weeks at a time, targets and guard as they are."""
    shown = {f"limit_{guarded}": _percent(limit) for guarded, limit in limits.items()}
    for one in version.criteria.all() if version else ():
        is_share = METRIC[one.metric].unit == Unit.SHARE
        shown[f"target_{one.metric}"] = _percent(one.target) if is_share else one.target
    return {"first": today + timedelta(days=1), "days": 28, **shown}


def _percent(share: float) -> float:
    found = round(100 * share, 2)
    return int(found) if found == int(found) else found


def _direction(metric: Metric) -> Direction:
    return Direction.AT_LEAST if metric.more_is_better else Direction.AT_MOST


class DecisionForm(forms.Form):
    """A decision about the period that is shown; ``after`` and ``saw`` say what the manager had before their eyes."""

    judge = forms.CharField(widget=forms.HiddenInput)
    after = forms.IntegerField(widget=forms.HiddenInput)
    saw = forms.CharField(widget=forms.HiddenInput, max_length=20)
    outcome = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (PeriodOutcome.GO, PeriodOutcome.NO_GO, PeriodOutcome.EXTEND)],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}))
    plan = forms.CharField(
        max_length=10000, required=False, widget=forms.Textarea(attrs={"class": "form-control", "rows": 3})
    )
    until = forms.DateField(widget=_DATE, required=False)
    accepts_open = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        outcome = cleaned.get("outcome")
        if outcome == PeriodOutcome.GO and not (cleaned.get("plan") or "").strip():
            self.add_error("plan", str(_("A go needs a plan of what will be improved.")))
        if outcome == PeriodOutcome.EXTEND and not cleaned.get("until"):
            self.add_error("until", str(_("Say until which day the period is extended.")))
        return cleaned

    def wish(self) -> Wish:
        given = self.cleaned_data
        outcome = PeriodOutcome(given["outcome"])
        return Wish(
            outcome=outcome,
            reason=given["reason"],
            after=given["after"],
            saw=given["saw"],
            plan=given["plan"] if outcome == PeriodOutcome.GO else "",
            until=given["until"] if outcome == PeriodOutcome.EXTEND else None,
            accepts_open=given["accepts_open"],
        )
