"""This will have some answers looked at again, blind, by somebody else: how often people err is measured, not assumed.

One person's answer decides a flagged post, and one "fine" ends an audit. A share of both, set in the policy (see
moderation/policy, ``second_looks``), is asked again of people who know nothing of it, in the drawn lane, where it looks
like any other job. The first answer counts as one vote. On flagged posts a third person decides where two differ; where
"fine" ended an audit four of five have to see a violation, because among what passed most of those who see one err. For
the same reason a violation that one person saw where the machine would have passed the post, as in MANUAL mode, is
always asked again: it is a find when three agree, as in an audit, and until then it is pending.

Every such answer is tossed for once, when it can no longer be taken back, by the policy under which its post was
screened; the toss, a coin like those of audits, is a SecondLook, drawn or not. So the estimate of a period's true
violations (moderation/statistics/reviewer_error) weighs each look by the chance with which it came about.

What people settle so is a truth like any other: moderation/settlements opens a review where it contradicts what is
published, and nothing is turned round silently.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, FilteredRelation, Max, OuterRef, Q, QuerySet

from annotation import questions
from annotation.consensus import Rule
from annotation.labels import UNDO_SECONDS
from annotation.models import Lane, Purpose, Question, QuestionStatus, Truth
from annotation.questions import Ask
from config.accounts.models import Project
from models_registry.registry import lock
from moderation import asking, audits, decisions, policy
from moderation.measurement.periods import Part, PartKind, Period
from moderation.models import Asked, Draw, FirstAnswer, Outcome, Post, PostStatus, SecondLook
from moderation.routing import AUDIT_HOURS
from moderation.statistics.reviewer_error import SecondLooks

# How far before the newest toss the sweep looks for answers that had to wait for another question.
LOOK_BACK = timedelta(days=2)
_BATCH = 500
_FLAGGED = Q(verdict__machine_outcome__in=[Outcome.REMOVE, Outcome.REVIEW], verdict__outcome=Outcome.REVIEW)
_AUDITED = Q(verdict__outcome=Outcome.PASS, is_drawn=True)
_LOOKED_AT_ANYWAY = Q(verdict__machine_outcome=Outcome.PASS, verdict__outcome=Outcome.REVIEW)
_RULE = {
    FirstAnswer.FLAGGED_VIOLATION: Rule.TWO_THEN_THIRD,
    FirstAnswer.FLAGGED_FINE: Rule.TWO_THEN_THIRD,
    FirstAnswer.AUDITED_FINE: Rule.UNANIMOUS_THREE,
    FirstAnswer.PASSED_VIOLATION: Rule.UNANIMOUS_THREE,
}
# Whatever the policy's shares: what is not confirmed counts as nothing.
_ALWAYS = 1.0


@dataclass(frozen=True)
class Tossed:
    """The first draw of a post, the truth that one person's answer made of it, and the toss for a second look."""

    draw: Draw
    first: Truth
    group: FirstAnswer
    toss: audits.Toss


def draw(project: Project, *, now: datetime) -> int:
    """Toss for all answers that can no longer be taken back, and ask where it falls so; returns how many were tossed.

    Safe to run at once, twice, and to be killed: whoever runs it waits for the others, a batch is whole or not there,
    and a toss comes out alike whenever it is made.
    """
    tossed = 0
    while some := _draw_some(project, now=now):
        tossed += some
    return tossed


@transaction.atomic
def _draw_some(project: Project, *, now: datetime) -> int:
    project = lock(project)
    firsts = {truth.question_id: truth for truth in _waiting(project, now=now)[:_BATCH]}
    untossed = _untossed(_FLAGGED | _AUDITED | _LOOKED_AT_ANYWAY).filter(question__in=firsts)
    draws = untossed.select_related("verdict__policy_version").order_by("pk")
    useful = [one for one in draws if firsts[one.question_id].classes or not _is_anyway(one)]
    tossed = [_toss(one, firsts[one.question_id], secret=bytes(project.secret)) for one in useful]
    asked = _ask([one for one in tossed if one.toss.is_drawn], now=now)
    SecondLook.objects.bulk_create(_row(one, asked.get(one.draw.post_id), now=now) for one in tossed)
    return len(tossed)


def _waiting(project: Project, *, now: datetime) -> QuerySet[Truth]:
    """Return the truths that rest on one person's answer on posts that were not tossed for, oldest first.

    Before the first toss of a project there was nothing to look at: it begins with the answers of the last two days.
    """
    final = now - timedelta(seconds=UNDO_SECONDS)
    newest = SecondLook.objects.filter(project=project).aggregate(last=Max("answered_at"))["last"]
    since = min(newest or final, final) - LOOK_BACK
    single = Truth.objects.filter(project=project, settled_at__gt=since, settled_at__lte=final)
    single = single.filter(Q(purpose=Purpose.REVIEW) | Q(purpose=Purpose.AUDIT, classes=[]))
    single = single.filter(votes=1, withdrawn_at__isnull=True)
    wanted = Exists(_untossed(_FLAGGED | _AUDITED).filter(question=OuterRef("question")))
    found = Exists(_untossed(_LOOKED_AT_ANYWAY).filter(question=OuterRef("question")))
    return single.filter(wanted | (Q(classes__len__gt=0) & found)).order_by("settled_at", "pk")


def _untossed(which: Q) -> QuerySet[Draw]:
    """Return the first draws of some posts that were not tossed for and may be now.

    While a second look of another kind is open about the image (that of a removal) it could not be asked apart.
    """
    other = Question.objects.filter(purpose=Purpose.SECOND_LOOK, status=QuestionStatus.OPEN, confirms__isnull=True)
    free = Draw.objects.exclude(Exists(other.filter(image=OuterRef("post__image"))))
    return free.filter(which, design=audits.FIRST_DRAW, second_look__isnull=True)


def _is_anyway(draw: Draw) -> bool:
    return draw.verdict.machine_outcome == Outcome.PASS and draw.verdict.outcome == Outcome.REVIEW


def _toss(draw: Draw, first: Truth, *, secret: bytes) -> Tossed:
    group = FirstAnswer.PASSED_VIOLATION if _is_anyway(draw) else _group(first)
    rules = draw.verdict.policy_version.rules
    rate = _ALWAYS if group == FirstAnswer.PASSED_VIOLATION else policy.second_look_rate(rules, group)
    made = audits.toss_again(rate, stratum=group, secret=secret, post_key=str(draw.post_id))
    return Tossed(draw, first, group, made)


def _group(first: Truth) -> FirstAnswer:
    if first.purpose == Purpose.AUDIT:
        return FirstAnswer.AUDITED_FINE
    return FirstAnswer.FLAGGED_VIOLATION if first.classes else FirstAnswer.FLAGGED_FINE


def _ask(drawn: Sequence[Tossed], *, now: datetime) -> dict[int, Question]:
    """Open the questions about drawn posts that are not withdrawn; returns them by post.

    Only the toss knows their probability: as truths they carry none, for what led to them began with a first answer.
    """
    firsts = {one.draw.post_id: one for one in drawn}
    # Questions before posts, as answers lock them.
    asking.hold(list(Post.objects.filter(pk__in=firsts).values_list("image_id", flat=True)))
    held = Post.objects.filter(pk__in=firsts).exclude(status=PostStatus.WITHDRAWN).select_related("image")
    posts = list(held.select_for_update(of=("self",), no_key=True).order_by("id"))
    deciders = decisions.judges(posts)
    asks = [_question_of(post, firsts[post.pk], not_for=deciders[post.pk], now=now) for post in posts]
    pairs = list(zip(posts, questions.open_questions(asks, now=now), strict=True))
    Asked.objects.bulk_create(
        [Asked(post=post, question=question, created_at=now) for post, question in pairs], ignore_conflicts=True
    )
    return {post.pk: question for post, question in pairs}


def _question_of(post: Post, one: Tossed, *, not_for: frozenset[int], now: datetime) -> Ask:
    return Ask(
        image=post.image,
        schema=one.first.schema,
        purpose=Purpose.SECOND_LOOK,
        lane=Lane.DRAWN,
        due_at=now + timedelta(hours=AUDIT_HOURS),
        origin={"title": post.title, "description": post.description, "external_id": post.external_id},
        attributes=post.attributes,
        not_for=not_for,
        confirms=one.first,
        rule=_RULE[one.group],
    )


def _row(one: Tossed, question: Question | None, *, now: datetime) -> SecondLook:
    return SecondLook(
        draw=one.draw,
        project_id=one.draw.project_id,
        group=one.group,
        first=one.first,
        probability=one.toss.probability,
        coin=one.toss.coin,
        is_drawn=one.toss.is_drawn,
        question=question,
        screened_at=one.draw.verdict.created_at,
        answered_at=one.first.settled_at,
        created_at=now,
    )


@dataclass(frozen=True)
class Again:
    """Answered second looks at posts that were first answered alike, by outcome: (probability, how many) each.

    ``pending`` were drawn and are not answered yet; of those withdrawn before they were, nobody will know.
    """

    violations: tuple[tuple[float, int], ...] = ()
    others: tuple[tuple[float, int], ...] = ()
    pending: int = 0

    @property
    def looks(self) -> int:
        return sum(n for _, n in (*self.violations, *self.others))

    def among(self, posts: int) -> SecondLooks:
        """As the estimator takes them, among that many posts that were first answered alike."""
        each = ([chance for chance, n in side for _ in range(n)] for side in (self.violations, self.others))
        return SecondLooks(posts, *each)


@dataclass(frozen=True)
class Found:
    """What second looks of a period came to: at flagged posts first answered as violations, at those first answered
    as fine, at audits answered as fine, and at violations that the machine would have passed."""

    violations: Again = Again()
    fine: Again = Again()
    audited: Again = Again()
    passed: Again = Again()


def of_kinds(project: Project, period: Period, kinds: Sequence[PartKind]) -> dict[PartKind, dict[str, Found]]:
    """Gather the second looks at posts screened in a period, for every part of some kinds that has any, by its value.

    Of a class: posts flagged for it, by whether the first answer named it, and by whether the settled one does. One
    query over those that were drawn.
    """
    rows = _rows(project, period, kinds=kinds)
    return {kind: _by_value(rows, kind) for kind in kinds}


# What tells of a draw to which part of a kind it belongs; without a rollout a post is in no arm.
_PATH = {
    PartKind.MODEL: "draw__verdict__model_version",
    PartKind.POLICY: "draw__verdict__policy_version__number",
    PartKind.CLASS: "draw__verdict__classes",
    PartKind.SLICE: "draw__post__attributes",
    PartKind.ARM: "draw__verdict__arm",
}
Rows = Iterable[Mapping[str, Any]]


def _rows(project: Project, period: Period, *, kinds: Sequence[PartKind]) -> list[dict[str, Any]]:
    """Return groups of drawn second looks that are in the same parts and ended alike, with how many they are."""
    inside = SecondLook.objects.filter(screened_at__gte=period.start, screened_at__lt=period.end)
    standing = FilteredRelation("question__truths", condition=Q(question__truths__withdrawn_at__isnull=True))
    drawn = inside.filter(project=project, is_drawn=True).annotate(settled=standing)
    keys = ["group", "probability", "first__classes", "question__status", *(_PATH[of] for of in {*kinds} & {*_PATH})]
    return list(drawn.values(*keys).annotate(classes=F("settled__classes"), n=Count("pk")).order_by())


def _by_value(rows: Rows, kind: PartKind) -> dict[str, Found]:
    inside: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        for value in _values(row, kind):
            inside[value].append(row)
    return {value: _found(some, Part(kind, value)) for value, some in sorted(inside.items())}


def _values(row: Mapping[str, Any], kind: PartKind) -> set[str]:
    """Return the parts of a kind that a row is in."""
    match kind:
        case PartKind.ALL:
            return {""}
        case PartKind.CLASS:
            return set(row[_PATH[kind]])
        case PartKind.SLICE:
            return {f"{attribute}={value}" for attribute, value in row[_PATH[kind]].items()}
    return {str(row[_PATH[kind]])} - {"None"}


def _found(rows: Rows, part: Part) -> Found:
    groups: dict[FirstAnswer, Counter[tuple[str, float]]] = {group: Counter() for group in FirstAnswer}
    for row in rows:
        groups[_first_of(row, part)][_outcome(row, part), row["probability"]] += row["n"]
    return Found(*(_again(groups[group]) for group in FirstAnswer))


def _names(classes: Sequence[str], part: Part) -> bool:
    return part.value in classes if part.kind == PartKind.CLASS else bool(classes)


def _first_of(row: Mapping[str, Any], part: Part) -> FirstAnswer:
    group = FirstAnswer(row["group"])
    if group in (FirstAnswer.AUDITED_FINE, FirstAnswer.PASSED_VIOLATION):
        return group
    return FirstAnswer.FLAGGED_VIOLATION if _names(row["first__classes"], part) else FirstAnswer.FLAGGED_FINE


def _outcome(row: Mapping[str, Any], part: Part) -> str:
    """Return "violation", "other", "pending", or "lost" where nobody will answer."""
    if row["classes"] is not None:
        return "violation" if _names(row["classes"], part) else "other"
    return "pending" if row["question__status"] == QuestionStatus.OPEN else "lost"


def _again(counts: Mapping[tuple[str, float], int]) -> Again:
    def of(wanted: str) -> tuple[tuple[float, int], ...]:
        return tuple(sorted((chance, n) for (outcome, chance), n in counts.items() if outcome == wanted))

    return Again(of("violation"), of("other"), sum(n for _, n in of("pending")))
