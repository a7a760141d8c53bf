"""Posts and the events of their lives."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models import Image
from config.accounts.models import Client, Project, User
from models_registry.models import ForPeople, ModelVersion, append_only

_OPTIONAL: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+"}


_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}
# The rollout's arm that it came under; empty outside a rollout.
ARM: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+", "db_index": False}


class PostStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting for screening")
    SCREENING = "screening", _("Being screened")
    IN_REVIEW = "in_review", _("In review")
    PASSED = "passed", _("Passed")
    DECIDED = "decided", _("Decided")
    FAILED = "failed", _("Failed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Publication(models.TextChoices):
    PUBLISHED = "published", _("Published")
    UNPUBLISHED = "unpublished", _("Unpublished")


class OfProject(ForPeople):
    def for_client(self, client: Client) -> Any:
        return self.filter(client=client)


class Post(models.Model):
    """One image that a client's user posted.

    ``publication_version`` grows by one with every change of ``publication``; webhooks carry it, so that the
    newest wins. ``claim_token`` belongs to the worker that screens it until ``claimed_until``.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=200)
    image = models.ForeignKey(Image, **_BELOW)
    poster = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    attributes = models.JSONField(default=dict)
    posted_at = models.DateTimeField()
    received_at = models.DateTimeField()
    content_sha256 = models.CharField(max_length=64, help_text="Of everything the client sent.")
    status = models.CharField(max_length=9, choices=PostStatus.choices, default=PostStatus.WAITING)
    publication = models.CharField(max_length=11, choices=Publication.choices, default=Publication.PUBLISHED)
    publication_version = models.PositiveIntegerField(default=1)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_detail = models.TextField(blank=True)
    screened_at = models.DateTimeField(null=True, blank=True)
    arm = models.ForeignKey("RolloutArm", **ARM)

    objects = OfProject.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "external_id"], name="one_post_per_external_id"),
            models.CheckConstraint(
                condition=~Q(status="screening") | Q(claim_token__isnull=False, claimed_until__isnull=False),
                name="a_claimed_post_has_a_token",
            ),
        ]
        indexes = [
            # Serves screening's claim: what was tried before comes first, alone; then the oldest.
            models.Index(fields=["-attempts", "received_at", "id"], condition=Q(status="waiting"), name="post_waiting"),
            # Serves the recovery of claims whose worker died.
            models.Index(fields=["claimed_until"], condition=Q(status="screening"), name="post_claim_over"),
            # Serves the API's and the dashboard's newest-first lists.
            models.Index(fields=["project", "-received_at", "-id"], name="post_newest"),
            models.Index(fields=["project", "status", "-received_at"], name="post_by_status"),
            # Serves what a poster's other posts came to.
            models.Index(
                fields=["project", "poster", "-received_at", "-id"], condition=~Q(poster=""), name="post_of_poster"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class EventKind(models.TextChoices):
    RECEIVE = "receive", _("Received")
    CLAIM = "claim", _("Claimed for screening")
    GIVE_BACK = "give_back", _("Given back to waiting")
    PASS = "pass", _("Passed")
    ASK = "ask", _("Review asked")
    DECIDE = "decide", _("Decided")
    REOPEN = "reopen", _("Reopened")
    FAIL = "fail", _("Failed")
    RETRY = "retry", _("Screened again")
    WITHDRAW = "withdraw", _("Withdrawn")


class PostEvent(models.Model):
    """One step in a post's life; append-only."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    previous_status = models.CharField(max_length=9, choices=PostStatus.choices, blank=True)
    status = models.CharField(max_length=9, choices=PostStatus.choices)
    person = models.ForeignKey(User, **_OPTIONAL)
    policy_version = models.ForeignKey("PolicyVersion", **_OPTIONAL)
    model_version = models.ForeignKey(ModelVersion, **_OPTIONAL)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        triggers = append_only("post_event")

    def __str__(self) -> str:
        return f"{self.post} {self.kind}"
