"""This will draw posts by their views for a second time, once the day's views are in.

A post is drawn by what it was seen on the day it came and on the day after, so at least in its first 24 hours. The
cut-off is six in the morning of the day that follows (UTC), when platforms have sent what they counted, and no earlier
than the first views of the second day have come. What was known by then is frozen in a ViewDraw. Every post that
anybody saw gets one, in one of three ways:

* somebody has looked, or will anyway (it was flagged, drawn at first, complained about): probability 1;
* the machine took it down by itself: the chance, and the coin, with which routing drew its second look;
* nobody has reason to look: tossed, with a probability that grows with its views.

So a find of this draw counts x/pi with what is known at the cut-off, and what was known before counts x, whole: a look
that takes a post down ends the very views that it would have to stand for, so an earlier find is never weighed up. Over
all coins the sum is right. The chance that either draw fell on a post is kept beside it, for the record.

Nothing is topped up or cut to meet the budget, and nothing is asked twice: one draw a post and design, by constraint.
Whoever runs this at once takes turns; whoever is killed leaves whole batches, and the next goes on by the same plan.
Posts that are screened late, or whose views come up to a week late, get a later plan, with what is left of the day's
budget, and never less than the floor's share of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)

from annotation import questions
from annotation.models import Lane, Purpose, Question, QuestionStatus
from annotation.questions import Ask
from config.accounts.models import Project
from models_registry.registry import current_schema, lock
from moderation import asking, audits, policies, policy
from moderation.models import (
    Asked,
    DayViews,
    Decision,
    Draw,
    Impression,
    Outcome,
    Post,
    PostStatus,
    ViewDraw,
    ViewPlan,
)
from moderation.routing import AUDIT_HOURS

# A post's views are those of the day it came and of the next; they are in some hours later.
DAYS_SEEN = 2
CUT_OFF = timedelta(days=DAYS_SEEN, hours=6)
DAYS_LATE = 7
_BATCH = 500


@dataclass(frozen=True)
class Tossed:
    """A post's first draw with the toss of the second, and its views at the cut-off."""

    first: Any
    toss: audits.Toss
    combined: float

    @property
    def is_asked(self) -> bool:
        """Whether this draw is why people are asked."""
        return self.toss.is_drawn and self.toss.stratum not in (audits.KNOWN, audits.REMOVED)


def draw(project: Project, *, now: datetime) -> int:
    """Draw what is due in a project; returns how many posts were due. Safe to run at once, twice, and to be killed.

    Raises NoPolicy.
    """
    budget = policy.view_looks(policies.in_force(project).rules)
    last = (now - CUT_OFF).date()
    days = [last - timedelta(days=late) for late in reversed(range(DAYS_LATE))]
    return sum(_draw_day(project, day, budget=budget, now=now) for day in days) if budget > 0 else 0


def _draw_day(project: Project, day: date, *, budget: float, now: datetime) -> int:
    """Draw the posts that came on a day, a batch at a time."""
    if not DayViews.objects.filter(project=project, date__gte=day + timedelta(days=DAYS_SEEN - 1)).exists():
        return 0
    waiting = list(_waiting(project, day).order_by("post_id").values_list("post_id", flat=True))
    found = len(waiting)
    while waiting:
        # Where a plan ends within the batch, the rest of it comes again, and gets the next one.
        waiting = [*_draw_some(project, day, waiting[:_BATCH], budget=budget, now=now), *waiting[_BATCH:]]
    return found


def _waiting(project: Project, day: date) -> QuerySet[Any]:
    """Return the first draws of posts that came on a day, were seen, and have no second draw; with their ``views``.

    ``is_known`` where somebody has looked, or is asked and will.
    """
    start = datetime.combine(day, time.min, tzinfo=UTC)
    this = {"post": OuterRef("post_id")}
    seen = Impression.objects.filter(**this, date__range=(day, day + timedelta(days=DAYS_SEEN - 1)))
    summed = seen.order_by().values("post").annotate(n=Sum("views")).values("n")
    asked = Asked.objects.filter(**this, question__status__in=[QuestionStatus.OPEN, QuestionStatus.SETTLED])
    decided = Decision.objects.filter(**this, person__isnull=False)
    known = Q(is_drawn=True) | Q(Exists(asked)) | Q(Exists(decided))
    first = Draw.objects.filter(
        ~Exists(Draw.objects.filter(**this, design=audits.SECOND_DRAW)),
        design=audits.FIRST_DRAW,
        post__project=project,
        post__received_at__gte=start,
        post__received_at__lt=start + timedelta(days=1),
    )
    marked = first.annotate(
        views=Subquery(summed, output_field=BigIntegerField()),
        is_known=ExpressionWrapper(known, output_field=BooleanField()),
    )
    return marked.filter(views__gt=0)


@transaction.atomic
def _draw_some(project: Project, day: date, posts: Sequence[int], *, budget: float, now: datetime) -> list[int]:
    """Draw the first of these posts that are still waiting, as many as one plan is for; returns which wait on."""
    # Whoever else draws in this project waits here, and sees afterwards what was written.
    project = lock(project)
    waiting = _waiting(project, day).filter(post__in=posts).select_related("verdict").order_by("post_id")
    firsts = list(waiting)
    if not firsts:
        return []
    plan, left = _plan(project, day, budget=budget, now=now)
    rates = audits.ViewRates(floor=plan.floor, factor=plan.factor)
    tossed = [_toss(first, rates, secret=bytes(project.secret)) for first in firsts[:left]]
    asked = _ask(project, [one for one in tossed if one.is_asked], now=now)
    draws = Draw.objects.bulk_create([_draw(one, asked.get(one.first.post_id), now=now) for one in tossed])
    ViewDraw.objects.bulk_create(
        ViewDraw(
            draw=made,
            project=project,
            plan=plan,
            views=one.first.views,
            combined_probability=one.combined,
            screened_at=one.first.verdict.created_at,
        )
        for one, made in zip(tossed, draws, strict=True)
    )
    return [first.post_id for first in firsts[left:]]


def _plan(project: Project, day: date, *, budget: float, now: datetime) -> tuple[ViewPlan, int]:
    """Return the plan to draw by, and for how many posts it still is; made anew where the last one is used up.

    The caller holds the project's lock.
    """
    plans = list(ViewPlan.objects.filter(project=project, day=day).order_by("-number"))
    left = plans[0].posts - ViewDraw.objects.filter(plan=plans[0]).count() if plans else 0
    if left > 0:
        return plans[0], left
    waiting = _waiting(project, day)
    unknown = waiting.filter(is_known=False).exclude(verdict__outcome=Outcome.REMOVE)
    pairs = list(unknown.values_list("probability", "views"))
    posts = waiting.count()
    everything = posts + sum(plan.posts for plan in plans)
    least = audits.FLOOR_SHARE * budget * posts / everything
    looks = min(max(budget - sum(plan.looks for plan in plans), least), len(pairs))
    # Somebody may lose the person who was going to look before they are drawn: then another one does.
    rates = audits.allocate_by_views(*zip(*pairs, strict=True), budget=looks) if pairs else audits.ViewRates(1.0, 0.0)
    made = ViewPlan.objects.create(
        project=project,
        day=day,
        number=len(plans) + 1,
        looks=looks,
        floor=rates.floor,
        factor=rates.factor,
        posts=posts,
        created_at=now,
    )
    return made, posts


def _toss(first: Any, rates: audits.ViewRates, *, secret: bytes) -> Tossed:
    """Toss for a post, given its first draw as ``_waiting`` returns it."""
    if first.verdict.outcome == Outcome.REMOVE:
        again = audits.Toss(audits.SECOND_DRAW, audits.REMOVED, first.probability, first.coin, first.is_drawn)
        return Tossed(first, again, combined=first.probability)
    if first.is_known:
        return Tossed(first, audits.certain(design=audits.SECOND_DRAW, stratum=audits.KNOWN), combined=1.0)
    made = audits.toss_by_views(
        rates,
        stratum=first.stratum,
        first=first.probability,
        views=first.views,
        secret=secret,
        post_key=str(first.post_id),
    )
    return Tossed(first, made, combined=audits.either(first.probability, made.probability))


def _ask(project: Project, drawn: Sequence[Tossed], *, now: datetime) -> dict[int, Question]:
    """Open the audits of drawn posts that are not withdrawn; returns them by post.

    They are like those of the first draw to everybody who answers. Only the draw knows their probability: it speaks of
    views and must not weigh truths in a dataset.
    """
    ids = [one.first.post_id for one in drawn]
    # Questions before posts, as answers lock them.
    asking.hold(list(Post.objects.filter(pk__in=ids).values_list("image_id", flat=True)))
    held = Post.objects.filter(pk__in=ids).exclude(status=PostStatus.WITHDRAWN).select_related("image")
    posts = list(held.select_for_update(of=("self",), no_key=True).order_by("id"))
    schema = current_schema(project)
    asks = [
        Ask(
            image=post.image,
            schema=schema,
            purpose=Purpose.AUDIT,
            lane=Lane.DRAWN,
            due_at=now + timedelta(hours=AUDIT_HOURS),
            origin={"title": post.title, "description": post.description, "external_id": post.external_id},
            attributes=post.attributes,
        )
        for post in posts
    ]
    opened = questions.open_questions(asks, now=now)
    pairs = list(zip(posts, opened, strict=True))
    Asked.objects.bulk_create(
        [Asked(post=post, question=question, created_at=now) for post, question in pairs], ignore_conflicts=True
    )
    return {post.pk: question for post, question in pairs}


def _draw(one: Tossed, question: Question | None, *, now: datetime) -> Draw:
    return Draw(
        post_id=one.first.post_id,
        project_id=one.first.project_id,
        design=one.toss.design,
        stratum=one.toss.stratum,
        probability=one.toss.probability,
        coin=one.toss.coin,
        is_drawn=one.toss.is_drawn,
        score=one.first.score,
        verdict=one.first.verdict,
        question=question,
        created_at=now,
    )
