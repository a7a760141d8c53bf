"""Studies: a search for the best config, run by run."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.accounts.models import User
from models_registry.models.datasets import DatasetVersion, Detector
from models_registry.models.rows import OfDetector, append_only
from models_registry.models.runs import Run

_ACTOR: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+"}


class StudyStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")


class Study(models.Model):
    """A search over the ranges of a config file; its trials are runs that end once the network is fitted.

    ``importances`` maps the dotted name of each range to the share of the differences that it explains, empty while
    too few trials are over to tell.
    """

    detector = models.ForeignKey(Detector, on_delete=models.PROTECT, related_name="studies")
    dataset = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    config_text = models.TextField(help_text="The config file, as it was given.")
    status = models.CharField(max_length=8, choices=StudyStatus.choices, default=StudyStatus.RUNNING)
    importances = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, **_ACTOR)
    finished_at = models.DateTimeField(null=True, blank=True)
    canceled_by = models.ForeignKey(User, **_ACTOR)

    objects = OfDetector.as_manager()

    class Meta:
        indexes = [
            # Serves the training worker, which asks before every run whether a study wants another.
            models.Index(fields=["id"], condition=Q(status="running"), name="study_running"),
        ]

    def __str__(self) -> str:
        return f"study {self.pk}"


class Trial(models.Model):
    """One try of a study: the values it took, by the dotted names of their ranges, and the run that fits them."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="trials")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="trial")
    number = models.PositiveIntegerField()
    values = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="trial_number_once")]
        ordering = ["number", "id"]
        triggers = append_only("trial")

    def __str__(self) -> str:
        return f"{self.study} trial {self.number}"


class Pruning(models.Model):
    """A trial that was given up early: after which epoch, and what it had reached against the median of the others."""

    trial = models.OneToOneField(Trial, on_delete=models.PROTECT, related_name="pruning")
    epoch = models.PositiveIntegerField()
    reached = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        triggers = append_only("pruning")

    def __str__(self) -> str:
        return f"{self.trial} given up"
