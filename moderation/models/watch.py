"""What is watched of a model version day by day: what came in, what it said, and whether it is served as trained."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from config.accounts.models import Project
from models_registry.models import ForPeople, ModelVersion, append_only

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class ReferenceKind(models.TextChoices):
    DATASET = "dataset", _("The images that it was measured on, weighted to the traffic")
    FIRST_DAYS = "first_days", _("The first days on which it decided")


class WatchReference(models.Model):
    """What every day of a version is compared with, fixed once: see moderation/watch/references.

    ``histograms`` are {quantity: counts} over the rulers of models_registry/drift/bins, and ``sizes`` how many images
    of equal weight each tells about; ``above`` is the share of posts whose highest score reached the version's
    operating point. ``cloud`` describes the embeddings, empty until a worker that may compute some has done so.
    """

    project = models.ForeignKey(Project, **_BELOW)
    model_version = models.OneToOneField(ModelVersion, **_BELOW)
    kind = models.CharField(max_length=10, choices=ReferenceKind.choices)
    first = models.DateField(null=True, blank=True)
    last = models.DateField(null=True, blank=True)
    histograms = models.JSONField()
    sizes = models.JSONField()
    above = models.FloatField(null=True, blank=True)
    cloud = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    def __str__(self) -> str:
        return f"{self.model_version}: {self.kind}"


class WatchedDay(models.Model):
    """What a version was asked about on one day (UTC), and what it said; counted anew from the verdicts.

    ``above`` of the ``posts`` reached the version's operating point (empty where it has none), ``flagged`` what the
    policy of the moment required.
    """

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    model_version = models.ForeignKey(ModelVersion, **_BELOW, db_index=False)
    day = models.DateField()
    posts = models.PositiveIntegerField()
    flagged = models.PositiveIntegerField()
    above = models.PositiveIntegerField(null=True, blank=True)
    histograms = models.JSONField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model_version", "day"], name="one_watched_day_per_version")]
        indexes = [models.Index(fields=["project", "-day"], name="watched_newest")]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.day}"


class ReplayedDay(models.Model):
    """A random sample of the images that a version scored on one day, scored again on the path of training.

    The first half says how the two scores differ: see models_registry/drift/skew. ``embeddings`` are the sample's,
    float16 in rows of ``dimensions``, and ``distance`` how far they lie from the reference (empty: not compared).
    """

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    model_version = models.ForeignKey(ModelVersion, **_BELOW, db_index=False)
    day = models.DateField()
    images = models.PositiveIntegerField()
    missing = models.PositiveIntegerField()
    largest = models.FloatField()
    mean = models.FloatField()
    beyond = models.PositiveIntegerField()
    worst = models.JSONField(default=list)
    embeddings = models.BinaryField(default=bytes)
    dimensions = models.PositiveIntegerField(default=0)
    distance = models.JSONField(null=True, blank=True)
    replayed_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model_version", "day"], name="one_replayed_day_per_version")]
        indexes = [models.Index(fields=["project", "-day"], name="replayed_newest")]

    def __str__(self) -> str:
        return f"{self.model_version} again on {self.day}"


class WatchFinding(models.Model):
    """That something was beyond its limit on a day, and beyond what chance does; an alert is raised with it.

    ``quantities`` is [{"key", "value", "bound", …}]; the key ``skew`` means that serving and training disagree.
    """

    project = models.ForeignKey(Project, **_BELOW)
    model_version = models.ForeignKey(ModelVersion, **_BELOW)
    day = models.DateField()
    quantities = models.JSONField()
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        triggers = append_only("watch_finding")

    def __str__(self) -> str:
        return f"{self.model_version} on {self.day}: {', '.join(one['key'] for one in self.quantities)}"
