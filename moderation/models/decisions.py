"""Binding decisions, what was done about settled truths, the webhooks that tell the client."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import Label, Truth
from config.accounts.models import Client, Project, User
from models_registry.models import ForPeople, ModelVersion, append_only
from moderation.models.policies import PolicyVersion
from moderation.models.posts import ARM, Post

_OPTIONAL: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+"}
_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class DecisionKind(models.TextChoices):
    REMOVE = "remove", _("Remove")
    KEEP = "keep", _("Keep")


class Decision(models.Model):
    """Binding, with an actor (a person, or the policy with its version); append-only; the last by time wins."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="decisions")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=DecisionKind.choices)
    classes = ArrayField(models.CharField(max_length=50))
    reason = models.CharField(max_length=200, blank=True)
    reason_key = models.CharField(max_length=50, blank=True, default="", db_default="")
    reason_text = models.TextField(
        blank=True, default="", db_default="", help_text="For the poster, in the words of that day."
    )
    batch_id = models.UUIDField(null=True, blank=True, help_text="Shared by the decisions of one page of the grid.")
    person = models.ForeignKey(User, **_OPTIONAL)
    policy_version = models.ForeignKey(PolicyVersion, **_OPTIONAL)
    model_version = models.ForeignKey(ModelVersion, **_OPTIONAL)
    arm = models.ForeignKey("RolloutArm", **ARM)
    label = models.ForeignKey(Label, **_OPTIONAL)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal")
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(policy_version__isnull=False),
                name="decision_has_an_actor",
            )
        ]
        indexes = [models.Index(fields=["project", "created_at"], name="decision_period")]
        triggers = append_only("decision")

    def __str__(self) -> str:
        return f"{self.post}: {self.kind}"


class Settlement(models.Model):
    """That a truth has been looked at by moderation, and what came of it."""

    truth = models.OneToOneField(Truth, **_BELOW)
    result = models.CharField(max_length=20)
    created_at = models.DateTimeField()

    class Meta:
        triggers = append_only("settlement")

    def __str__(self) -> str:
        return f"{self.truth}: {self.result}"


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    IN_FLIGHT = "in_flight", _("In flight")
    DELIVERED = "delivered", _("Delivered")
    SUPERSEDED = "superseded", _("Superseded by a newer state")
    FAILED = "failed", _("Given up")


class Delivery(models.Model):
    """A webhook to be sent: the full state of a post at ``publication_version`` (the outbox)."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField(unique=True)
    publication_version = models.PositiveIntegerField()
    payload = models.JSONField()
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    in_flight_until = models.DateTimeField(null=True, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["post"], condition=Q(status="in_flight"), name="one_webhook_in_flight_per_post"
            )
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="pending"), name="delivery_due"),
            models.Index(fields=["in_flight_until"], condition=Q(status="in_flight"), name="delivery_lost"),
            # Serves the dashboard's list of what was given up.
            models.Index(fields=["created_at"], condition=Q(status="failed"), name="delivery_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.post} v{self.publication_version}"
