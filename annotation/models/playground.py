"""Images that engineers try model versions on, and what the versions said of them. They belong to no history."""

from django.db import models
from django.db.models import Q

from config.accounts.models import Project, User
from models_registry.models import ForPeople, ModelVersion


class OfPlaygroundImage(ForPeople):
    project_path = "image__project"


class PlaygroundImage(models.Model):
    """A picture that somebody drew or dropped: no post, no part of any dataset, and deleted by its person at will.

    ``claim_token`` belongs to the worker that scores it until ``claimed_until``. ``failure_code`` says why it cannot be
    scored at all.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100, blank=True, help_text="Of the file; empty for a drawing.")
    is_drawn = models.BooleanField(default=False)
    sha256 = models.CharField(max_length=64)
    folder = models.CharField(max_length=100, help_text="Storage prefix of its files; the original is never served.")
    size_bytes = models.PositiveIntegerField()
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    is_shown = models.BooleanField(default=False, help_text="Whether there are pictures for people to see.")
    failure_code = models.CharField(max_length=40, blank=True)
    failure_detail = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            # The same picture dropped again is the same row, and gets more scores.
            models.UniqueConstraint(fields=["project", "person", "sha256"], name="one_playground_image_per_bytes"),
        ]
        indexes = [models.Index(fields=["project", "-id"], name="playground_newest")]

    def __str__(self) -> str:
        return self.name or f"drawing {self.pk}"


class PlaygroundScore(models.Model):
    """What a version is asked about a picture, and, once ``answered_at`` is set, what it said.

    ``scores`` stay empty where it could not be asked; ``failure`` then says why.
    """

    image = models.ForeignKey(PlaygroundImage, on_delete=models.CASCADE, related_name="scores")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    scores = models.JSONField(null=True, blank=True, help_text="{class: probability}")
    failure = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = OfPlaygroundImage.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "model_version"], name="one_playground_score")]
        indexes = [
            # Serves the workers that answer.
            models.Index(fields=["image"], condition=Q(answered_at__isnull=True), name="playground_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.image}"
