"""This will show the playground: what versions say of a picture, side by side, with what the policy makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from annotation import playground
from annotation.models import PlaygroundImage, PlaygroundScore
from annotation.views.playground_api import PLAYERS
from config.accounts.models import Role
from config.accounts.rules import here, page
from models_registry.deployment import champion_of
from models_registry.models import ModelVersion
from models_registry.registry import current_schema
from moderation import policies, policy
from moderation.models import Outcome, PolicyVersion
from moderation.views.history import versions_of

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)
SHOWN = 24
_TONES = {Outcome.REMOVE: "badge-bad", Outcome.REVIEW: "badge-warn", Outcome.PASS: "badge-good"}


@dataclass(frozen=True)
class Mark:
    """A threshold on a bar of 100."""

    at: float
    name: str


@dataclass(frozen=True)
class Bar:
    """A class's score, on a bar of 100; ``marks`` are where the policy changes its mind."""

    name: str
    percent: float
    is_flagged: bool
    marks: list[Mark]


@dataclass(frozen=True)
class Said:
    """What one version said of a picture; ``verdict`` and ``tone`` are empty where the policy has no thresholds."""

    version: ModelVersion
    is_champion: bool
    is_waiting: bool
    failure: str
    verdict: str
    tone: str
    bars: list[Bar]


@dataclass(frozen=True)
class Thumb:
    """A picture of the history; ``top`` is the highest score that its newest version gave, as a Bar."""

    item: playground.Item
    name: str
    thumbnail: str
    top: Bar | None
    version: str
    n_scores: int


@dataclass(frozen=True)
class Reader:
    """What turns scores into what is shown: class names, the policy in force, each version's thresholds."""

    names: Mapping[str, str]
    in_force: PolicyVersion | None
    champion: ModelVersion | None

    def said(self, one: PlaygroundScore) -> Said:
        limits = self._limits(one.model_version)
        scores = one.scores or {}
        verdict = self._verdict(limits, scores) if one.scores else ""
        return Said(
            version=one.model_version,
            is_champion=one.model_version == self.champion,
            is_waiting=one.answered_at is None,
            failure=one.failure,
            verdict=str(Outcome(verdict).label) if verdict else "",
            tone=_TONES[Outcome(verdict)] if verdict else "",
            bars=self.bars(scores, limits),
        )

    def bars(self, scores: Mapping[str, float], limits: policy.Thresholds | None) -> list[Bar]:
        """Return a bar for each class, in the order of the schema; classes it no longer has come last."""
        keys = [key for key in self.names if key in scores] + sorted(set(scores) - set(self.names))
        return [_bar(self.names.get(key, key), scores[key], key, limits) for key in keys]

    def _limits(self, version: ModelVersion) -> policy.Thresholds | None:
        if self.in_force is None or not version.evaluations.exists():
            return None
        return policies.limits(self.in_force, version)

    def _verdict(self, limits: policy.Thresholds | None, scores: Mapping[str, float]) -> str:
        if limits is None or self.in_force is None:
            return ""
        return policy.judge("automatic", self.in_force.rules, limits, policy.Evidence(scores)).machine_outcome


def _bar(name: str, score: float, key: str, limits: policy.Thresholds | None) -> Bar:
    found = []
    if limits:
        for least, text in (
            (limits.review, gettext("Review from %s %%")),
            (limits.remove, gettext("Remove from %s %%")),
        ):
            value = least.get(key)
            if value is not None:
                found.append(Mark(round(100 * value, 2), text % f"{100 * value:.0f}"))
    is_flagged = any(100 * score >= mark.at for mark in found)
    return Bar(name, round(100 * score, 2), is_flagged, found)


def _reader(request: HttpRequest) -> Reader:
    project = here(request).project
    try:
        in_force: PolicyVersion | None = policies.in_force(project)
    except policies.NoPolicy:
        in_force = None
    names = {one["key"]: one.get("name", one["key"]) for one in current_schema(project).classes}
    return Reader(names, in_force, champion_of(project))


@require_GET
@page(*READERS)
def show(request: HttpRequest) -> HttpResponse:
    """The stage, the picture that is looked at, and the history."""
    reader = _reader(request)
    context = _history(request, reader) | {
        "versions": list(versions_of(request)[:30]),
        "champion": reader.champion,
        "may_play": bool(here(request).roles & PLAYERS),
        "most_versions": playground.MOST_VERSIONS,
    }
    chosen = request.GET.get("image", "")
    if chosen.isdecimal() and len(chosen) < 19:
        context |= _result(request, int(chosen), reader)
    return render(request, "moderation/playground/page.html", context)


@require_GET
@page(*READERS)
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """What versions said of one picture; asks again by itself while an answer is to come."""
    return render(request, "moderation/playground/_result.html", _result(request, pk, _reader(request)))


@require_GET
@page(*READERS)
def history(request: HttpRequest) -> HttpResponse:
    """The history, or a later page of it."""
    return render(request, "moderation/playground/_history.html", _history(request, _reader(request)))


def _result(request: HttpRequest, pk: int, reader: Reader) -> dict[str, Any]:
    try:
        item = playground.one(here(request).project, here(request).person, pk)
    except PlaygroundImage.DoesNotExist:
        raise Http404("No such picture.") from None
    return {
        "item": item,
        "name": _name(item.image),
        "said": [reader.said(one) for one in item.scores],
        "policy": reader.in_force,
        "may_delete": item.is_mine and bool(here(request).roles & PLAYERS),
    }


def _history(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    place, before = here(request), request.GET.get("before", "")
    found = playground.history(place.project, place.person)
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: SHOWN + 1])
    shown = playground.items(rows[:SHOWN], person=place.person)
    return {
        "thumbs": [_thumb(one, reader) for one in shown],
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
        "is_later": bool(before),
        "is_any_waiting": any(one.is_waiting for one in shown),
        "may_play": bool(place.roles & PLAYERS),
    }


def _thumb(item: playground.Item, reader: Reader) -> Thumb:
    scored = [one for one in item.scores if one.scores]
    newest = scored[-1] if scored else None
    bars = reader.bars(newest.scores or {}, None) if newest else []
    return Thumb(
        item=item,
        name=_name(item.image),
        thumbnail=reverse("playground_picture", args=[item.image.pk, "thumbnail"]) if item.image.is_shown else "",
        top=max(bars, key=lambda bar: bar.percent, default=None),
        version=f"v{newest.model_version.number}" if newest else "",
        n_scores=len(scored),
    )


def _name(image: PlaygroundImage) -> str:
    return image.name or gettext("Drawing %(number)s") % {"number": image.pk}
