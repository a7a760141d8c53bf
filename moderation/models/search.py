"""What search knows of posts, and what managers did to many at once."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.accounts.models import Project, User
from models_registry.models import ForPeople, ModelVersion, append_only
from moderation import stretches
from moderation.models.decisions import Decision
from moderation.models.posts import Post

_NUMBERS = ArrayField(models.BigIntegerField())
# Every list names its project first, in an index of its own.
_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+", "db_index": False}


class SearchEntry(models.Model):
    """What search knows of a post: its lexemes (see moderation/words) and its facets (see moderation/indexing).

    Apart from the post, whose row changes with every step of its life: lexemes are written once.
    """

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="search_entry")
    project = models.ForeignKey(Project, **_BELOW)
    received_at = models.DateTimeField()
    posted_at = models.DateTimeField()
    model_version = models.ForeignKey(ModelVersion, null=True, blank=True, **_BELOW)
    words = SearchVectorField()
    facets = ArrayField(models.TextField(), default=list)

    objects = ForPeople.as_manager()

    class Meta:
        verbose_name_plural = "search entries"
        indexes = [
            # Serves text and facets alike, all at once or stretch of time by stretch. What is written waits in a list
            # that every search reads: it is kept short.
            GinIndex(
                "words",
                "facets",
                models.Func("received_at", template=stretches.OF_RECEIVED, output_field=_NUMBERS),
                name="entry_says_when",
                gin_pending_list_limit=256,
            ),
            # Serve the walk from the newest on, by either date, and among what one version has scored.
            models.Index(fields=["project", "-received_at", "-post"], name="entry_received"),
            models.Index(fields=["project", "-posted_at", "-post"], name="entry_posted"),
            models.Index(
                fields=["project", "model_version", "-received_at", "-post"],
                name="entry_of_version",
            ),
        ]

    def __str__(self) -> str:
        return f"what search knows of post {self.post_id}"


class BulkKind(models.TextChoices):
    REVIEW = "review", _("Send to review")
    REMOVE = "remove", _("Take down")
    KEEP = "keep", _("Put back")


class BulkAction(models.Model):
    """What one person did to many posts at once, and why. Sent again under the same ``batch_id`` it is the same."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    batch_id = models.UUIDField()
    kind = models.CharField(max_length=6, choices=BulkKind.choices)
    classes = ArrayField(models.CharField(max_length=50), default=list)
    reason = models.CharField(max_length=200)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "batch_id"], name="one_action_per_batch")]
        triggers = append_only("bulk_action")

    def __str__(self) -> str:
        return f"{self.kind} {self.batch_id}"


class BulkItem(models.Model):
    """What became of one post in a bulk action."""

    action = models.ForeignKey(BulkAction, on_delete=models.PROTECT, related_name="items")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="bulk_items")
    code = models.CharField(max_length=20)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="bulk_item")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["action", "post"], name="one_item_per_post")]
        triggers = append_only("bulk_item")

    def __str__(self) -> str:
        return f"{self.action}: {self.post_id} {self.code}"
