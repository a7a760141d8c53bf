"""This will show the list of posts and the story of one: translate in, one room call, translate out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from annotation import images
from config.accounts import preferences
from config.accounts.rules import here, page
from config.compiled import Compiled, Given
from models_registry.models import ModelVersion
from models_registry.registry import current_schema
from moderation import gold_posts, impressions, search, sight, story, strikes
from moderation.models import DecisionKind, Outcome, Post, PostStatus, Publication
from moderation.moments import Score
from moderation.search import Found
from moderation.sight import ACTORS, SEARCHERS
from moderation.views.chips import chips
from moderation.views.queries import PageQuery, cursor_of, searcher_of
from moderation.wanted import Wanted

GRID, LIST = "grid", "list"
# What an address may carry from a list to a post and back.
KEPT = (*PageQuery().get_fields(), "project")
_VERSIONS = Compiled(
    lambda: (
        ModelVersion.objects.for_member(Given("person"))  # type: ignore[arg-type]
        .filter(detector__project=Given("project"))
        .select_related("detector")
        .order_by("-id")
    )
)


@dataclass(frozen=True)
class Card:
    """A post as the list shows it, ready to be written: a template that asks much thirty times is slow.

    ``badges`` are pairs of a tone and a text; ``top`` is the highest score, where the person may see it.
    """

    post: Post
    address: str
    thumbnail: str
    received: str
    badges: list[tuple[str, str]]
    top: Score | None
    relief: str
    is_hidden: bool


@require_GET
@page(*SEARCHERS)
def posts(request: HttpRequest) -> HttpResponse:
    """The list, or only its results when htmx asks."""
    said = PageQuery(data=request.GET)
    is_whole_page = not request.htmx  # type: ignore[attr-defined]
    names = _names(request)
    context = _common(request) | {"kept": _kept(request), "said": request.GET, "statuses": PostStatus.choices}
    if said.is_valid():
        context |= _results(request, said, names)
    else:
        context |= {"errors": sorted(said.errors), "view": GRID}
    if is_whole_page:
        context |= _choices(request, names)
    template = "moderation/posts.html" if is_whole_page else "moderation/posts/_results.html"
    return render(request, template, context, status=400 if "errors" in context and is_whole_page else 200)


def _results(request: HttpRequest, said: PageQuery, names: dict[str, str]) -> dict[str, Any]:
    asked, wanted, searcher = said.validated_data, said.wanted(), searcher_of(request)
    context = {"view": asked["view"] or GRID, "is_filtered": not wanted.is_empty}
    context["chips"] = chips(request.GET, names, versions=_versions(request) if wanted.model_version else [])
    try:
        found = search.page(searcher, wanted, cursor=cursor_of(asked["cursor"]))
    except search.NotForThem:
        return context | {"not_for_them": True}
    kept = _kept(request)
    around = (reverse("posts"), f"/?{kept}" if kept else "/")
    relief = preferences.to_json(preferences.of(here(request).person))["wellness"]
    return context | {
        "page": found,
        "cards": [_card(one, names, relief, around=around) for one in found.found],
        "newer": _address(request, cursor=found.newer),
        "older": _address(request, cursor=found.older),
        "count": found.count if found.is_all else _rounded(found.count),
        "here_on": bool(asked["cursor"]),
    }


def _rounded(count: int | None) -> int | None:
    """Return a lower bound that is easy to read: 1,000, 100, 30."""
    return next((step for step in (1000, 500, 200, 100, 50) if count and count >= step), count)


def _card(found: Found, names: Mapping[str, str], relief: Mapping[str, Any], *, around: tuple[str, str]) -> Card:
    """``around`` is what an address of a post has before and after its number."""
    post, verdict, decision = found.post, found.verdict, found.decision
    scores = story.scores_of(verdict.scores, names, flagged=verdict.classes) if verdict else []
    seen = {*(decision.classes if decision else ()), *(verdict.classes if verdict else ())}
    return Card(
        post=post,
        address=f"{around[0]}{post.pk}{around[1]}",
        thumbnail=images.url(post.image, "thumbnail") if post.image.thumbnail else "",
        received=post.received_at.isoformat(),
        badges=list(_badges(found, names)),
        top=scores[0] if scores else None,
        relief=" ".join(f"relief-{kind}" for kind, when in relief.items() if _applies(when, seen)),
        is_hidden=found.is_hidden,
    )


_TONES = {PostStatus.FAILED: "badge-warn", PostStatus.IN_REVIEW: "badge-accent"}


def _badges(found: Found, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what a post is now; a decided one by what was decided."""
    post, decision = found.post, found.decision
    unpublished = ("badge-bad", str(Publication.UNPUBLISHED.label))
    if found.is_hidden:
        yield "badge-accent", gettext("Being asked about")
    elif post.status == PostStatus.DECIDED and decision and decision.kind == DecisionKind.KEEP:
        yield "badge-good", gettext("Kept")
    elif post.status == PostStatus.DECIDED:
        classes = ", ".join(names.get(key, key) for key in (decision.classes if decision else ()))
        yield ("badge-bad", classes) if classes else unpublished
    else:
        status = PostStatus(post.status)
        yield _TONES.get(status, ""), str(status.label)
        if post.publication == Publication.UNPUBLISHED and status != PostStatus.WITHDRAWN:
            yield unpublished


def _applies(when: Any, classes: set[str]) -> bool:
    """Tell whether a relief is wanted for an image of these classes; ``when`` is a word or some class keys."""
    return bool(classes & set(when)) if isinstance(when, list) else when == preferences.ALWAYS


def _names(request: HttpRequest) -> dict[str, str]:
    schema = current_schema(here(request).project)
    return {one["key"]: one.get("name", one["key"]) for one in schema.classes}


def _versions(request: HttpRequest) -> list[ModelVersion]:
    return _VERSIONS.all(person=here(request).person.pk, project=here(request).project.pk)


def _common(request: HttpRequest) -> dict[str, Any]:
    roles = here(request).roles
    return {"sees_all": sight.of_roles(roles).is_whole, "may_act": bool(roles & ACTORS)}


def _choices(request: HttpRequest, names: dict[str, str]) -> dict[str, Any]:
    return {
        "classes": names,
        "publications": Publication.choices,
        "verdicts": Outcome.choices,
        "versions": _versions(request) if sight.of_roles(here(request).roles).is_whole else [],
    }


def _kept(request: HttpRequest) -> str:
    """Return the filters of this address, without the place in the list."""
    return urlencode([(key, value) for key, value in request.GET.items() if key in KEPT and key != "cursor" and value])


def _address(request: HttpRequest, *, cursor: Any) -> str:
    return "" if cursor is None else f"?{'&'.join(filter(None, [_kept(request), urlencode({'cursor': cursor})]))}"


@require_GET
@page(*SEARCHERS)
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post and everything that happened to it; the address carries the list it was found in."""
    place = here(request)
    mine = Post.objects.for_member(place.person).filter(project=place.project)
    one = get_object_or_404(mine.select_related("image", "client", "project"), pk=pk)
    seen = sight.of_roles(place.roles)
    moments = story.tell(one, sight=seen)
    is_oldest_first = request.GET.get("order") == "oldest"
    newer, older = _neighbors(request, one)
    is_hidden = bool(seen.hidden([one.image_id]))
    context = _common(request) | {
        "post": one,
        "moments": moments if is_oldest_first else moments[::-1],
        "is_oldest_first": is_oldest_first,
        "is_hidden": is_hidden,
        # Views that stop would tell that a post was taken down, and strikes what its poster is like.
        "seen": None if is_hidden else impressions.seen(one),
        "strikes": [] if is_hidden else strikes.standing(one, sight=seen, now=timezone.now()),
        "gold": gold_posts.standing(one) if place.roles & ACTORS else None,
        "attributes": sorted(one.attributes.items()),
        "kept": _kept(request),
        "newer": newer,
        "older": older,
        "view_url": images.url(one.image, "view") if one.image.view else "",
        "full_url": images.url(one.image, "full"),
    }
    return render(request, "moderation/post.html", context)


def _neighbors(request: HttpRequest, one: Post) -> tuple[int | None, int | None]:
    said = PageQuery(data=request.GET)
    if not said.is_valid():
        raise Http404("The address names a list that cannot be.")
    try:
        return search.neighbors(searcher_of(request), said.wanted(), one)
    except search.NotForThem:
        return search.neighbors(searcher_of(request), Wanted(), one)
