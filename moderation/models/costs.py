"""What moderation costs: prices, what was used on each day, and what it was for. What waited, and how fast it went."""

from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.accounts.models import Project, User
from models_registry.models import ForPeople, append_only

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}
_OPTIONAL: dict[str, Any] = {**_BELOW, "null": True, "blank": True}


class Resource(models.TextChoices):
    """What has a price: an hour of somebody's work or of a machine, or a gigabyte that is kept for a month."""

    MODERATOR = "moderator", _("Moderators")
    ANNOTATOR = "annotator", _("Annotators")
    MANAGER = "manager", _("Managers")
    CPU = "cpu", _("Processor")
    GPU = "gpu", _("Graphics processor")
    STORAGE = "storage", _("Storage")


class CostCurrency(models.Model):
    """In what a project's prices are, and so all that follows from them."""

    project = models.OneToOneField(Project, **_BELOW)
    code = models.CharField(
        max_length=3,
        validators=[RegexValidator(r"\A[A-Z]{3}\Z", _("Three capital letters, such as USD."))],
        help_text="Three letters of ISO 4217. Changing it renames the prices, and does not convert them.",
    )

    objects = ForPeople.as_manager()

    class Meta:
        verbose_name_plural = "cost currencies"

    def __str__(self) -> str:
        return f"{self.project}: {self.code}"


class Price(models.Model):
    """What an hour or a gigabyte-month costs from a day on, until a later row; append-only.

    Of rows that hold from the same day the newest counts, so a mistake is corrected by another row.
    """

    project = models.ForeignKey(Project, **_BELOW)
    resource = models.CharField(max_length=9, choices=Resource.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=4, validators=[MinValueValidator(0)])
    valid_from = models.DateField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, **_OPTIONAL)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="no_price_is_negative")]
        indexes = [models.Index(fields=["project", "resource", "valid_from"], name="price_valid")]
        triggers = append_only("price")

    def __str__(self) -> str:
        return f"{self.project}: {self.get_resource_display()} {self.amount} from {self.valid_from}"


class DailyCost(models.Model):
    """How much of a resource one source used on a day: milliseconds, or the bytes that were kept on that day.

    ``source`` is a purpose of questions, or training, screening, images. ``rows`` were counted, ``measured_rows`` of
    them with a measured quantity: then it lies from ``low`` to ``high``, and ``low`` is what was measured.
    ``squares`` adds up the squares of measured quantities. Whole numbers, so that the order of adding does not matter.
    """

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    day = models.DateField()
    resource = models.CharField(max_length=9, choices=Resource.choices)
    source = models.CharField(max_length=12)
    quantity = models.BigIntegerField()
    low = models.BigIntegerField()
    high = models.BigIntegerField()
    squares = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    rows = models.BigIntegerField()
    measured_rows = models.BigIntegerField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "day", "resource", "source"], name="one_cost_per_day"),
            models.CheckConstraint(
                condition=Q(low__lte=models.F("quantity"), quantity__lte=models.F("high")), name="cost_within_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.day} {self.resource} {self.source}"


class DailyOutput(models.Model):
    """What a day's work came to: see moderation/costs/outputs.

    ``prevented`` are, for ``people``, ``machine`` and ``complaints``, how many post-days of each age (from 0 on) were
    spared views; what was put back is taken off the day on which it was put back.
    """

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    day = models.DateField()
    posts = models.PositiveIntegerField()
    decisions = models.PositiveIntegerField()
    removals = models.IntegerField(help_text="By people, less what was put back.")
    machine_removals = models.PositiveIntegerField()
    complaint_removals = models.IntegerField(help_text="Of the removals by people, those a complaint led to.")
    complaints = models.PositiveIntegerField()
    prevented = models.JSONField(default=dict)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "day"], name="one_output_per_day")]

    def __str__(self) -> str:
        return f"{self.project} {self.day}"


class ViewsByAge(models.Model):
    """Views on one day of a sample of the posts that came on another and were still up: see costs/views_by_age."""

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    posted_on = models.DateField()
    age = models.PositiveSmallIntegerField(help_text="Days after the day they came.")
    posts = models.PositiveIntegerField()
    views = models.BigIntegerField()

    objects = ForPeople.as_manager()

    class Meta:
        verbose_name_plural = "views by age"
        constraints = [models.UniqueConstraint(fields=["project", "posted_on", "age"], name="one_cohort_per_age")]

    def __str__(self) -> str:
        return f"{self.project} {self.posted_on} +{self.age}"


class ScreeningEffort(models.Model):
    """What screening took in one hour: added up in the transactions that conclude the batches."""

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    hour = models.DateTimeField()
    batches = models.PositiveIntegerField()
    posts = models.PositiveIntegerField()
    milliseconds = models.BigIntegerField(help_text="Of workers, by the clock.")
    cpu_milliseconds = models.BigIntegerField()
    gpu_milliseconds = models.BigIntegerField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "hour"], name="one_effort_per_hour")]

    def __str__(self) -> str:
        return f"{self.project} {self.hour:%Y-%m-%d %H}"


class QueueSample(models.Model):
    """What waited at one moment; the first of an hour also keeps what the hour before it brought and finished.

    ``lanes`` are objects with desk, lane, waiting, overdue and oldest_seconds. See moderation/queues/samples.
    """

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    at = models.DateTimeField()
    lanes = models.JSONField()
    posts_waiting = models.PositiveIntegerField()
    oldest_post_seconds = models.PositiveIntegerField(null=True, blank=True)
    flows = models.JSONField(null=True, blank=True)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "at"], name="one_sample_at_a_time")]
        indexes = [
            # Serves long periods, and the pruning of what lies between.
            models.Index(fields=["project", "at"], condition=Q(flows__isnull=False), name="sample_of_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.at:%Y-%m-%d %H:%M}"
