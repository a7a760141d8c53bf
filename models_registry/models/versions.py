"""Model versions, what was measured of them, and what is deployed."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.accounts.models import User
from models_registry.models.datasets import DatasetVersion, Detector, LabelSchema
from models_registry.models.figures import AveragePrecision, RecallAtTenth, read_off
from models_registry.models.rows import OfDetector, append_only
from models_registry.models.runs import Run

_ACTOR: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+"}


class ModelVersion(models.Model):
    """One trained state of a detector: the exported file, its canvas, its report."""

    detector = models.ForeignKey(Detector, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    schema = models.ForeignKey(LabelSchema, on_delete=models.PROTECT, related_name="+")
    dataset = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="model_version")
    artifact = models.CharField(max_length=300, help_text="Storage key of the ONNX file.")
    artifact_sha256 = models.CharField(max_length=64)
    preprocessing = models.JSONField()
    calibration = models.JSONField()
    parity = models.JSONField()
    created_at = models.DateTimeField()

    objects = OfDetector.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["detector", "number"], name="model_number_once")]
        triggers = append_only("model_version")

    def __str__(self) -> str:
        return f"{self.detector.slug} v{self.number}"

    @property
    def report(self) -> dict[str, Any]:
        """Return the evaluation on its own dataset's hold-out; operating points come from it."""
        return self.evaluations.get(dataset_id=self.dataset_id).report


class Evaluation(models.Model):
    """A model version measured, from its exported file, on the hold-out of a dataset version."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="evaluations")
    dataset = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    report = models.JSONField()
    scores = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="Storage key of the score of every image."
    )
    scores_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    average_precision = read_off(AveragePrecision)
    recall_at_tenth = read_off(RecallAtTenth)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model_version", "dataset"], name="one_evaluation_per_hold_out")]
        triggers = append_only("evaluation")

    def __str__(self) -> str:
        return f"{self.model_version} on {self.dataset}"


class GateOutcome(models.TextChoices):
    PASS = "PASS", _("Pass")
    FAIL = "FAIL", _("Fail")
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA", _("Not enough data")


class Scorecard(models.Model):
    """The gate's named checks of a candidate against the champion of that moment (or none), and their result."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="scorecards")
    champion = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    checks = models.JSONField()
    outcome = models.CharField(max_length=16, choices=GateOutcome.choices)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        triggers = append_only("scorecard")

    def __str__(self) -> str:
        return f"{self.model_version}: {self.outcome}"


class Waiver(models.Model):
    """A person takes responsibility for a scorecard that says there is not enough data."""

    scorecard = models.OneToOneField(Scorecard, on_delete=models.PROTECT, related_name="waiver")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        triggers = append_only("waiver")

    def __str__(self) -> str:
        return f"{self.scorecard} waived by {self.person}"


class DeploymentRole(models.TextChoices):
    CHAMPION = "champion", _("Champion")


class Deployment(models.Model):
    """A model version in force from ``started_at`` until ``ended_at``; the open one decides."""

    detector = models.ForeignKey(Detector, on_delete=models.PROTECT, related_name="deployments")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="deployments")
    role = models.CharField(max_length=10, choices=DeploymentRole.choices, default=DeploymentRole.CHAMPION)
    is_roll_back = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, **_ACTOR)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OfDetector.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["detector"], condition=Q(ended_at__isnull=True, role="champion"), name="one_champion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_version} as {self.role}"

    def end(self, *, now: datetime) -> None:
        self.ended_at = now
        self.save(update_fields=["ended_at"])
