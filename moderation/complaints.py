"""This will hear viewers who say that a post breaks a rule.

What follows depends on the post:

* not screened yet: the complaint waits, and a sweep takes it up afterwards;
* in review: the review becomes urgent, and the complaint opens nothing;
* published: another person than those who decided so far is asked, with the complaints before them; once for each
  reason, and again only when the post has been seen twice as often since; whatever comes while that question is open
  joins it and makes it more urgent;
* taken down or withdrawn: recorded.

Audits are never touched: nobody who audits can tell that there was a complaint, and what complaints find is counted
beside the sample, never in it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from annotation import questions
from annotation.models import Lane, Purpose, Question, QuestionStatus
from annotation.questions import Ask
from config.accounts.models import Client
from models_registry.models import LabelSchema
from models_registry.registry import current_schema
from moderation import cases, decisions, impressions, lifecycle, urgency
from moderation.lifecycle import Move
from moderation.models import Asked, Complaint, ComplaintOutcome, Post, PostStatus, Publication

HOURS = 24.0
URGENT_SEVERITY = 3
_BATCH = 200
_UNSCREENED = frozenset({PostStatus.WAITING, PostStatus.SCREENING})


class UnknownPost(Exception):
    """The client has sent no post of this external id."""


class ComplaintIdConflict(Exception):
    """The client used this complaint id before, for another complaint."""


@dataclass(frozen=True)
class Said:
    """What a client passes on. ``complaint_id`` is its own name for it, and makes sending it again safe."""

    external_id: str
    reason: str
    text: str = ""
    complaint_id: str = ""
    complained_at: datetime | None = None


def submit(client: Client, said: Said, *, now: datetime) -> tuple[Complaint, bool]:
    """Take a complaint and act on it; returns it and whether it is new.

    Of two callers with one complaint id at once, one is told that it is not new. Raises UnknownPost or
    ComplaintIdConflict.
    """
    known = _known(client, said)
    if known:
        return known, False
    try:
        with transaction.atomic():
            return _create(client, said, now=now)
    except IntegrityError:
        known = _known(client, said)
        if known is None:
            raise
        return known, False


def _known(client: Client, said: Said) -> Complaint | None:
    if not said.complaint_id:
        return None
    mine = Complaint.objects.for_client(client).filter(complaint_id=said.complaint_id)
    known = mine.select_related("post").first()
    if known and (known.post.external_id, known.reason, known.text) != (said.external_id, said.reason, said.text):
        raise ComplaintIdConflict(f"The complaint {said.complaint_id!r} is here already, and says something else.")
    return known


def _create(client: Client, said: Said, *, now: datetime) -> tuple[Complaint, bool]:
    post = hold(client, said.external_id)
    # Another caller may have been first while this one waited for the post.
    if known := _known(client, said):
        return known, False
    complaint = Complaint.objects.create(
        project_id=post.project_id,
        client=client,
        post=post,
        complaint_id=said.complaint_id,
        reason=said.reason,
        text=said.text,
        complained_at=said.complained_at or now,
        received_at=now,
    )
    _act(complaint, now=now)
    return complaint, True


def hold(client: Client, external_id: str) -> Post:
    """Lock the open questions about a client's post and then the post, in the order in which answers lock them.

    Raises UnknownPost.
    """
    post = Post.objects.for_client(client).filter(external_id=external_id).first()
    if post is None:
        raise UnknownPost(f"There is no post {external_id!r}.")
    return _hold(post)


def _hold(post: Post) -> Post:
    about = Question.objects.filter(image=post.image_id, status=QuestionStatus.OPEN)
    list(about.select_for_update(no_key=True).order_by("pk"))
    held = Post.objects.select_for_update(of=("self",), no_key=True).select_related("image", "client", "project")
    return held.get(pk=post.pk)


def sweep(*, now: datetime) -> int:
    """Act on complaints whose post has been screened since; returns how many. Safe to run at once and twice."""
    ready = Complaint.objects.filter(outcome=ComplaintOutcome.WAITS).exclude(post__status__in=_UNSCREENED)
    ids = list(ready.order_by("id").values_list("pk", flat=True)[:_BATCH])
    for complaint_id in ids:
        _take_up(complaint_id, now=now)
    return len(ids)


@transaction.atomic
def _take_up(complaint_id: int, *, now: datetime) -> None:
    complaint = Complaint.objects.select_related("post").get(pk=complaint_id)
    complaint.post = _hold(complaint.post)
    complaint.refresh_from_db(fields=["outcome"])
    if complaint.outcome == ComplaintOutcome.WAITS:
        _act(complaint, now=now)


def _act(complaint: Complaint, *, now: datetime) -> None:
    """Do what follows, and write down what it was, and the arm of a rollout that the post came under.

    The caller holds the post and its questions.
    """
    complaint.arm_id = complaint.post.arm_id
    complaint.outcome = _unasked(complaint) or _hurried(complaint, now=now) or _asked(complaint, now=now)
    complaint.save(update_fields=["outcome", "question", "arm"])


def _unasked(complaint: Complaint) -> ComplaintOutcome | None:
    """Return why nobody needs to be asked; None where somebody does."""
    post = complaint.post
    if post.status in _UNSCREENED:
        return ComplaintOutcome.WAITS
    if post.status == PostStatus.WITHDRAWN or post.publication == Publication.UNPUBLISHED:
        return ComplaintOutcome.NOT_PUBLISHED
    if post.status == PostStatus.FAILED:
        return ComplaintOutcome.NOT_SHOWN
    return ComplaintOutcome.JUDGED_BEFORE if _is_judged(complaint) else None


def _is_judged(complaint: Complaint) -> bool:
    """Return whether somebody was asked about this very reason before and has answered, and little has changed since:
    twice as many views are reason to ask once more."""
    same = _of_its_post(complaint).filter(reason__iexact=complaint.reason, question__status=QuestionStatus.SETTLED)
    judged_at = same.aggregate(last=Max("question__finished_at"))["last"]
    return judged_at is not None and not impressions.has_doubled(complaint.post, since=judged_at)


def _of_its_post(complaint: Complaint) -> QuerySet[Complaint]:
    return Complaint.objects.filter(post=complaint.post_id)


def _hurried(complaint: Complaint, *, now: datetime) -> ComplaintOutcome | None:
    """Make the open review of the post urgent; None where there is none."""
    asked = Asked.objects.filter(post=complaint.post_id, question__status=QuestionStatus.OPEN)
    reviews = asked.filter(question__purpose=Purpose.REVIEW).values_list("question_id", flat=True)
    schema = current_schema(complaint.post.project)
    hurried = questions.hurry(reviews, due_at=_due_at(complaint, schema, now=now))
    return ComplaintOutcome.HURRIED if hurried else None


def _asked(complaint: Complaint, *, now: datetime) -> ComplaintOutcome:
    """Ask another person, or let those who are asked already know of this complaint too."""
    post, schema = complaint.post, current_schema(complaint.post.project)
    is_urgent = schema.severity([complaint.reason]) >= URGENT_SEVERITY
    ask = Ask(
        image=post.image,
        schema=schema,
        purpose=Purpose.COMPLAINT,
        lane=Lane.URGENT if is_urgent else Lane.NORMAL,
        due_at=_due_at(complaint, schema, now=now),
        attributes=post.attributes,
        not_for=decisions.judges([post])[post.pk],
    )
    question = questions.open_questions([ask], now=now)[0]
    _, is_new = Asked.objects.get_or_create(post=post, question=question, defaults={"created_at": now})
    complaint.question = question
    said = [*Complaint.objects.filter(question=question).order_by("-id")[: cases.MOST_ENTRIES], complaint]
    questions.tell(question, origin=cases.about("complaint", post, said=said))
    if not is_new:
        return ComplaintOutcome.JOINED
    lifecycle.move([Move(post, "ask", detail={"reason": "complaint", "complaint": complaint.pk})], now=now)
    return ComplaintOutcome.ASKED


def _due_at(complaint: Complaint, schema: LabelSchema, *, now: datetime) -> datetime:
    """Return by when a person should look: sooner for a grave reason, for more complaints, and for more views."""
    n = max(1, _of_its_post(complaint).count())
    soonest = now + timedelta(hours=HOURS / schema.severity([complaint.reason]) / n)
    return min(soonest, urgency.due_at(complaint.post, now=now))
