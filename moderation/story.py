"""This will tell everything that happened to one post, as moments in time, in a bounded number of queries.

Whoever may not be led hears less: see moderation/sight.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from annotation.models import Label, Lane, Prediction, Purpose, Question, QuestionStatus, Truth
from models_registry.registry import current_schema
from moderation.models import Asked, BulkItem, EventKind, Post, PostEvent
from moderation.moments import (
    Answered,
    Appealed,
    Complained,
    Decided,
    Drawn,
    Ended,
    Judged,
    Moment,
    Opened,
    Received,
    Score,
    Scored,
    Sent,
    Stepped,
    TakenBack,
    Told,
)
from moderation.sight import Sight


def tell(post: Post, *, sight: Sight) -> list[Moment]:
    """Return the moments of a post, oldest first; its client and image are loaded. At most fifteen queries.

    Of a post that somebody could still be asked about they hear only that it came.
    """
    names = class_names(post)
    moments: list[Moment] = [Received(post.received_at, client=post.client.name, posted_at=post.posted_at)]
    if sight.hidden([post.image_id]):
        return moments
    if sight.is_whole:
        moments += _by_machine(post, names)
    moments += _questions(post, names, sight=sight)
    moments += _decisions(post, names)
    moments += [Complained(one.received_at, complaint=one) for one in post.complaints.order_by("id")]
    moments += [Appealed(one.received_at, appeal=one) for one in post.appeals.order_by("id")]
    moments += _steps(post)
    moments += [Told(one.created_at, delivery=one) for one in post.deliveries.select_related("client").order_by("id")]
    return sorted(moments, key=lambda moment: (moment.at, moment.rank))


def class_names(post: Post) -> dict[str, str]:
    """Return the names of the project's classes by key."""
    return {one["key"]: one.get("name", one["key"]) for one in current_schema(post.project).classes}


def _named(keys: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [names.get(key, key) for key in keys]


def _steps(post: Post) -> Iterator[Moment]:
    untold = [EventKind.FAIL, EventKind.RETRY, EventKind.GIVE_BACK, EventKind.WITHDRAW]
    for event in PostEvent.objects.filter(post=post, kind__in=untold).select_related("person").order_by("id"):
        code = event.detail.get("code") or event.detail.get("reason") or ""
        yield Stepped(event.created_at, event=EventKind(event.kind), person=event.person, code=code)


def _by_machine(post: Post, names: Mapping[str, str]) -> Iterator[Moment]:
    verdicts = list(post.verdicts.select_related("policy_version").order_by("id"))
    flagged = {key for verdict in verdicts for key in verdict.classes}
    predictions = Prediction.objects.filter(image=post.image_id).select_related("model_version__detector")
    for one in predictions.order_by("id"):
        # Another post of the same bytes may have been scored before this one came.
        at = max(one.created_at, post.received_at)
        yield Scored(at, version=one.model_version, scores=scores_of(one.scores, names, flagged=flagged))
    for verdict in verdicts:
        classes = _named(verdict.classes, names)
        yield Judged(verdict.created_at, verdict=verdict, classes=classes, policy=verdict.policy_version)
    yield from (Drawn(draw.created_at, draw=draw) for draw in post.draws.select_related("by_views").order_by("id"))


def scores_of(scores: Mapping[str, float], names: Mapping[str, str], *, flagged: Iterable[str] = ()) -> list[Score]:
    """Return scores with the names of their classes, the highest first."""
    ordered = sorted(scores.items(), key=lambda pair: -pair[1])
    flagged = set(flagged)
    return [Score(key, names.get(key, key), score, is_flagged=key in flagged) for key, score in ordered]


def top_score(scores: Mapping[str, float], names: Mapping[str, str], *, flagged: Sequence[str] = ()) -> Score | None:
    """Return the first of these scores; None where there are none."""
    if not scores:
        return None
    key = max(scores, key=scores.__getitem__)
    return Score(key, names.get(key, key), scores[key], is_flagged=key in flagged)


def _questions(post: Post, names: Mapping[str, str], *, sight: Sight) -> Iterator[Moment]:
    """Tell of every question about the image: another post of the same bytes may have asked it."""
    asked = dict(Asked.objects.filter(post=post).values_list("question_id", "created_at"))
    questions = list(Question.objects.filter(image=post.image_id).order_by("id"))
    for one in questions:
        yield Opened(
            max(one.opened_at, asked.get(one.pk, one.opened_at), post.received_at),
            question_id=one.pk,
            lane=Lane(one.lane),
            due_at=one.due_at,
            purpose=Purpose(one.purpose) if sight.is_whole else None,
            is_escalated=one.is_escalated,
        )
    yield from _answers(questions, names)
    yield from _endings(questions, names)


def _answers(questions: Sequence[Question], names: Mapping[str, str]) -> Iterator[Moment]:
    labels = Label.objects.filter(question__in=questions).select_related("person", "retraction").order_by("id")
    for one in labels:
        retraction = getattr(one, "retraction", None)
        yield Answered(
            one.created_at,
            question_id=one.question_id,
            person=one.person,
            classes=_named(one.classes, names),
            is_unsure=one.is_unsure,
            note=one.note,
            is_taken_back=retraction is not None,
        )
        if retraction:
            yield TakenBack(retraction.created_at, question_id=one.question_id, person=one.person)


def _endings(questions: Sequence[Question], names: Mapping[str, str]) -> Iterator[Moment]:
    for truth in Truth.objects.filter(question__in=questions).order_by("id"):
        yield Ended(
            truth.settled_at,
            question_id=truth.question_id or 0,
            classes=_named(truth.classes, names),
            is_withdrawn=truth.withdrawn_at is not None,
        )
    for one in questions:
        if one.status == QuestionStatus.CLOSED and one.finished_at:
            yield Ended(one.finished_at, question_id=one.pk, classes=None, is_withdrawn=False)


def _decisions(post: Post, names: Mapping[str, str]) -> Iterator[Moment]:
    made = list(post.decisions.select_related("person", "policy_version", "model_version").order_by("id"))
    reversed_ids = {one.reverses_id for one in made}
    items = list(BulkItem.objects.filter(post=post, code="done").select_related("action__person").order_by("id"))
    sizes = _sizes(items)
    batch_of = {item.decision_id: sizes[item.action_id] for item in items if item.decision_id}
    for one in made:
        yield Decided(
            one.created_at,
            decision=one,
            classes=_named(one.classes, names),
            is_reversed=one.pk in reversed_ids,
            batch=batch_of.get(one.pk, 0),
        )
    for item in items:
        if item.decision_id is None:
            yield Sent(
                item.created_at, person=item.action.person, reason=item.action.reason, batch=sizes[item.action_id]
            )


def _sizes(items: Sequence[BulkItem]) -> dict[int, int]:
    """Return how many posts each of these actions changed."""
    actions = BulkItem.objects.filter(action__in=[item.action_id for item in items], code="done")
    counts: dict[int, int] = {}
    for action_id in actions.values_list("action_id", flat=True):
        counts[action_id] = counts.get(action_id, 0) + 1
    return counts
