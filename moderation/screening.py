"""This will take waiting posts to their verdicts: claim, predict, ask the policy, act or open a question.

Three steps, so that nothing slow happens inside a transaction: (1) claim up to a batch under a token and commit;
(2) decode and score, in no transaction; (3) write everything in one, provided the token still holds and neither the
deployment nor a rollout nor the policy has changed meanwhile; where one has, step 2 is done anew.

A worker that dies leaves its posts claimed; when the claim runs out they wait again. A post tried before runs alone,
so that one that kills workers takes nobody with it, and is FAILED after its third try.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from annotation import images
from annotation.images import NotAnImage
from annotation.models import Image
from annotation.pixels import Developed
from config.accounts.models import Project
from models_registry import serving
from models_registry.artifacts import ArtifactDamaged
from moderation import lifecycle, policies, routing, webhooks
from moderation.effort import Effort
from moderation.lifecycle import Move
from moderation.models import PolicyVersion, Post, PostStatus
from moderation.rollouts import guardrails, lineup, shadows
from moderation.rollouts.lineup import Lineup
from moderation.rollouts.scoring import Asking, ChallengerFailed
from moderation.routing import Scored

log = logging.getLogger(__name__)

CLAIM_SECONDS = 300
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Batch:
    """Claimed posts of one project."""

    project: Project
    token: uuid.UUID
    posts: list[Post]


@dataclass(frozen=True)
class Seen:
    """What step 2 found: what each version says (nobody is asked where none is deployed), and what could not be
    decoded."""

    lineup: Lineup
    asking: Asking
    failures: dict[int, NotAnImage]
    effort: Effort


def screen(*, now: datetime, project: Project | None = None) -> int:
    """Screen one batch of waiting posts; returns how many were claimed and concluded (0: come back later).

    Any number of workers may call this at once.
    """
    give_back_lost(now=now)
    batch = claim(now=now, project=project)
    if batch is None:
        return 0
    for _ in range(MOST_ATTEMPTS):
        who, in_force = lineup.of(batch.project), policies.in_force(batch.project)
        try:
            seen = _see(batch, who, now=now)
        except ChallengerFailed as failed:
            guardrails.note_failure(failed, now=now)
            continue
        except (ArtifactDamaged, ConnectionError, TimeoutError) as error:
            log.error("Files cannot be reached, so %d posts wait: %s", len(batch.posts), error)
            break
        if _conclude(batch, seen, in_force, now=now):
            return len(batch.posts)
    else:
        log.warning("Deployment, rollout or policy kept changing; %d posts wait for a round.", len(batch.posts))
    _give_back(batch, now=now)
    return 0


@transaction.atomic
def claim(*, now: datetime, project: Project | None = None) -> Batch | None:
    """Take the next waiting posts of one project, under a token. What was tried before is taken alone."""
    waiting = Post.objects.filter(status=PostStatus.WAITING).order_by("-attempts", "received_at", "id")
    if project:
        waiting = waiting.filter(project=project)
    locked = waiting.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related(
        "image__project", "client"
    )
    posts = list(locked[: settings.SCREENING_BATCH])
    if not posts:
        return None
    posts = posts[:1] if posts[0].attempts else [one for one in posts if one.project_id == posts[0].project_id]
    token, until = uuid.uuid4(), now + timedelta(seconds=CLAIM_SECONDS)
    for post in posts:
        post.attempts += 1
        post.claim_token, post.claimed_until = token, until
    lifecycle.move([Move(post, "claim", detail={"attempt": post.attempts}) for post in posts], now=now)
    return Batch(project=posts[0].image.project, token=token, posts=posts)


@transaction.atomic
def give_back_lost(*, now: datetime) -> int:
    """Return posts whose worker died to waiting; those tried three times fail. Returns how many."""
    lost = Post.objects.filter(status=PostStatus.SCREENING, claimed_until__lte=now).select_related("client")
    posts = list(lost.select_for_update(skip_locked=True, of=("self",), no_key=True).order_by("id")[:1000])
    again = [post for post in posts if post.attempts < MOST_ATTEMPTS]
    lifecycle.move([Move(post, "give_back", detail={"reason": "claim_ran_out"}) for post in again], now=now)
    given_up = [post for post in posts if post.attempts >= MOST_ATTEMPTS]
    detail = f"Screening did not finish in {MOST_ATTEMPTS} attempts."
    _fail([(post, "screening_crashed", detail) for post in given_up], now=now)
    return len(posts)


@transaction.atomic
def _give_back(batch: Batch, *, now: datetime) -> None:
    """Return posts that nothing is wrong with to waiting, as if they had not been tried."""
    posts = _still_ours(batch)
    for post in posts:
        post.attempts -= 1
    lifecycle.move([Move(post, "give_back", detail={"reason": "come_back_later"}) for post in posts], now=now)


@transaction.atomic
def retry(post: Post, *, now: datetime) -> None:
    """Let a failed post be screened again. Raises IllegalTransition for any other."""
    post = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    post.attempts, post.failure_code, post.failure_detail = 0, "", ""
    lifecycle.move([Move(post, "retry")], now=now)


def _see(batch: Batch, who: Lineup, *, now: datetime) -> Seen:
    """Decode what was not decoded yet and score what those who are asked have not scored yet."""
    effort, asking = Effort(), Asking(who.asked(batch.posts))
    pictures = {post.image_id: post.image for post in batch.posts}
    asking.recall(pictures)
    wanted = [one for one in pictures.values() if one.decoded_at is None or asking.is_wanted(one)]
    results = _develop(wanted, asking)
    failures = {pk: one for pk, one in results.items() if isinstance(one, NotAnImage)}
    good = {pk: one for pk, one in results.items() if isinstance(one, Developed)}
    images.keep([pictures[pk] for pk in good], list(good.values()), now=now)
    effort.elsewhere += sum(one.cpu_seconds for one in good.values())
    if who.champion:
        effort.has_gpu = serving.is_on_gpu(who.champion)
        asking.ask(good)
    return Seen(lineup=who, asking=asking, failures=failures, effort=effort)


def _develop(wanted: Sequence[Image], asking: Asking) -> dict[int, Developed | NotAnImage]:
    results = images.decoders().develop([images.open_original(one) for one in wanted], specs=asking.specs)
    return {one.pk: result for one, result in zip(wanted, results, strict=True)}


@transaction.atomic
def _conclude(batch: Batch, seen: Seen, in_force: PolicyVersion, *, now: datetime) -> bool:
    """Write the outcome of a batch in one transaction; False where what it rests on changed meanwhile."""
    who, policy = lineup.hold_still(batch.project), policies.hold_still(batch.project)
    if who != seen.lineup or policy != in_force:
        return False
    posts = _still_ours(batch)
    failed = [post for post in posts if post.image_id in seen.failures]
    fine = [post for post in posts if post.image_id not in seen.failures]
    seen.asking.keep(now=now)
    routing.route({post: _scored(post, seen) for post in fine}, policy=policy, champion=who.champion, now=now)
    if who.trial and who.trial.is_shadow:
        shadows.keep(fine, seen.lineup, seen.asking, in_force=policy, now=now)
    _fail([(post, seen.failures[post.image_id].code, seen.failures[post.image_id].detail) for post in failed], now=now)
    seen.effort.write(batch.project, posts=len(posts), now=now)
    return True


def _scored(post: Post, seen: Seen) -> Scored:
    version, arm = seen.lineup.decider(post)
    return Scored(version, seen.asking.of(version).get(post.image_id), arm)


def _still_ours(batch: Batch) -> list[Post]:
    """Lock the posts that this claim still holds; the others were withdrawn, or given to somebody else."""
    held = Post.objects.filter(
        pk__in=[post.pk for post in batch.posts], claim_token=batch.token, status=PostStatus.SCREENING
    )
    locked = held.select_for_update(of=("self",), no_key=True).select_related("image__project", "client", "project")
    return list(locked.order_by("id"))


def _fail(failures: Sequence[tuple[Post, str, str]], *, now: datetime) -> None:
    """Fail posts visibly: status, reason, event, and the client is told."""
    for post, code, detail in failures:
        post.failure_code, post.failure_detail = code, detail
    lifecycle.move([Move(post, "fail", detail={"code": code}) for post, code, _ in failures], now=now)
    webhooks.enqueue([post for post, _, _ in failures], event="post.failed", now=now)
