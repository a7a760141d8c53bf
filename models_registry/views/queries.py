"""This will read what a list of runs is asked for out of an address, for programs and for the page. No rules here."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from rest_framework import serializers
from rest_framework.pagination import BasePagination

from config.paging import AsOrdered, NewestFirst
from models_registry.listing import SORTS, Deployed, Made, Wanted
from models_registry.listing.wanted import NEWEST
from models_registry.models import GateOutcome, RunStatus
from models_registry.training.configs import FIT, Choice

_BACKBONE = FIT["backbone"]
BACKBONES = _BACKBONE.words if isinstance(_BACKBONE, Choice) else ()
_ORDERS = [f"{sign}{name}" for name in SORTS for sign in ("", "-")]
_LAST_DAY = date(9999, 12, 30)


def _choice(choices: Any, **more: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices, required=False, allow_blank=True, default="", **more)


def _id(**more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=2**63 - 1, **more
    )


def _day(**more: Any) -> serializers.DateField:
    return serializers.DateField(required=False, allow_null=True, default=None, **more)


class RunQuery(serializers.Serializer[Any]):
    """Filters and order of runs and of what they made; days are in UTC, both included."""

    status = _choice(RunStatus.choices)
    detector = _id(help_text="The detector's id.")
    dataset = _id(help_text="The dataset version's id.")
    backbone = _choice(BACKBONES)
    person = _id(help_text="Who requested it.")
    since = _day(help_text="Requested on this day or later.")
    until = _day(help_text="Requested on this day or before.")
    gate = _choice(GateOutcome.choices, help_text="What the gate said last.")
    deployed = _choice(Deployed.choices)
    made = _choice(Made.choices, help_text="Without it, all but the trials of studies.")
    ordering = _choice(_ORDERS)

    def wanted(self) -> Wanted:
        """Return what the address asks for; the serializer is valid."""
        said = self.validated_data
        names = ("status", "detector", "dataset", "backbone", "person", "gate", "deployed", "made")
        return Wanted(
            **{name: said[name] for name in names},
            since=_start(said["since"]),
            until=_start(min(said["until"], _LAST_DAY) + timedelta(days=1)) if said["until"] else None,
            sort=said["ordering"] or NEWEST,
        )


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=UTC) if day else None


class PageQuery(RunQuery):
    """The same, and which page."""

    page = serializers.IntegerField(required=False, default=1, min_value=1, max_value=10**6)


class Filtered:
    """A list of the API that ``RunQuery`` filters and orders; by a number it is paged by page, else by cursor."""

    request: Any
    filter_backends: Sequence[Any] = ()

    def wanted(self) -> Wanted:
        """Return what is asked for. Raises ValidationError."""
        said = RunQuery(data=self.request.query_params)
        said.is_valid(raise_exception=True)
        return said.wanted()

    @cached_property
    def paginator(self) -> BasePagination:
        return AsOrdered() if self.request.GET.get("ordering") else NewestFirst()


MOST_COMPARED = 6


class CompareQuery(serializers.Serializer[Any]):
    """The runs to compare, two to six ids with commas between, and whether all parameters are listed."""

    runs = serializers.RegexField(r"^\d{1,18}(,\d{1,18}){0,20}$")
    all = serializers.BooleanField(required=False, default=False)

    def ids(self) -> list[int]:
        """Return the ids, each once, in the order given."""
        return list(dict.fromkeys(int(one) for one in self.validated_data["runs"].split(",")))
