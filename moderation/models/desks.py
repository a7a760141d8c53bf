"""What people at the desks work with: reasons to choose from, limits of what they see in a day, complaints, appeals."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import Question
from config.accounts.models import Client, Project
from models_registry.models import ForPeople
from moderation.models.decisions import Decision
from moderation.models.posts import ARM, OfProject, Post

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}
_OPTIONAL: dict[str, Any] = {**_BELOW, "null": True, "blank": True}


class ReasonTemplate(models.Model):
    """A text that tells a poster why, chosen with an answer. Decisions keep the words of their day."""

    project = models.ForeignKey(Project, **_BELOW)
    key = models.SlugField(max_length=50)
    class_key = models.CharField(max_length=50, blank=True, help_text="The class it speaks of; empty: any.")
    text = models.TextField(max_length=1000)
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller comes first.")
    is_active = models.BooleanField(
        default=True, help_text="Can be chosen. Switch it off rather than change its sense."
    )

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="one_reason_per_key")]

    def __str__(self) -> str:
        return f"{self.project}: {self.key}"


class ExposureBudget(models.Model):
    """How many images of a class one person should have to see in a day; at it the desk suggests a change."""

    project = models.ForeignKey(Project, **_BELOW)
    class_key = models.CharField(max_length=50)
    per_day = models.PositiveIntegerField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "class_key"], name="one_exposure_budget_per_class")]

    def __str__(self) -> str:
        return f"{self.project}: {self.per_day} × {self.class_key} a day"


class ComplaintOutcome(models.TextChoices):
    WAITS = "waits", _("Waits until the post is screened")
    ASKED = "asked", _("Another person is asked")
    JOINED = "joined", _("Joined a complaint that people are asked about")
    HURRIED = "hurried", _("Made an open review urgent")
    JUDGED_BEFORE = "judged_before", _("The same was judged before")
    NOT_PUBLISHED = "not_published", _("The post is not published anyway")
    NOT_SHOWN = "not_shown", _("The image cannot be shown to people")


class Complaint(models.Model):
    """A viewer says that a post breaks a rule. ``outcome`` is what followed at once; the question has the answer."""

    project = models.ForeignKey(Project, **_BELOW)
    client = models.ForeignKey(Client, **_BELOW)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="complaints")
    complaint_id = models.CharField(max_length=200, blank=True, help_text="The client's own name for it.")
    reason = models.CharField(max_length=100)
    text = models.TextField(blank=True)
    complained_at = models.DateTimeField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=13, choices=ComplaintOutcome.choices, default=ComplaintOutcome.WAITS)
    question = models.ForeignKey(Question, **_OPTIONAL)
    arm = models.ForeignKey("RolloutArm", **ARM)

    objects = OfProject.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "complaint_id"], condition=~Q(complaint_id=""), name="one_complaint_per_id"
            )
        ]
        indexes = [
            # Serves the sweep of what came before its post was screened.
            models.Index(fields=["id"], condition=Q(outcome="waits"), name="complaint_waits"),
            # Serves the count of complaints of a period.
            models.Index(fields=["project", "received_at"], name="complaint_period"),
        ]

    def __str__(self) -> str:
        return f"{self.post}: {self.reason}"


class Appeal(models.Model):
    """A poster contests a removal: one appeal a removal, judged by somebody who had no part in it."""

    project = models.ForeignKey(Project, **_BELOW)
    client = models.ForeignKey(Client, **_BELOW)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="appeals")
    contested = models.OneToOneField(Decision, **_BELOW)
    appeal_id = models.CharField(max_length=200, blank=True, help_text="The client's own name for it.")
    text = models.TextField(blank=True)
    appealed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    question = models.ForeignKey(Question, **_BELOW)

    objects = OfProject.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "appeal_id"], condition=~Q(appeal_id=""), name="one_appeal_per_id"
            )
        ]
        indexes = [models.Index(fields=["project", "received_at"], name="appeal_period")]

    def __str__(self) -> str:
        return f"appeal of {self.post}"
