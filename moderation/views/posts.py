"""This will show the list of posts and the story of one: translate in, one room call, translate out."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from annotation import images
from config.accounts import preferences
from config.accounts.rules import here, page
from config.compiled import Compiled, Given
from models_registry.models import ModelVersion
from models_registry.registry import current_schema
from moderation import gold_posts, impressions, search, sight, story, strikes
from moderation.models import Outcome, Post, PostStatus, Publication
from moderation.sight import ACTORS, SEARCHERS
from moderation.views.cards import Style, cards
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
    view = asked["view"] or GRID
    context = {"view": view, "is_filtered": not wanted.is_empty}
    context["chips"] = chips(request.GET, names, versions=_versions(request) if wanted.model_version else [])
    try:
        found = search.page(searcher, wanted, cursor=cursor_of(asked["cursor"]))
    except search.NotForThem:
        return context | {"not_for_them": True}
    return context | {
        "page": found,
        "cards": cards(found.found, _style(request, names, view=view)),
        "newer": _address(request, cursor=found.newer),
        "older": _address(request, cursor=found.older),
        "count": found.count if found.is_all else _rounded(found.count),
        "here_on": bool(asked["cursor"]),
    }


def _style(request: HttpRequest, names: dict[str, str], *, view: str) -> Style:
    relief = preferences.to_json(preferences.of(here(request).person))["wellness"]
    moment = "DATETIME_FORMAT" if view == LIST else "MOMENT_FORMAT"
    return Style(names, relief, kept=_kept(request), moment=moment)


def _rounded(count: int | None) -> int | None:
    """Return a lower bound that is easy to read: 1,000, 100, 30."""
    return next((step for step in (1000, 500, 200, 100, 50, 30) if count and count >= step), count)


def _names(request: HttpRequest) -> dict[str, str]:
    schema = current_schema(here(request).project)
    return {one["key"]: one.get("name", one["key"]) for one in schema.classes}


def _versions(request: HttpRequest) -> list[ModelVersion]:
    return _VERSIONS.all(person=here(request).person.pk, project=here(request).project.pk)


def _common(request: HttpRequest) -> dict[str, Any]:
    roles = here(request).roles
    return {"sees_all": sight.of_roles(roles).is_whole, "may_act": bool(roles & ACTORS)}


def _choices(request: HttpRequest, names: dict[str, str]) -> dict[str, Any]:
    versions = _versions(request) if sight.of_roles(here(request).roles).is_whole else []
    return {
        "classes": names,
        "publications": Publication.choices,
        "verdicts": Outcome.choices,
        "versions": [(str(one.pk), str(one)) for one in versions],
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
