"""This will take waiting posts to their verdicts: claim, predict, ask the policy, act or open a question.

Three steps, so that nothing slow happens inside a transaction: (1) claim up to a batch under a token and commit;
(2) decode and score, in no transaction; (3) write everything in one, provided the token still holds and neither the
deployment nor a rollout nor the policy has changed meanwhile; where one has, step 2 is done anew.

A worker that has a batch under way already claims the next, and its decoding processes go on with that while it scores
and writes: nobody waits for anybody but the cores.

A worker that dies leaves its posts claimed; when the claim runs out they wait again. A post tried before runs alone,
with no other batch beside it, so that one that kills workers takes nobody with it, and is FAILED after its third try.
"""

import logging
import uuid
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from annotation import images
from annotation.decoders import Developing
from annotation.images import NotAnImage
from annotation.models import Image
from annotation.pixels import Developed
from config.accounts.models import Project
from config.compiled import Compiled, Given, rows
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

_LOST = Compiled(
    lambda: (
        Post.objects.filter(status=PostStatus.SCREENING, claimed_until__lte=Given("now"))
        .select_for_update(skip_locked=True, no_key=True)
        .order_by("id")[:1000]
    )
)
_PROJECT = Compiled(lambda: Project.objects.filter(pk=Given("project")))
_HELD = """
    SELECT id FROM moderation_post WHERE id = ANY(%s) AND claim_token = %s AND status = 'screening'
    ORDER BY id FOR NO KEY UPDATE
"""


@dataclass(frozen=True)
class Begun:
    """The first half of step 2: for those who are asked, these images are being decoded."""

    lineup: Lineup
    asking: Asking
    images: list[Image]
    developing: Developing


@dataclass(frozen=True)
class Batch:
    """Claimed posts of one project, and what was begun of them while another batch was under way."""

    project: Project
    token: uuid.UUID
    posts: list[Post]
    begun: Begun | None = None

    @property
    def was_tried(self) -> bool:
        return any(post.attempts > 1 for post in self.posts)


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
    return sum(screen_batches(now=lambda: now, project=project, most=1))


def screen_batches(
    *, now: Callable[[], datetime], project: Project | None = None, most: int
) -> Generator[int, None, None]:
    """Screen batch after batch; yields how many posts of each were concluded, until nothing waits, one batch has to
    come back later (0), or there were ``most``.

    What was claimed ahead is given back where this ends before its turn: close it where you leave it early.
    """
    ahead: Batch | None = None
    try:
        for left in reversed(range(most)):
            batch, ahead = ahead or _next(now=now(), project=project), None
            if batch is None:
                return
            ahead = _look_ahead(batch, now=now(), project=project) if left else None
            concluded = _screen(batch, now=now())
            yield concluded
            if not concluded:
                return
    finally:
        if ahead:
            _give_back(ahead, now=now())


def _next(*, now: datetime, project: Project | None, beside: Batch | None = None) -> Batch | None:
    give_back_lost(now=now)
    return claim(now=now, project=project, beside=beside)


def _look_ahead(batch: Batch, *, now: datetime, project: Project | None) -> Batch | None:
    """Claim what comes after a batch, and begin to decode it."""
    ahead = _next(now=now, project=project, beside=batch)
    if ahead is None:
        return None
    try:
        return replace(ahead, begun=_begin(ahead, lineup.of(ahead.project)))
    except OSError as error:
        log.warning("Files of the next batch cannot be read, so it is begun in its own turn: %s", error)
        return ahead


def _screen(batch: Batch, *, now: datetime) -> int:
    """Take a batch to its verdicts; returns how many posts it has, or 0 where they wait again."""
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
def claim(*, now: datetime, project: Project | None = None, beside: Batch | None = None) -> Batch | None:
    """Take the next waiting posts of one project, under a token. What was tried before is taken alone: never
    ``beside`` a batch that is under way in this process, and nothing is beside it."""
    if beside and beside.was_tried:
        return None
    waiting = Post.objects.filter(status=PostStatus.WAITING).order_by("-attempts", "received_at", "id")
    if project:
        waiting = waiting.filter(project=project)
    locked = waiting.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related("image")
    posts = list(locked[: settings.SCREENING_BATCH])
    if not posts or (beside and posts[0].attempts):
        return None
    posts = posts[:1] if posts[0].attempts else [one for one in posts if one.project_id == posts[0].project_id]
    token, until = uuid.uuid4(), now + timedelta(seconds=CLAIM_SECONDS)
    for post in posts:
        post.attempts += 1
        post.claim_token, post.claimed_until = token, until
    lifecycle.move([Move(post, "claim", detail={"attempt": post.attempts}) for post in posts], now=now)
    [project] = _PROJECT.all(project=posts[0].project_id)
    _introduce(posts, project)
    return Batch(project=project, token=token, posts=posts)


def _introduce(posts: Sequence[Post], project: Project) -> None:
    """Let posts share their one project and their images; reading it with every post takes longer than the posts
    themselves."""
    images_of = {post.image_id: post.image for post in posts}
    for image in images_of.values():
        image.project = project
    for post in posts:
        post.project, post.image = project, images_of[post.image_id]


@transaction.atomic
def give_back_lost(*, now: datetime) -> int:
    """Return posts whose worker died to waiting; those tried three times fail. Returns how many."""
    posts = _LOST.all(now=now)
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


def _begin(batch: Batch, who: Lineup) -> Begun:
    """Begin to decode what was not decoded yet, or what those who are asked have not scored yet."""
    asking = Asking(who.asked(batch.posts))
    pictures = {post.image_id: post.image for post in batch.posts}
    asking.recall(pictures)
    wanted = [one for one in pictures.values() if one.decoded_at is None or asking.is_wanted(one)]
    developing = images.decoders().begin([images.open_original(one) for one in wanted], specs=asking.specs)
    return Begun(lineup=who, asking=asking, images=wanted, developing=developing)


def _see(batch: Batch, who: Lineup, *, now: datetime) -> Seen:
    """Wait for what is being decoded, and have it scored."""
    effort = Effort()
    begun = batch.begun if batch.begun and batch.begun.lineup == who else _begin(batch, who)
    results = list(zip(begun.images, images.decoders().finish(begun.developing), strict=True))
    failures = {one.pk: result for one, result in results if isinstance(result, NotAnImage)}
    good = {one.pk: result for one, result in results if isinstance(result, Developed)}
    images.keep([one for one, _ in results if one.pk in good], list(good.values()), now=now)
    effort.elsewhere += sum(one.cpu_seconds for one in good.values())
    if who.champion:
        effort.has_gpu = serving.is_on_gpu(who.champion)
        begun.asking.ask(good)
    return Seen(lineup=who, asking=begun.asking, failures=failures, effort=effort)


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
    """Lock the posts that this claim still holds; the others were withdrawn, or given to somebody else.

    They are as they were claimed: whoever changes a post takes it from its claim.
    """
    posts = {post.pk: post for post in batch.posts}
    return [posts[pk] for [pk] in rows(_HELD, [list(posts), batch.token])]


def _fail(failures: Sequence[tuple[Post, str, str]], *, now: datetime) -> None:
    """Fail posts visibly: status, reason, event, and the client is told."""
    for post, code, detail in failures:
        post.failure_code, post.failure_detail = code, detail
    lifecycle.move([Move(post, "fail", detail={"code": code}) for post, code, _ in failures], now=now)
    webhooks.enqueue([post for post, _, _ in failures], event="post.failed", now=now)
