"""This will write what the policy says of freshly screened posts: verdict, draw, question or removal, events.

Everything of a batch is written together, inside the caller's transaction. Every routing records a toss: what passed
is drawn by the audit plan, what the machine removed by itself by the plan's rate for removals, and what people look
at anyway has probability 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from annotation import questions
from annotation.models import Lane, Purpose
from annotation.questions import Ask
from config.each_row import InsertEach
from models_registry.models import LabelSchema, ModelVersion
from models_registry.registry import current_schema
from moderation import audit_plans, audits, lifecycle, overrides, policies, policy, webhooks
from moderation.lifecycle import Actor, Move
from moderation.models import (
    Asked,
    AuditPlanRow,
    Decision,
    DecisionKind,
    Draw,
    Outcome,
    PolicyVersion,
    Post,
    Publication,
    Verdict,
)

AUDIT_HOURS = 24.0
URGENT_SEVERITY = 3

_INSERT_VERDICTS, _INSERT_DRAWS = InsertEach(Verdict), InsertEach(Draw)
_INSERT_ASKED = InsertEach(Asked, ignore_conflicts=True)


@dataclass(frozen=True)
class Scored:
    """Who decides about a post, and its scores (None of both: no version is deployed); the rollout's arm it is in."""

    version: ModelVersion | None
    scores: Mapping[str, float] | None
    arm: int | None = None


@dataclass(frozen=True)
class Routed:
    """One post with the policy's answer and the toss that was made for it."""

    post: Post
    answer: policy.Answer
    toss: audits.Toss
    by: Scored

    @property
    def scores(self) -> Mapping[str, float] | None:
        return self.by.scores

    @property
    def score(self) -> float | None:
        return max(self.scores.values(), default=None) if self.scores else None

    @property
    def purpose(self) -> Purpose | None:
        """What people are asked about this post, if anything."""
        if self.answer.outcome == Outcome.REVIEW:
            return Purpose.REVIEW
        if not self.toss.is_drawn:
            return None
        return Purpose.AUDIT if self.answer.outcome == Outcome.PASS else Purpose.SECOND_LOOK


def route(posts: Mapping[Post, Scored], *, policy: PolicyVersion, champion: ModelVersion | None, now: datetime) -> None:
    """Route posts of one project, in their order, each by who decides about it.

    The caller is in a transaction, holds the posts' rows, and keeps policy, deployment and rollout from changing.
    """
    if not posts:
        return
    project = next(iter(posts)).project
    plan = audit_plans.current(policy, champion, now=now)
    routed = _judge(posts, policy, plan=plan, now=now)
    asked = _ask(routed, schema=current_schema(project), now=now)
    _record(routed, policy=policy, plan=plan, asked=asked, now=now)
    _decide_removals([one for one in routed if one.answer.outcome == Outcome.REMOVE], policy=policy, now=now)
    changed = lifecycle.move([_move(one, policy) for one in routed], now=now)
    webhooks.enqueue(changed, event="post.unpublished", now=now)


def _judge(
    posts: Mapping[Post, Scored], version_in_force: PolicyVersion, *, plan: AuditPlanRow, now: datetime
) -> list[Routed]:
    project = next(iter(posts)).project
    limits = {one: policies.limits(version_in_force, one) for one in {by.version for by in posts.values()}}
    rules_of = overrides.of_posters(project, {post.poster for post in posts if post.poster}, now=now)
    audit_plan = audits.AuditPlan.from_dict(plan.plan)
    routed = []
    for post, by in posts.items():
        evidence = policy.Evidence(scores=by.scores, overrides=rules_of.get(post.poster, frozenset()))
        answer = policy.judge(version_in_force.mode, version_in_force.rules, limits[by.version], evidence)
        routed.append(Routed(post=post, answer=answer, toss=_toss(post, answer, by.scores, audit_plan), by=by))
    return routed


def _toss(post: Post, answer: policy.Answer, scores: Mapping[str, float] | None, plan: audits.AuditPlan) -> audits.Toss:
    secret, key = bytes(post.project.secret), str(post.pk)
    if answer.outcome == Outcome.PASS:
        return audits.toss(
            plan, score=max(scores.values()) if scores else None, secret=secret, post_key=key, design=audits.FIRST_DRAW
        )
    if answer.outcome == Outcome.REMOVE:
        return audits.toss_removed(plan, secret=secret, post_key=key, design=audits.FIRST_DRAW)
    is_flagged = answer.machine_outcome in (Outcome.REMOVE, Outcome.REVIEW)
    return audits.certain(design=audits.FIRST_DRAW, stratum=audits.FLAGGED if is_flagged else "looked_at_anyway")


def _ask(routed: Sequence[Routed], *, schema: LabelSchema, now: datetime) -> dict[int, int]:
    """Open the questions of a batch; returns their ids by post id."""
    wanted = [one for one in routed if one.purpose]
    asks = [_question_of(one, schema=schema, now=now) for one in wanted]
    opened = questions.open_questions(asks, now=now)
    asked = {one.post.pk: question.pk for one, question in zip(wanted, opened, strict=True)}
    _INSERT_ASKED([Asked(post_id=post, question_id=question, created_at=now) for post, question in asked.items()])
    return asked


def _question_of(one: Routed, *, schema: LabelSchema, now: datetime) -> Ask:
    severity = schema.severity(list(one.answer.classes))
    hours = one.answer.hours_allowed / severity if one.purpose == Purpose.REVIEW else AUDIT_HOURS
    is_urgent = one.purpose == Purpose.REVIEW and bool(one.answer.classes) and severity >= URGENT_SEVERITY
    lane = Lane.URGENT if is_urgent else Lane.NORMAL if one.purpose == Purpose.REVIEW else Lane.DRAWN
    return Ask(
        image=one.post.image,
        schema=schema,
        purpose=Purpose(str(one.purpose)),
        lane=lane,
        due_at=now + timedelta(hours=hours),
        origin={"title": one.post.title, "description": one.post.description, "external_id": one.post.external_id},
        attributes=one.post.attributes,
        stratum=one.toss.stratum,
        inclusion_probability=one.toss.probability,
    )


def _record(
    routed: Sequence[Routed],
    *,
    policy: PolicyVersion,
    plan: AuditPlanRow,
    asked: Mapping[int, int],
    now: datetime,
) -> None:
    _seat(routed)
    verdicts = _INSERT_VERDICTS([_verdict(one, policy, now=now) for one in routed])
    _INSERT_DRAWS(
        [
            Draw(
                post_id=one.post.pk,
                project_id=one.post.project_id,
                design=one.toss.design,
                stratum=one.toss.stratum,
                probability=one.toss.probability,
                coin=one.toss.coin,
                is_drawn=one.toss.is_drawn,
                score=one.score,
                plan_id=plan.pk,
                verdict_id=verdict.pk,
                question_id=asked.get(one.post.pk),
                created_at=now,
            )
            for one, verdict in zip(routed, verdicts, strict=True)
        ]
    )


def _seat(routed: Sequence[Routed]) -> None:
    """Write down under which arm of a rollout posts came; nothing where there is none."""
    for arm in sorted({one.by.arm for one in routed if one.by.arm}):
        mine = [one.post for one in routed if one.by.arm == arm]
        Post.objects.filter(pk__in=[post.pk for post in mine]).update(arm=arm)
        for post in mine:
            post.arm_id = arm


def _verdict(one: Routed, policy: PolicyVersion, *, now: datetime) -> Verdict:
    return Verdict(
        post_id=one.post.pk,
        project_id=one.post.project_id,
        outcome=one.answer.outcome,
        machine_outcome=one.answer.machine_outcome,
        classes=list(one.answer.classes),
        reason=one.answer.reason,
        scores=dict(one.scores or {}),
        score=one.score,
        policy_version_id=policy.pk,
        model_version_id=one.by.version.pk if one.by.version else None,
        arm_id=one.by.arm,
        created_at=now,
    )


_EVENT = {Outcome.PASS: "pass", Outcome.REVIEW: "ask", Outcome.REMOVE: "decide"}


def _move(one: Routed, policy: PolicyVersion) -> Move:
    outcome, actor = Outcome(one.answer.outcome), Actor(policy_version=policy, model_version=one.by.version)
    removed = Publication.UNPUBLISHED if outcome == Outcome.REMOVE else None
    return Move(one.post, _EVENT[outcome], publication=removed, detail={"reason": one.answer.reason}, actor=actor)


def _decide_removals(removed: Sequence[Routed], *, policy: PolicyVersion, now: datetime) -> None:
    Decision.objects.bulk_create(
        Decision(
            post=one.post,
            project_id=one.post.project_id,
            kind=DecisionKind.REMOVE,
            classes=list(one.answer.classes),
            reason=one.answer.reason,
            policy_version=policy,
            model_version=one.by.version,
            arm_id=one.by.arm,
            created_at=now,
        )
        for one in removed
    )
