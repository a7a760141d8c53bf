"""Trying a challenger on part of the traffic: rollouts, their arms and days, and what next-day validation found."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.models import Image, Question
from config.accounts.models import Project, User
from models_registry.models import Detector, ForPeople, ModelVersion, append_only

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}
_OPTIONAL: dict[str, Any] = {**_BELOW, "null": True, "blank": True}
_ACTOR: dict[str, Any] = _OPTIONAL


class OfRollout(ForPeople):
    project_path = "rollout__project"


class RolloutKind(models.TextChoices):
    SHADOW = "shadow", _("Shadow: both predict, the champion decides")
    CANARY = "canary", _("Canary: the challenger decides about a small share of the posts")
    AB = "ab", _("A/B: both decide, about a share of the posts each")


class RolloutUnit(models.TextChoices):
    POSTER = "poster", _("Poster: all posts of one poster are treated alike")
    IMAGE = "image", _("Image: all posts of one image are treated alike")


class RolloutStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    PROMOTED = "promoted", _("Promoted")
    DISCARDED = "discarded", _("Discarded")


class ArmName(models.TextChoices):
    CHAMPION = "champion", _("Champion")
    CHALLENGER = "challenger", _("Challenger")


class Rollout(models.Model):
    """A challenger tried beside the champion of its start; see moderation/rollouts.

    ``share`` is the challenger's part of the posts: of a shadow, the part that both score. ``salt`` makes each rollout
    deal posters anew. ``limits`` are those of its guardrails, by key of rollouts/guardrails. ``labels_per_day`` is how
    many of a shadow's disagreements people are asked about.
    """

    project = models.ForeignKey(Project, **_BELOW)
    detector = models.ForeignKey(Detector, **_BELOW)
    kind = models.CharField(max_length=6, choices=RolloutKind.choices)
    unit = models.CharField(max_length=6, choices=RolloutUnit.choices)
    status = models.CharField(max_length=9, choices=RolloutStatus.choices, default=RolloutStatus.RUNNING)
    champion = models.ForeignKey(ModelVersion, **_BELOW)
    challenger = models.ForeignKey(ModelVersion, **_BELOW)
    share = models.FloatField()
    salt = models.BinaryField()
    limits = models.JSONField(default=dict)
    labels_per_day = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, **_ACTOR)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When the challenger was asked no more.")

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["detector"], condition=Q(status="running"), name="one_rollout_runs_per_detector"
            ),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="rollout_share_is_a_share"),
            models.CheckConstraint(condition=~Q(champion=F("challenger")), name="a_rollout_has_two_versions"),
            models.CheckConstraint(
                condition=Q(status="running", ended_at__isnull=True)
                | (~Q(status="running") & Q(ended_at__isnull=False)),
                name="a_rollout_that_runs_has_no_end",
            ),
        ]
        indexes = [models.Index(fields=["project", "-id"], name="rollout_newest")]

    def __str__(self) -> str:
        return f"{self.project} rollout {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.status == RolloutStatus.RUNNING


class RolloutArm(models.Model):
    """One side of a rollout. Posts, verdicts, decisions, impressions and complaints name the arm they came under."""

    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="arms")
    name = models.CharField(max_length=10, choices=ArmName.choices)
    model_version = models.ForeignKey(ModelVersion, **_BELOW)

    objects = OfRollout.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rollout", "name"], name="one_arm_per_name")]
        triggers = append_only("rollout_arm")

    def __str__(self) -> str:
        return f"{self.rollout} {self.name}"


class RolloutEventKind(models.TextChoices):
    STARTED = "started", _("Started")
    SHARE_CHANGED = "share_changed", _("Share changed")
    STOPPED = "stopped", _("Stopped")
    BREACHED = "breached", _("Stopped by a guardrail")
    OVERTAKEN = "overtaken", _("Ended: another champion came into force")
    PROMOTED = "promoted", _("Promoted")
    DISCARDED = "discarded", _("Discarded")


class RolloutEvent(models.Model):
    """What happened to a rollout, by whom (nobody: by itself) and why; append-only."""

    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=13, choices=RolloutEventKind.choices)
    person = models.ForeignKey(User, **_ACTOR)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    objects = OfRollout.as_manager()

    class Meta:
        ordering = ["id"]
        triggers = append_only("rollout_event")

    def __str__(self) -> str:
        return f"{self.rollout} {self.kind}"


class RolloutDay(models.Model):
    """What one arm came to on one day (UTC), counted anew from the rows: see rollouts/gathering for the counts."""

    arm = models.ForeignKey(RolloutArm, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    counts = models.JSONField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["arm", "day"], name="one_rollout_day_per_arm")]

    def __str__(self) -> str:
        return f"{self.arm} {self.day}"


class RolloutScoring(models.Model):
    """What scoring for one arm took on one day: added up in the transactions that conclude the batches."""

    arm = models.ForeignKey(RolloutArm, on_delete=models.PROTECT, related_name="scoring", db_index=False)
    day = models.DateField()
    images = models.PositiveIntegerField(default=0, db_default=0)
    microseconds = models.BigIntegerField(default=0, db_default=0)
    failures = models.PositiveIntegerField(default=0, db_default=0, help_text="Batches that could not be scored.")

    class Meta:
        verbose_name_plural = "rollout scoring"
        constraints = [models.UniqueConstraint(fields=["arm", "day"], name="one_scoring_per_arm_and_day")]

    def __str__(self) -> str:
        return f"{self.arm} {self.day}"


class Disagreement(models.Model):
    """A post of a shadow about which the two versions' verdicts differ.

    ``probability`` is the chance with which it was chosen for a label question, empty until that was tossed; what is
    found so enters no estimator of the traffic.
    """

    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="disagreements")
    post = models.ForeignKey("Post", on_delete=models.CASCADE, related_name="+")
    image = models.ForeignKey(Image, **_BELOW)
    champion_outcome = models.CharField(max_length=6)
    challenger_outcome = models.CharField(max_length=6)
    champion_score = models.FloatField()
    challenger_score = models.FloatField()
    created_at = models.DateTimeField()
    probability = models.FloatField(null=True, blank=True)
    coin = models.FloatField(null=True, blank=True)
    is_drawn = models.BooleanField(default=False, db_default=False)
    tossed_at = models.DateTimeField(null=True, blank=True)
    question = models.ForeignKey(Question, **_OPTIONAL)

    objects = OfRollout.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rollout", "post"], name="one_disagreement_per_post"),
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | Q(probability__gt=0, probability__lte=1),
                name="disagreement_probability_is_one",
            ),
            models.CheckConstraint(
                condition=~Q(champion_outcome=F("challenger_outcome")), name="a_disagreement_disagrees"
            ),
        ]
        indexes = [
            # Serves the hourly toss among what was not tossed for yet.
            models.Index(fields=["rollout", "id"], condition=Q(tossed_at__isnull=True), name="disagreement_waits"),
        ]

    def __str__(self) -> str:
        return f"{self.post}: {self.champion_outcome} or {self.challenger_outcome}"


class Validation(models.Model):
    """A version that decided on a day, judged on the truths that have come in since; written anew while they come.

    ``measured`` and ``promised`` are {metric: {"estimate", "low", "high", …}}, ``below`` the metrics that are clearly
    worse than the evaluation promised. See rollouts/validating.
    """

    project = models.ForeignKey(Project, **_BELOW)
    model_version = models.ForeignKey(ModelVersion, **_BELOW)
    day = models.DateField(help_text="The last day that it speaks of.")
    first = models.DateField(help_text="The first day that it speaks of.")
    posts = models.PositiveIntegerField()
    pending = models.PositiveIntegerField(help_text="Looks that nobody has answered yet.")
    measured = models.JSONField()
    promised = models.JSONField()
    below = models.JSONField(default=list)
    judged_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model_version", "day"], name="one_validation_per_day")]
        indexes = [models.Index(fields=["project", "-day"], name="validation_newest")]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.day}"


class ModelAlert(models.Model):
    """Something about a model version that whoever answers for the project should know; stands on every page until
    somebody has seen it: a rollout that stopped by itself, a validation below what was promised, or what a watch found.
    """

    project = models.ForeignKey(Project, **_BELOW)
    rollout = models.OneToOneField(Rollout, **_OPTIONAL)
    validation = models.OneToOneField(Validation, **_OPTIONAL)
    finding = models.OneToOneField("WatchFinding", **_OPTIONAL)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, **_ACTOR)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rollout__isnull=False, validation__isnull=True, finding__isnull=True)
                | Q(rollout__isnull=True, validation__isnull=False, finding__isnull=True)
                | Q(rollout__isnull=True, validation__isnull=True, finding__isnull=False),
                name="a_model_alert_has_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(seen_at__isnull=True, seen_by__isnull=True)
                | Q(seen_at__isnull=False, seen_by__isnull=False),
                name="whoever_saw_an_alert_did_so_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["project"], condition=Q(seen_at__isnull=True), name="model_alert_stands")]

    def __str__(self) -> str:
        return f"{self.project}: {self.rollout or self.validation or self.finding}"
