"""Schemas, detectors and dataset versions."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from config.accounts.models import Project, User
from models_registry import class_trees
from models_registry.models.rows import ForPeople, append_only

_ACTOR: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+"}


class SchemaKind(models.TextChoices):
    """How many classes one answer may name; those above a class do not count."""

    SINGLE = class_trees.SINGLE, _("One class at most")
    SEVERAL = class_trees.SEVERAL, _("Several classes")


class LabelSchema(models.Model):
    """The classes of violation that can be answered, frozen per version.

    ``classes`` is a list of ``{"key", "name", "guideline", "severity", "parent"}``; severity in 1 (mild) to 3 (grave),
    and ``parent`` the key of the class that it stands under. An answer names a class with all that is above it: see
    models_registry/class_trees.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=7, choices=SchemaKind.choices, default=SchemaKind.SEVERAL, db_default="several")
    classes = models.JSONField()
    guideline = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, **_ACTOR)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="schema_version_once")]
        triggers = append_only("schema")

    def __str__(self) -> str:
        return f"{self.project} schema {self.version}"

    @property
    def keys(self) -> list[str]:
        return [one["key"] for one in self.classes]

    def severity(self, classes: list[str]) -> int:
        """Return the gravest severity among these classes, 1 when there is none."""
        return max((int(one.get("severity", 1)) for one in self.classes if one["key"] in classes), default=1)

    def with_parents(self, keys: Iterable[str]) -> list[str]:
        """Return these classes and every class above them, sorted."""
        return class_trees.with_parents(self.classes, keys)

    def closest(self, keys: Iterable[str]) -> list[str]:
        """Return those of these classes under which no other of them stands, sorted."""
        return class_trees.closest(self.classes, keys)

    def asks_the_same(self, other: "LabelSchema") -> bool:
        """Say whether an answer means the same under both versions: only words or severities differ."""
        mine, theirs = class_trees.shape(self.classes), class_trees.shape(other.classes)
        return (self.project_id, self.kind, mine) == (other.project_id, other.kind, theirs)


class Detector(models.Model):
    """The thing that predicts; its model versions are its trained states."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    slug = models.SlugField()
    schema = models.ForeignKey(LabelSchema, on_delete=models.PROTECT, related_name="+")
    config = models.JSONField(default=dict, help_text="How a nightly run trains it.")
    required_precision = models.FloatField(
        null=True, blank=True, help_text="Flag precision at which the gate compares; as the policy in force requires."
    )
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "slug"], name="detector_slug_once")]

    def __str__(self) -> str:
        return f"{self.project} · {self.slug}"


class DatasetVersion(models.Model):
    """Frozen truths: a manifest, checksummed, split, immutable."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    schema = models.ForeignKey(LabelSchema, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    manifest = models.CharField(max_length=300, help_text="Storage key of the parquet file.")
    checksum = models.CharField(max_length=64)
    counts = models.JSONField(help_text="Images and positives per split and class.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, **_ACTOR)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="dataset_number_once"),
            models.UniqueConstraint(fields=["project", "schema", "checksum"], name="same_content_same_dataset"),
        ]
        triggers = append_only("dataset")

    def __str__(self) -> str:
        return f"{self.project} dataset {self.number}"
