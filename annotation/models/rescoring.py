"""Running another model version over the images of the past."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.images import Image
from config.accounts.models import Project, User
from models_registry.models import ForPeople, ModelVersion, append_only


class OfRescoring(ForPeople):
    project_path = "rescoring__project"


class RescoringStatus(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    CANCELED = "canceled", _("Canceled")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Rescoring(models.Model):
    """A model version run over images of a project, in the order of their ids, up to the newest of when it was asked.

    ``after_image_id`` is how far it has come. A worker holds it for one chunk of images, by ``token``; one that fell
    silent with it in hand counts in ``silences``, which the next chunk that comes through sets to 0 again.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=9, choices=RescoringStatus.choices, default=RescoringStatus.REQUESTED)
    received_from = models.DateField(null=True, blank=True, help_text="Images that came on this day or later.")
    received_until = models.DateField(null=True, blank=True, help_text="Images that came on this day or before.")
    share = models.FloatField(default=1.0, help_text="Of the images, in (0, 1]; chosen by their bytes, always alike.")
    until_image_id = models.BigIntegerField()
    after_image_id = models.BigIntegerField(default=0)
    images = models.PositiveIntegerField(null=True, blank=True, help_text="How many are to do; empty until counted.")
    scored = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="That this version had scored before.")
    unscored = models.PositiveIntegerField(default=0, help_text="That could not be decoded.")
    worked_seconds = models.FloatField(default=0.0, help_text="That workers spent on it.")
    token = models.UUIDField(null=True, blank=True, help_text="Of the worker that scores a chunk of it.")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    silences = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model_version"],
                condition=Q(status__in=["requested", "running", "paused"]),
                name="one_rescoring_in_flight",
            ),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="rescoring_share_is_one"),
        ]
        indexes = [
            # Serves workers that look for something to do.
            models.Index(fields=["id"], condition=Q(status__in=["requested", "running"]), name="rescoring_waiting"),
        ]

    def __str__(self) -> str:
        return f"re-scoring {self.pk}"

    @property
    def done(self) -> int:
        """Return how many images it has come past."""
        return self.scored + self.known + self.unscored

    @property
    def percent(self) -> float:
        """Return which share of the images it is about, in percent."""
        return round(100 * self.share, 2)

    def note(self, kind: str, *, by: User | None = None, detail: str = "", at: datetime) -> None:
        """Keep what happened to it; in the transaction that changes it."""
        RescoringEvent.objects.create(rescoring=self, kind=kind, actor=by, detail=detail, at=at)


class RescoringEventKind(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    STARTED = "started", _("Started")
    GIVEN_BACK = "given_back", _("The worker fell silent; another may take it up")
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Resumed")
    CANCELED = "canceled", _("Canceled")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class RescoringEvent(models.Model):
    """Something that happened to a re-scoring, and who did it; nobody where a machine did."""

    rescoring = models.ForeignKey(Rescoring, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=RescoringEventKind.choices)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    detail = models.TextField(blank=True)
    at = models.DateTimeField()

    objects = OfRescoring.as_manager()

    class Meta:
        ordering = ["at", "id"]
        triggers = append_only("rescoring_event")

    def __str__(self) -> str:
        return f"{self.rescoring} {self.kind}"


class UnscoredImage(models.Model):
    """An image that a re-scoring came past without a score, and why."""

    rescoring = models.ForeignKey(Rescoring, on_delete=models.PROTECT, related_name="unscored_images")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    detail = models.TextField(blank=True)
    at = models.DateTimeField()

    objects = OfRescoring.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rescoring", "image"], name="unscored_once")]
        triggers = append_only("unscored_image")

    def __str__(self) -> str:
        return f"{self.image} in {self.rescoring}: {self.code}"
