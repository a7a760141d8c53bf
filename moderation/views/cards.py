"""This will turn found posts into the cards and rows of a list: every text, number and address ready to be written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from annotation import images
from config.accounts import preferences
from moderation import story
from moderation.models import Decision, DecisionKind, PostStatus, Publication, Verdict
from moderation.moments import Score
from moderation.search import Found

_TONES = {PostStatus.FAILED: "badge-warn", PostStatus.IN_REVIEW: "badge-accent"}


class Card(TypedDict):
    """A post as a list shows it; ``title`` may be empty, ``name`` is what to call it all the same.

    ``badges`` are pairs of a tone and a text; ``top`` is the highest score, where the person may see it. ``received``
    is for machines, ``moment`` for people. It is a mapping, for a template finds keys several times as fast as
    attributes, and no text in it is marked as safe.
    """

    id: str
    address: str
    thumbnail: str
    external_id: str
    title: str
    name: str
    poster: str
    received: str
    moment: str
    badges: list[tuple[str, str]]
    top: Score | None
    relief: str
    is_hidden: bool


@dataclass(frozen=True)
class Style:
    """What is the same for every card of a list.

    ``names`` are those of classes by their keys, ``relief`` is when which relief applies, ``kept`` is what addresses
    of posts carry on, and ``moment`` names the format of times, one without seconds.
    """

    names: Mapping[str, str]
    relief: Mapping[str, Any]
    kept: str
    moment: str


def cards(found: Sequence[Found], style: Style) -> list[Card]:
    """Return one card for each post, in order."""
    # Reversing an address takes as long as half a card, so both are reversed once.
    posts, kept = reverse("posts"), f"?{style.kept}" if style.kept else ""
    thumbnails = images.urls((one.post.image for one in found), "thumbnail")
    moments = _moments(found, style)
    return [
        _card(one, style, address=f"{posts}{one.post.pk}/{kept}", thumbnail=thumbnail, moment=moment)
        for one, thumbnail, moment in zip(found, thumbnails, moments, strict=True)
    ]


def _card(found: Found, style: Style, *, address: str, thumbnail: str, moment: str) -> Card:
    post, verdict, decision = found.post, found.verdict, found.decision
    return {
        "id": str(post.pk),
        "address": address,
        "thumbnail": thumbnail if post.image.thumbnail else "",
        "external_id": post.external_id,
        "title": post.title,
        "name": post.title or post.external_id,
        "poster": post.poster,
        "received": post.received_at.isoformat(),
        "moment": moment,
        "badges": list(_badges(found, style.names)),
        "top": story.top_score(verdict.scores, style.names, flagged=verdict.classes) if verdict else None,
        "relief": preferences.reliefs(style.relief, _classes(verdict, decision)),
        "is_hidden": found.is_hidden,
    }


def _moments(found: Sequence[Found], style: Style) -> Iterator[str]:
    """Yield when each post came, to the minute. Posts of one minute stand together, and it is written once."""
    written: dict[datetime, str] = {}
    for one in found:
        minute = one.post.received_at.replace(second=0, microsecond=0)
        if minute not in written:
            written[minute] = date_format(timezone.localtime(minute), style.moment)
        yield written[minute]


def _badges(found: Found, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what a post is now; a decided one by what was decided."""
    post, decision = found.post, found.decision
    if found.is_hidden:
        yield "badge-accent", gettext("Being asked about")
    elif post.status == PostStatus.DECIDED and decision and decision.kind == DecisionKind.KEEP:
        yield "badge-good", gettext("Kept")
    elif post.status == PostStatus.DECIDED:
        classes = ", ".join(names.get(key, key) for key in (decision.classes if decision else ()))
        yield "badge-bad", classes or str(Publication.UNPUBLISHED.label)
    else:
        status = PostStatus(post.status)
        yield _TONES.get(status, ""), str(status.label)
        if post.publication == Publication.UNPUBLISHED and status != PostStatus.WITHDRAWN:
            yield "badge-bad", str(Publication.UNPUBLISHED.label)


def _classes(*said: Verdict | Decision | None) -> Iterator[str]:
    """Yield the classes that machine and people saw in an image."""
    return (key for one in said if one for key in one.classes)
