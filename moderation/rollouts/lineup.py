"""This will say who predicts for a project now, who decides about which post, and keep that still while it is acted on.

A rollout is in effect while it runs and the champion is still the one it began with: a deployment or a roll-back takes
it out of effect in the same instant, before anybody has ended it. Whoever changes a rollout holds the lock of the
detector's row, which `hold_still` holds ``FOR SHARE``; so nothing is written by a rollout that has just ended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.accounts.models import Project
from config.compiled import Compiled, Given
from models_registry import deployment
from models_registry.models import ModelVersion
from moderation.models import Post, RolloutArm, RolloutKind, RolloutStatus
from moderation.rollouts import arms

_RUNNING = Compiled(
    lambda: RolloutArm.objects.filter(
        rollout__project=Given("project"), rollout__status=RolloutStatus.RUNNING, rollout__champion=Given("champion")
    ).select_related("rollout", "model_version__detector", "model_version__schema")
)


@dataclass(frozen=True)
class Trial:
    """The rollout in effect; ``champion_arm`` and ``challenger_arm`` are the ids of its arms."""

    rollout: int
    kind: str
    unit: str
    share: float
    salt: bytes
    challenger: ModelVersion
    champion_arm: int
    challenger_arm: int

    @property
    def is_shadow(self) -> bool:
        return self.kind == RolloutKind.SHADOW

    def has(self, post: Post) -> bool:
        """Whether the challenger is asked about a post; the caller has its image."""
        key = arms.unit_key(self.unit, poster=post.poster, image=post.image.sha256)
        return arms.arm(self.salt, key, share=self.share) == arms.CHALLENGER


@dataclass(frozen=True)
class Asked:
    """A version that predicts, for which images, and for which arm; the champion comes first."""

    version: ModelVersion
    images: frozenset[int]
    arm: int | None
    is_challenger: bool = False


@dataclass(frozen=True)
class Lineup:
    """Who predicts for a project; equal as long as nothing about that has changed."""

    champion: ModelVersion | None
    trial: Trial | None = None

    def decider(self, post: Post) -> tuple[ModelVersion | None, int | None]:
        """Return which version decides about a post, and under which arm."""
        if self.trial is None:
            return self.champion, None
        if self.trial.is_shadow or not self.trial.has(post):
            return self.champion, self.trial.champion_arm
        return self.trial.challenger, self.trial.challenger_arm

    def asked(self, posts: Sequence[Post]) -> list[Asked]:
        """Return who is asked about the images of these posts: one version about each, or in a shadow two."""
        if self.champion is None:
            return []
        if self.trial is None:
            return [Asked(self.champion, _images(posts), None)]
        theirs = [post for post in posts if self.trial.has(post)]
        mine = posts if self.trial.is_shadow else [post for post in posts if post not in theirs]
        both = [
            Asked(self.champion, _images(mine), self.trial.champion_arm),
            Asked(self.trial.challenger, _images(theirs), self.trial.challenger_arm, is_challenger=True),
        ]
        return [one for one in both if one.images]


def of(project: Project) -> Lineup:
    """Return who predicts for a project now. Two queries."""
    return _with_trial(project, deployment.champion_of(project))


def hold_still(project: Project) -> Lineup:
    """Return who predicts, and keep it so until the caller's transaction ends."""
    return _with_trial(project, deployment.hold_still(project))


def _with_trial(project: Project, champion: ModelVersion | None) -> Lineup:
    if champion is None:
        return Lineup(None)
    found = {one.name: one for one in _RUNNING.all(project=project.pk, champion=champion.pk)}
    if not found:
        return Lineup(champion)
    mine, theirs = found[arms.CHAMPION], found[arms.CHALLENGER]
    rollout = theirs.rollout
    return Lineup(
        champion,
        Trial(
            rollout=rollout.pk,
            kind=rollout.kind,
            unit=rollout.unit,
            share=rollout.share,
            salt=bytes(rollout.salt),
            challenger=theirs.model_version,
            champion_arm=mine.pk,
            challenger_arm=theirs.pk,
        ),
    )


def _images(posts: Iterable[Post]) -> frozenset[int]:
    return frozenset(post.image_id for post in posts)
