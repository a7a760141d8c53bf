"""This will name the filters of an address one by one, each with the address without it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_registry.models import ModelVersion
from moderation.indexing import FINE
from moderation.models import Outcome, PostStatus, Publication

NAMES = {
    "q": gettext_lazy("Text"),
    "status": gettext_lazy("Status"),
    "publication": gettext_lazy("Publication"),
    "class": gettext_lazy("Decided"),
    "predicted": gettext_lazy("Predicted"),
    "verdict": gettext_lazy("Verdict"),
    "score": gettext_lazy("Score"),
    "model_version": gettext_lazy("Model version"),
    "poster": gettext_lazy("Poster"),
    "external_id": gettext_lazy("External id"),
    "posted": gettext_lazy("Posted"),
    "received": gettext_lazy("Received"),
}
_WORDS: dict[str, Any] = {"status": PostStatus, "publication": Publication, "verdict": Outcome}
_PLAIN = ("q", "poster", "external_id")
_SCORE = ("score_class", "score_min", "score_max")
_DATES = ("dates", "since", "until")


@dataclass(frozen=True)
class Chip:
    name: str
    value: str
    without: str


def chips(asked: Mapping[str, str], classes: Mapping[str, str], *, versions: Sequence[ModelVersion]) -> list[Chip]:
    """Return one chip for each filter that is set."""
    return [
        Chip(str(NAMES[name]), value, without=_without(asked, fields))
        for name, value, fields in _filters(asked, classes, versions)
    ]


def _filters(
    asked: Mapping[str, str], classes: Mapping[str, str], versions: Sequence[ModelVersion]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for name in _PLAIN:
        if asked.get(name):
            yield name, asked[name], (name,)
    for name, words in _WORDS.items():
        if asked.get(name) in words.values:
            yield name, str(words(asked[name]).label), (name,)
    for name in ("class", "predicted"):
        if key := asked.get(name):
            yield name, _("Fine") if name == "class" and key == FINE else classes.get(key, key), (name,)
    if number := asked.get("model_version"):
        yield "model_version", next((str(one) for one in versions if str(one.pk) == number), number), ("model_version",)
    if any(asked.get(name) for name in _SCORE):
        yield "score", _range_of_score(asked, classes), _SCORE
    if asked.get("since") or asked.get("until"):
        yield asked.get("dates") or "received", _range_of_days(asked), _DATES


def _range_of_score(asked: Mapping[str, str], classes: Mapping[str, str]) -> str:
    key = asked.get("score_class", "")
    facts = {
        "what": classes.get(key, key) or _("Highest"),
        "low": asked.get("score_min") or "0",
        "high": asked.get("score_max") or "100",
    }
    return _("%(what)s %(low)s–%(high)s %%") % facts


def _range_of_days(asked: Mapping[str, str]) -> str:
    since, until = asked.get("since"), asked.get("until")
    if since and until:
        return since if since == until else f"{since} – {until}"
    return _("from %(day)s") % {"day": since} if since else _("until %(day)s") % {"day": until}


def _without(asked: Mapping[str, str], fields: tuple[str, ...]) -> str:
    left = [(key, value) for key, value in asked.items() if value and key not in (*fields, "cursor")]
    return f"?{urlencode(left)}"
