"""This will read the galleries: flips of a kind, the farthest moved first, each with its post as it is now."""

from dataclasses import dataclass

from django.db.models import Q

from annotation.models import Rescoring
from moderation import indexing
from moderation.models import Flip, FlipComparison, FlipKind
from moderation.search import Found

PAGE = 30
_APART = ":"


class BadPlace(ValueError):
    """This service did not make this place in a gallery."""


@dataclass(frozen=True)
class Shown:
    """A page of a gallery; ``found`` are the flips' posts, in their order. ``after`` and ``before`` are where it goes
    on, None at its ends."""

    flips: list[Flip]
    found: list[Found]
    after: str | None
    before: str | None


def latest(rescoring: Rescoring) -> FlipComparison | None:
    """Return the newest comparison of a re-scoring."""
    found = FlipComparison.objects.filter(rescoring=rescoring).order_by("-id")
    return found.select_related("policy_version", "champion__detector", "project").first()


def page(comparison: FlipComparison, kind: FlipKind, *, place: str = "", size: int = PAGE) -> Shown:
    """Return flips from a place on, ``place`` being an ``after`` or ``before`` of another page. Raises BadPlace.

    For people who see everything of a post: a flip says what the machine says.
    """
    is_back, at = _read(place)
    flips = comparison.flips.filter(kind=kind).select_related("post__image")
    order = ("moved", "id") if is_back else ("-moved", "-id")
    if at is not None:
        way = "gt" if is_back else "lt"
        moved, pk = at
        flips = flips.filter(Q(**{f"moved__{way}": moved}) | Q(**{"moved": moved, f"id__{way}": pk}))
    rows = list(flips.order_by(*order)[: size + 1])
    is_more, rows = len(rows) > size, rows[:size]
    if is_back and not is_more:
        return page(comparison, kind, size=size)
    rows = rows[::-1] if is_back else rows
    return Shown(
        flips=rows,
        found=_found(rows),
        after=_place("a", rows[-1]) if rows and (is_more or is_back) else None,
        before=_place("b", rows[0]) if rows and place else None,
    )


def _found(flips: list[Flip]) -> list[Found]:
    posts = [one.post for one in flips]
    verdicts, decisions = indexing.last_verdicts(posts), indexing.last_decisions(posts)
    return [Found(post, verdicts.get(post.pk), decisions.get(post.pk), is_hidden=False) for post in posts]


def _place(way: str, flip: Flip) -> str:
    return _APART.join((way, flip.moved.hex(), str(flip.pk)))


def _read(place: str) -> tuple[bool, tuple[float, int] | None]:
    if not place:
        return False, None
    try:
        way, moved, pk = place.split(_APART)
        at = float.fromhex(moved), int(pk)
    except (ValueError, OverflowError) as error:
        raise BadPlace(place) from error
    if way not in {"a", "b"} or not -1 <= at[0] <= 1 or not 0 < at[1] < 2**63:
        raise BadPlace(place)
    return way == "b", at
