"""This will read what a search asks for out of an address: for programs and for the page. No rules live here."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import Http404
from rest_framework import serializers

from config.accounts.keys import ClientUser
from config.accounts.rules import client_of, here
from moderation import sight
from moderation.conditions import Searcher
from moderation.models import Outcome, PostStatus, Publication
from moderation.wanted import BadCursor, Cursor, Wanted

LAST_DAY = date(9999, 12, 30)
_MOST_ID = 2**31 - 1


def searcher_of(request: Any) -> Searcher:
    """Return who looks, and where: a client among its own posts, a person in the project they work in."""
    if isinstance(request.user, ClientUser):
        client = client_of(request)
        return Searcher(client.project, client=client)
    place = here(request)
    return Searcher(place.project, sight=sight.of_roles(place.roles))


def cursor_of(text: str) -> Cursor | None:
    """Return the place that an address names; raises Http404 for a cursor that this service did not make."""
    try:
        return Cursor.read(text) if text else None
    except BadCursor as error:
        raise Http404("This service did not make this cursor.") from error


def _text(most: int = 50) -> serializers.CharField:
    return serializers.CharField(max_length=most, required=False, allow_blank=True, default="")


class _Query(serializers.Serializer[Any]):
    """What page and API have in common; ``class`` is a Python keyword that a class body cannot spell."""

    q = _text(200)
    status = serializers.ChoiceField(PostStatus.choices, required=False, allow_blank=True, default="")
    publication = serializers.ChoiceField(Publication.choices, required=False, allow_blank=True, default="")
    predicted = _text()
    verdict = serializers.ChoiceField(Outcome.choices, required=False, allow_blank=True, default="")
    poster = _text(200)
    external_id = _text(200)
    score_class = _text()
    model_version = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=_MOST_ID
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "class": _text()}

    def _common(self) -> dict[str, Any]:
        said = self.validated_data
        same = ("status", "publication", "predicted", "verdict", "poster", "external_id", "score_class")
        return {name: said[name] for name in same} | {
            "text": said["q"],
            "decided": said["class"],
            "model_version": said["model_version"],
        }


def _share() -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=3, decimal_places=2, min_value=0, max_value=1, required=False, allow_null=True, default=None
    )


def _time() -> serializers.DateTimeField:
    return serializers.DateTimeField(required=False, allow_null=True, default=None)


class PostQuery(_Query):
    """The filters of ``GET /api/v1/posts/``. Scores in [0, 1] in hundredths, ``score_max`` not included."""

    score_min = _share()
    score_max = _share()
    received_after = _time()
    received_before = _time()
    posted_after = _time()
    posted_before = _time()
    page_size = serializers.IntegerField(required=False, default=50, min_value=1, max_value=200)
    cursor = _text(1000)

    def wanted(self) -> Wanted:
        said = self.validated_data
        times = ("received_after", "received_before", "posted_after", "posted_before")
        return Wanted(
            **self._common(),
            **{name: said[name] for name in times},
            score_low=_percent(said["score_min"]),
            score_high=_percent(said["score_max"]),
        )


def _percent(share: Any) -> int | None:
    return None if share is None else int(share * 100)


def _whole_percent() -> serializers.IntegerField:
    return serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=100)


def _day() -> serializers.DateField:
    return serializers.DateField(required=False, allow_null=True, default=None)


class PageQuery(_Query):
    """The filters of the page: scores in percent, days in UTC and both included, of posting or of receiving."""

    score_min = _whole_percent()
    score_max = _whole_percent()
    dates = serializers.ChoiceField(["received", "posted"], required=False, allow_blank=True, default="")
    since = _day()
    until = _day()
    view = serializers.ChoiceField(["grid", "list"], required=False, allow_blank=True, default="")
    cursor = _text(1000)

    def wanted(self) -> Wanted:
        said = self.validated_data
        which = said["dates"] or "received"
        found: dict[str, Any] = {f"{which}_after": _start(said["since"]), f"{which}_before": _end(said["until"])}
        found |= {"score_low": said["score_min"], "score_high": _above(said["score_max"])}
        return Wanted(**self._common() | found)


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=UTC) if day else None


def _end(day: date | None) -> datetime | None:
    return datetime.combine(min(day, LAST_DAY) + timedelta(days=1), time(), tzinfo=UTC) if day else None


def _above(percent: int | None) -> int | None:
    """Return where a range that includes this percent ends; 99 % and 100 % are one step of the index."""
    return None if percent is None else min(100, percent + 1)
