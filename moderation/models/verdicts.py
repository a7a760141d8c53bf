"""The machine's answers, and the recorded tosses by which people look at what passed."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotation.models import Question
from config.accounts.models import Project
from models_registry.models import ForPeople, ModelVersion, append_only
from moderation.models.policies import AuditPlanRow, PolicyVersion
from moderation.models.posts import ARM, Post

_OPTIONAL: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+"}


class Outcome(models.TextChoices):
    REMOVE = "remove", _("Remove")
    REVIEW = "review", _("Review")
    PASS = "pass", pgettext_lazy("verdict", "Pass")


class Verdict(models.Model):
    """The policy's machine answer for a post: what was done, and what the scores alone would have said.

    ``outcome`` is what happened; ``machine_outcome`` what the policy would have said had it been automatic and no
    override in force (empty where no model scored). ``score`` is the highest calibrated probability of any class.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="verdicts")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    machine_outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True)
    classes = ArrayField(models.CharField(max_length=50), help_text="That reached their threshold.")
    reason = models.CharField(max_length=40)
    scores = models.JSONField(default=dict)
    score = models.FloatField(null=True, blank=True)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    model_version = models.ForeignKey(ModelVersion, **_OPTIONAL)
    arm = models.ForeignKey("RolloutArm", **ARM)
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "created_at"], name="verdict_period")]
        triggers = append_only("verdict")

    def __str__(self) -> str:
        return f"{self.post}: {self.outcome}"


class Asked(models.Model):
    """That a post waits for, or was told by, the answer to a question. Posts of the same bytes share questions."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="asked")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "post"], name="asked_once")]
        triggers = append_only("asked")

    def __str__(self) -> str:
        return f"{self.post} asks {self.question}"


class Draw(models.Model):
    """The recorded toss by which a post was or was not chosen for a look; append-only."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="draws")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    design = models.CharField(max_length=40)
    stratum = models.CharField(max_length=40)
    probability = models.FloatField()
    coin = models.FloatField()
    is_drawn = models.BooleanField()
    score = models.FloatField(null=True, blank=True)
    plan = models.ForeignKey(AuditPlanRow, **_OPTIONAL)
    verdict = models.ForeignKey(Verdict, on_delete=models.CASCADE, related_name="draws")
    question = models.ForeignKey(Question, **_OPTIONAL)
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "design"], name="one_draw_per_design"),
            models.CheckConstraint(condition=Q(probability__gt=0, probability__lte=1), name="draw_probability_is_one"),
        ]
        indexes = [models.Index(fields=["project", "created_at"], name="draw_period")]
        triggers = append_only("draw")

    def __str__(self) -> str:
        return f"{self.post} π={self.probability:.3f}"
