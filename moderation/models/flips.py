"""What another model version would flag or clear among past posts, and which of those people were asked about."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.models import Rescoring
from config.accounts.models import Project, User
from models_registry.models import ForPeople, ModelVersion
from moderation.models.policies import PolicyVersion
from moderation.models.posts import Post
from moderation.models.verdicts import Outcome


class OfComparison(ForPeople):
    project_path = "comparison__project"


class FlipKind(models.TextChoices):
    FLAGGED = "flagged", _("Newly flagged")
    CLEARED = "cleared", _("Newly cleared")


class FlipComparison(models.Model):
    """The verdicts of a re-scoring's version beside those that stand, under one policy version and champion.

    ``after_image_id`` is how far it has come; it follows the re-scoring, and is over with it.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    rescoring = models.ForeignKey(Rescoring, on_delete=models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    champion = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    after_image_id = models.BigIntegerField(default=0)
    posts = models.PositiveIntegerField(default=0, help_text="That were compared.")
    stay_flagged = models.PositiveIntegerField(default=0)
    newly_flagged = models.PositiveIntegerField(default=0)
    newly_cleared = models.PositiveIntegerField(default=0)
    incomparable = models.PositiveIntegerField(default=0, help_text="Posts that no other version ever scored.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rescoring", "policy_version", "champion"], name="one_comparison", nulls_distinct=False
            )
        ]
        indexes = [
            # Serves the sweep that carries comparisons on.
            models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="comparison_open"),
        ]

    def __str__(self) -> str:
        return f"flips of {self.rescoring}"

    @property
    def stay_clear(self) -> int:
        return self.posts - self.stay_flagged - self.newly_flagged - self.newly_cleared

    def count(self, kind: str) -> int:
        return self.newly_flagged if kind == FlipKind.FLAGGED else self.newly_cleared


class Flip(models.Model):
    """A post about which the two versions differ. ``class_key`` is the class that makes it so, whose score ``moved``
    farthest, from ``score_before`` to ``score_after``. Samples are taken in the order of ``coin``."""

    comparison = models.ForeignKey(FlipComparison, on_delete=models.CASCADE, related_name="flips")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=7, choices=FlipKind.choices)
    outcome_before = models.CharField(max_length=6, choices=Outcome.choices)
    outcome_after = models.CharField(max_length=6, choices=Outcome.choices)
    class_key = models.CharField(max_length=50)
    score_before = models.FloatField()
    score_after = models.FloatField()
    moved = models.FloatField(help_text="In the direction of the flip; in [-1, 1].")
    coin = models.BigIntegerField()

    objects = OfComparison.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comparison", "post"], name="one_flip_per_post")]
        indexes = [
            # Serves the galleries.
            models.Index(F("comparison"), F("kind"), F("moved").desc(), F("id").desc(), name="flip_gallery"),
            # Serves samples.
            models.Index(fields=["comparison", "kind", "coin", "id"], name="flip_sample"),
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.kind}"


class FlipSending(models.Model):
    """Flips that somebody has sent to review: all of a kind, or those with the lowest coins, each with the same chance.

    Carried out in parts of one bulk action each, in the order of coins; ``after_coin`` and ``after_flip_id`` are how
    far it has come.
    """

    comparison = models.ForeignKey(FlipComparison, on_delete=models.PROTECT, related_name="sendings")
    kind = models.CharField(max_length=7, choices=FlipKind.choices)
    batch_id = models.UUIDField()
    posts = models.PositiveIntegerField(help_text="How many are to be sent.")
    probability = models.FloatField(help_text="With which each flip of this kind was to be among them.")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    after_coin = models.BigIntegerField(null=True, blank=True)
    after_flip_id = models.BigIntegerField(default=0)
    parts = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    already = models.PositiveIntegerField(default=0)
    cannot = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = OfComparison.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "batch_id"], name="one_sending_per_batch"),
            models.UniqueConstraint(
                fields=["comparison", "kind"], condition=Q(finished_at__isnull=True), name="one_sending_in_flight"
            ),
            models.CheckConstraint(
                condition=Q(probability__gt=0, probability__lte=1), name="sending_probability_is_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.posts} {self.kind} of {self.comparison}"

    @property
    def told(self) -> int:
        """Return how many it has come past."""
        return self.done + self.already + self.cannot
