"""What dashboards read: sums of a day, written anew from the rows whenever the day changed."""

from typing import Any

from django.db import models

from config.accounts.models import Project
from models_registry.models import ForPeople

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class DailyMeasurement(models.Model):
    """What happened on one day of a project, counted anew from the rows, and the metrics of the 28 days it ends."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    counts = models.JSONField()
    metrics = models.JSONField()
    measured_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "day"], name="one_measurement_per_day")]

    def __str__(self) -> str:
        return f"{self.project} {self.day}"


class MonthlyMeasurement(models.Model):
    """Says that the sums of a month are in step with those of its days; taken away when one of them is counted anew.

    ``day`` is the first of the month here and in all its sums; ``counts`` are those of its days, added up.
    """

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    day = models.DateField()
    counts = models.JSONField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "day"], name="one_measurement_per_month")]

    def __str__(self) -> str:
        return f"{self.project} {self.day:%Y-%m}"


class _Looks(models.Model):
    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    day = models.DateField()
    part = models.CharField(max_length=6)
    value = models.CharField(max_length=120, blank=True)
    side = models.CharField(max_length=9)
    stratum = models.CharField(max_length=40)
    probability = models.FloatField()
    posts = models.PositiveIntegerField()
    score_sum = models.FloatField()
    drawn = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    found = models.PositiveIntegerField()
    lost = models.PositiveIntegerField()

    objects = ForPeople.as_manager()

    class Meta:
        abstract = True


class DayLooks(_Looks):
    """The posts of one day, part, side, stratum and inclusion probability, and what looks at them found.

    See moderation/measurement: ``periods`` for the parts, ``evidence`` for the sides. Apart from the whole traffic,
    parts keep only what is needed beside it.
    """

    class Meta:
        verbose_name_plural = "day looks"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "part", "day", "value", "side", "stratum", "probability"], name="day_looks_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.day} {self.part} {self.value} {self.side} {self.stratum}"


class MonthLooks(_Looks):
    """The same of one month. Where no look told anything, ``probability`` is the mean of posts whose probabilities
    differ by less than a twentieth, as they are read: see moderation/measurement/months."""

    class Meta:
        verbose_name_plural = "month looks"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "part", "day", "value", "side", "stratum", "probability"], name="month_looks_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.day:%Y-%m} {self.part} {self.value} {self.side} {self.stratum}"


class _ViewLooks(models.Model):
    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    day = models.DateField()
    is_passed = models.BooleanField()
    stratum = models.CharField(max_length=40)
    band = models.SmallIntegerField()
    posts = models.PositiveIntegerField()
    probability_sum = models.FloatField()
    score_sum = models.FloatField()
    views = models.BigIntegerField()
    square_views = models.FloatField()
    drawn = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    lost = models.PositiveIntegerField()
    known_views = models.BigIntegerField()
    finds = models.JSONField(default=list)

    objects = ForPeople.as_manager()

    class Meta:
        abstract = True


class DayViewLooks(_ViewLooks):
    """The posts that came on one day and were drawn by their views: those that passed, or were flagged, of one stratum
    and one band of views (twofold each). ``finds`` are [probability, views] of each that chance found;
    ``known_views`` those of violations that need no weighing. See moderation/measurement/viewing.
    """

    class Meta:
        verbose_name_plural = "day view looks"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "is_passed", "stratum", "band"], name="day_view_looks_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} views of {self.day}"


class MonthViewLooks(_ViewLooks):
    """The same of one month."""

    class Meta:
        verbose_name_plural = "month view looks"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "is_passed", "stratum", "band"], name="month_view_looks_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} views of {self.day:%Y-%m}"


class DayViewsAgain(models.Model):
    """Views of flagged posts of one day that one person answered alike, and of those that a second look answered:
    see evidence.ViewsAgain. A day that was counted before such rows were kept has none until it is counted again.
    """

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    day = models.DateField()
    is_violation = models.BooleanField(help_text="What the first answer said.")
    posts = models.PositiveIntegerField()
    views = models.BigIntegerField()
    counted_views = models.BigIntegerField()
    looks = models.PositiveIntegerField()
    seen_views = models.BigIntegerField()
    weight = models.FloatField()
    weight_of_violations = models.FloatField()
    square_weights = models.FloatField()

    objects = ForPeople.as_manager()

    class Meta:
        verbose_name_plural = "day views again"
        constraints = [models.UniqueConstraint(fields=["project", "day", "is_violation"], name="day_views_again_once")]

    def __str__(self) -> str:
        return f"{self.project} views again of {self.day}"


class _SecondLooks(models.Model):
    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    day = models.DateField()
    part = models.CharField(max_length=6)
    value = models.CharField(max_length=120, blank=True)
    group = models.CharField(max_length=17)
    outcome = models.CharField(max_length=9)
    probability = models.FloatField()
    looks = models.PositiveIntegerField()

    objects = ForPeople.as_manager()

    class Meta:
        abstract = True


class DaySecondLooks(_SecondLooks):
    """Second looks at the posts of one day and part that were first answered alike and ended alike; see
    moderation/measurement/again. A day that was counted before such rows were kept has none until it is counted again.
    """

    class Meta:
        verbose_name_plural = "day second looks"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "part", "day", "value", "group", "outcome", "probability"],
                name="day_second_looks_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.day} {self.part} {self.value} {self.group} {self.outcome}"


class MonthSecondLooks(_SecondLooks):
    """The same of one month."""

    class Meta:
        verbose_name_plural = "month second looks"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "part", "day", "value", "group", "outcome", "probability"],
                name="month_second_looks_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.day:%Y-%m} {self.part} {self.value} {self.group} {self.outcome}"


class SliceAttribute(models.Model):
    """An attribute of posts by whose values numbers are reported apart."""

    project = models.ForeignKey(Project, **_BELOW)
    attribute = models.CharField(max_length=50, help_text="As the platform sends it, such as place.")

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "attribute"], name="one_slice_per_attribute")]

    def __str__(self) -> str:
        return f"{self.project}: {self.attribute}"
