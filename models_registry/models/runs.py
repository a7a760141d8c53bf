"""Runs: the GPU's work, step by step and epoch by epoch."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.accounts.models import User
from models_registry.models.datasets import DatasetVersion, Detector
from models_registry.models.rows import OfDetector, append_only

_ACTOR: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+"}


def config_hash(config: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


class RunStatus(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")


class Run(models.Model):
    """The GPU's work: one attempt to make a model version from a dataset version."""

    detector = models.ForeignKey(Detector, on_delete=models.PROTECT, related_name="runs")
    dataset = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="runs")
    config = models.JSONField()
    config_hash = models.CharField(max_length=64)
    config_text = models.TextField(blank=True, default="", db_default="", help_text="The config file, as it was given.")
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.REQUESTED)
    attempts = models.PositiveIntegerField(default=0)
    token = models.UUIDField(null=True, blank=True, help_text="Of the worker that executes it.")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    code_commit = models.CharField(max_length=40, blank=True)
    environment = models.JSONField(
        default=dict, db_default={}, help_text="Machine and packages of the last attempt, by name."
    )
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, **_ACTOR)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = OfDetector.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["detector", "dataset", "config_hash"],
                condition=Q(status__in=["requested", "running"]),
                name="one_run_in_flight",
            )
        ]
        indexes = [
            models.Index(fields=["heartbeat_at"], condition=Q(status="running"), name="run_silent"),
            # Serves the list of runs, newest first.
            models.Index(fields=["detector", "-id"], name="run_newest"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    def note(self, kind: "RunEventKind", *, by: User | None = None, detail: str = "", at: datetime) -> "RunEvent":
        """Keep what happened to the run; in the transaction that changes it."""
        return RunEvent.objects.create(run=self, kind=kind, actor=by, detail=detail, at=at)


class RunEventKind(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    STARTED = "started", _("Started")
    GIVEN_BACK = "given_back", _("The worker fell silent; another may take it up")
    CANCELED = "canceled", _("Canceled")
    RESUMED = "resumed", _("Resumed")
    WAIVED = "waived", _("A failed check was waived")
    MEASURED_AGAIN = "measured_again", _("To be measured again")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


class RunEvent(models.Model):
    """Something that happened to a run, and who did it; nobody where a machine did."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=14, choices=RunEventKind.choices)
    actor = models.ForeignKey(User, **_ACTOR)
    detail = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        triggers = append_only("run_event")

    def __str__(self) -> str:
        return f"{self.run} {self.kind}"


class StepStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")


class RunStep(models.Model):
    """One step of a run, with what went in, what came out, seconds and log.

    ``input_hash`` covers all of ``inputs``; a later run whose step has the same takes the outputs over, and says so in
    ``reused_from``.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=StepStatus.choices)
    inputs = models.JSONField(default=dict)
    outputs = models.JSONField(default=dict)
    input_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    reused_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    log = models.TextField(blank=True)
    started_at = models.DateTimeField()
    seconds = models.FloatField(null=True, blank=True)
    cpu_seconds = models.FloatField(null=True, blank=True, help_text="Of all processors together.")
    gpu_seconds = models.FloatField(null=True, blank=True, help_text="For which a graphics processor was held.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="one_row_per_step")]
        indexes = [
            # Serves the search for a step with the same inputs.
            models.Index(fields=["input_hash", "name"], condition=Q(status="done"), name="step_inputs"),
        ]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.run} {self.name}"


class RunEpoch(models.Model):
    """What one epoch of fitting measured."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="epochs")
    epoch = models.PositiveIntegerField()
    metrics = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "epoch"], name="one_row_per_epoch")]
        ordering = ["epoch", "id"]

    def __str__(self) -> str:
        return f"{self.run} epoch {self.epoch}"


class DataWaiver(models.Model):
    """A person takes responsibility for a failed check of a dataset version; it holds for that check there alone."""

    dataset = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="waivers")
    check_name = models.CharField(max_length=40)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "check_name"], name="one_waiver_per_check")]
        ordering = ["created_at", "id"]
        triggers = append_only("data_waiver")

    def __str__(self) -> str:
        return f"{self.check_name} of {self.dataset} waived by {self.person}"
