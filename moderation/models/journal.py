"""What people write beside the numbers: incidents, notes about a period, and investigations that grow step by step."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.accounts.models import Project, User
from models_registry.models import ForPeople, append_only

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}
LONGEST_TITLE = 120
LONGEST_TEXT = 4000


class Incident(models.Model):
    """Something that happened to the service, marked on the time axis: an outage, a wave of one kind of photo."""

    project = models.ForeignKey(Project, **_BELOW)
    at = models.DateTimeField()
    title = models.CharField(max_length=LONGEST_TITLE)
    note = models.TextField(blank=True, max_length=LONGEST_TEXT)
    by = models.ForeignKey(User, **_BELOW)
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        # Serves the marks of a period.
        indexes = [models.Index(fields=["project", "at"], name="incident_of_period")]

    def __str__(self) -> str:
        return self.title


class Note(models.Model):
    """What somebody says about the days from ``first`` to ``last``, both included; append-only."""

    project = models.ForeignKey(Project, **_BELOW)
    first = models.DateField()
    last = models.DateField()
    text = models.TextField(max_length=LONGEST_TEXT)
    by = models.ForeignKey(User, **_BELOW)
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(first__lte=F("last")), name="note_has_days")]
        # Serves the notes about a period.
        indexes = [models.Index(fields=["project", "last"], name="note_of_period")]
        triggers = append_only("note")

    def __str__(self) -> str:
        return f"{self.project} {self.first} – {self.last}"


class Investigation(models.Model):
    """A hypothesis about the numbers of some days; what was done about it, and what came of it, are its steps.

    Append-only, like its steps: a correction is another step.
    """

    project = models.ForeignKey(Project, **_BELOW)
    first = models.DateField()
    last = models.DateField()
    hypothesis = models.TextField(max_length=LONGEST_TEXT)
    by = models.ForeignKey(User, **_BELOW)
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(first__lte=F("last")), name="investigation_has_days")]
        # Serves the investigations of a period.
        indexes = [models.Index(fields=["project", "last"], name="investigation_of_period")]
        triggers = append_only("investigation")

    def __str__(self) -> str:
        return self.hypothesis[:LONGEST_TITLE]


class StepKind(models.TextChoices):
    ACTION = "action", _("Action")
    EFFECT = "effect", _("Effect")


class InvestigationStep(models.Model):
    """An action that was taken, or an effect that was seen; append-only."""

    investigation = models.ForeignKey(Investigation, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=6, choices=StepKind.choices)
    text = models.TextField(max_length=LONGEST_TEXT)
    by = models.ForeignKey(User, **_BELOW)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        triggers = append_only("investigation_step")

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:LONGEST_TITLE]}"
