"""This will keep the posts of a shadow about which the two versions' verdicts differ, and have people look at some.

Compared is what the policy in force would say by the scores alone, under each version's own thresholds. Each hour so
many of what is new are chosen as the day's budget has left for it: those with the smallest coins, so every one of them
had the same chance, which is written down with it. They become label questions, which nobody can tell from others.
What they find teaches, and says which version is right where they differ; it enters no estimator of the traffic.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from annotation import questions
from annotation.models import Lane, Purpose, Question
from annotation.questions import Ask
from config.accounts.models import Project
from models_registry.models import LabelSchema, ModelVersion
from models_registry.registry import current_schema
from moderation import policies, policy
from moderation.models import Disagreement, PolicyVersion, Post, Rollout, RolloutKind, RolloutStatus
from moderation.rollouts import arms
from moderation.rollouts.lineup import Lineup
from moderation.rollouts.scoring import Asking

LABEL_DAYS = 3
MOST_AT_ONCE = 5000


def keep(posts: Sequence[Post], who: Lineup, asking: Asking, *, in_force: PolicyVersion, now: datetime) -> None:
    """Write down about which of these posts, all screened in this transaction, the verdicts differ."""
    if who.champion is None or who.trial is None:
        return
    mine, theirs = asking.of(who.champion), asking.of(who.trial.challenger)
    both = [post for post in posts if post.image_id in mine and post.image_id in theirs]
    said = _outcomes(in_force, who.champion, [mine[post.image_id] for post in both])
    other = _outcomes(in_force, who.trial.challenger, [theirs[post.image_id] for post in both])
    rows = [
        Disagreement(
            rollout_id=who.trial.rollout,
            post=post,
            image_id=post.image_id,
            champion_outcome=one,
            challenger_outcome=another,
            champion_score=max(mine[post.image_id].values()),
            challenger_score=max(theirs[post.image_id].values()),
            created_at=now,
        )
        for post, one, another in zip(both, said, other, strict=True)
        if one != another
    ]
    Disagreement.objects.bulk_create(rows, ignore_conflicts=True)


def _outcomes(version: PolicyVersion, model: ModelVersion, scores: Sequence[Mapping[str, float]]) -> list[str]:
    if not scores:
        return []
    limits = policies.limits(version, model)
    answers = (policy.judge(version.mode, version.rules, limits, policy.Evidence(scores=one)) for one in scores)
    return [one.machine_outcome for one in answers]


def open_for_hour(project: Project, *, now: datetime) -> list[Question]:
    """Have people asked about this hour's part of the disagreements; returns the questions. Safe to repeat."""
    running = Rollout.objects.filter(project=project, kind=RolloutKind.SHADOW, status=RolloutStatus.RUNNING)
    return [question for one in running.order_by("id") for question in _open(one, now=now)]


@transaction.atomic
def _open(rollout: Rollout, *, now: datetime) -> list[Question]:
    """Toss for what is new. Two at once take turns, and the second finds nothing."""
    rollout = Rollout.objects.select_for_update(no_key=True).select_related("project").get(pk=rollout.pk)
    waiting = _waiting(rollout)
    chosen = min(len(waiting), _left(rollout, now=now))
    if not waiting or not chosen:
        return []
    coins = {one.pk: arms.place(bytes(rollout.salt), f"disagreement:{one.post_id}") for one in waiting}
    lucky = {one.pk for one in sorted(waiting, key=lambda one: (coins[one.pk], one.pk))[:chosen]}
    asked = _ask([one for one in waiting if one.pk in lucky], current_schema(rollout.project), now=now)
    for one in waiting:
        one.probability, one.coin, one.is_drawn = chosen / len(waiting), coins[one.pk], one.pk in lucky
        one.tossed_at = now
        if one.is_drawn:
            one.question = asked[one.pk]
    Disagreement.objects.bulk_update(waiting, ["probability", "coin", "is_drawn", "question", "tossed_at"])
    return list(asked.values())


def _waiting(rollout: Rollout) -> list[Disagreement]:
    found: QuerySet[Disagreement] = rollout.disagreements.filter(tossed_at__isnull=True)
    return list(found.select_related("image").order_by("id")[:MOST_AT_ONCE])


def _left(rollout: Rollout, *, now: datetime) -> int:
    """Return how many may be chosen now, so that the day's budget is spread over its hours; what an hour did not need
    is there for the next."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    chosen = rollout.disagreements.filter(is_drawn=True, tossed_at__gte=day).count()
    return max(0, round(rollout.labels_per_day * (now.astimezone(UTC).hour + 1) / 24) - chosen)


def _ask(chosen: Sequence[Disagreement], schema: LabelSchema, *, now: datetime) -> dict[int, Question]:
    asks = [
        Ask(
            image=one.image,
            schema=schema,
            purpose=Purpose.LABEL,
            lane=Lane.NORMAL,
            due_at=now + timedelta(days=LABEL_DAYS),
            origin={"rollout": one.rollout_id},
        )
        for one in chosen
    ]
    opened = questions.open_questions(asks, now=now)
    return {one.pk: question for one, question in zip(chosen, opened, strict=True)}
