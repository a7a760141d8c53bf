"""This will show posts, newest first, a page at a time; moderation/finding finds them."""

from dataclasses import dataclass

from django.db.models import F

from config.compiled import Among, Compiled, Given
from moderation import finding, indexing
from moderation.conditions import Searcher
from moderation.models import Decision, Post, Verdict
from moderation.sight import Sight
from moderation.wanted import Cursor, Wanted

PAGE = 30
# All of a post that lists show, here and in the API; a longer row takes longer to read.
_LISTED = [field.name for field in Post._meta.concrete_fields if field.name not in {"description", "attributes"}]
_ROWS = Compiled(
    lambda: Post.objects.select_related("image").only(*_LISTED, "image__thumbnail").filter(Among(F("pk"), Given("ids")))
)
MOST_COUNTED = 1000


class NotForThem(Exception):
    """A filter asks for what this person may not know."""


@dataclass(frozen=True)
class Found:
    """A post of a list, with the last verdict and the decision in force. ``is_hidden``: see moderation/sight."""

    post: Post
    verdict: Verdict | None
    decision: Decision | None
    is_hidden: bool


@dataclass(frozen=True)
class Page:
    """Some posts of a list, newest first, and where it goes on.

    ``count`` is how many there are at least, on a first page; ``is_all`` where that is exactly how many.
    """

    found: list[Found]
    newer: Cursor | None
    older: Cursor | None
    count: int | None
    is_all: bool


def page(searcher: Searcher, wanted: Wanted, *, cursor: Cursor | None = None, size: int = PAGE) -> Page:
    """Return a page of what is wanted. Raises NotForThem.

    A page of newer posts that would reach beyond the newest is the first page.
    """
    is_back = cursor is not None and not cursor.is_older
    # A first page counts on as far as that is cheap.
    limit = size + 1 if cursor else max(size, MOST_COUNTED) + 1
    ids, is_all = _find(searcher, wanted, cursor=cursor, enough=size + 1, limit=limit)
    if is_back and len(ids) <= size:
        return page(searcher, wanted, size=size)
    posts = _posts(ids[:size][::-1] if is_back else ids[:size])
    return Page(
        found=_found(posts, sight=searcher.sight),
        newer=_place(posts[0], wanted, is_older=False) if posts and cursor else None,
        older=_place(posts[-1], wanted, is_older=True) if posts and (is_back or len(ids) > size) else None,
        count=None if cursor else min(len(ids), limit - 1),
        is_all=is_all,
    )


def neighbors(searcher: Searcher, wanted: Wanted, post: Post) -> tuple[int | None, int | None]:
    """Return the posts next to this one in a list, the newer and the older. Raises NotForThem."""
    newer, older = (
        _find(searcher, wanted, cursor=_place(post, wanted, is_older=is_older), enough=1, limit=1)[0]
        for is_older in (False, True)
    )
    return next(iter(newer), None), next(iter(older), None)


def _find(
    searcher: Searcher, wanted: Wanted, *, cursor: Cursor | None, enough: int, limit: int
) -> tuple[list[int], bool]:
    if wanted.asks_the_machine and not searcher.sight.is_whole:
        raise NotForThem("What model versions said is shown after answering.")
    return finding.find(searcher, wanted, cursor=cursor, enough=enough, limit=limit)


def _place(post: Post, wanted: Wanted, *, is_older: bool) -> Cursor:
    return Cursor(getattr(post, wanted.date), post.pk, is_older=is_older)


def _posts(ids: list[int]) -> list[Post]:
    posts = {post.pk: post for post in _ROWS.all(ids=ids)}
    return [posts[one] for one in ids if one in posts]


def _found(posts: list[Post], *, sight: Sight) -> list[Found]:
    verdicts = indexing.last_verdicts(posts) if sight.is_whole else {}
    decisions = indexing.last_decisions(posts)
    hidden = sight.hidden(post.image_id for post in posts)
    return [
        Found(post, None, None, is_hidden=True)
        if post.image_id in hidden
        else Found(post, verdicts.get(post.pk), decisions.get(post.pk), is_hidden=False)
        for post in posts
    ]
