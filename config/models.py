"""What is done by the clock: the times that we ship, and how each task went lately."""

from django.db import models


class ShippedTime(models.Model):
    """When a scheduled task is done according to the release that wrote its row last.

    Where the row that the admin shows says otherwise, somebody changed it, and the next release leaves it alone.
    """

    name = models.CharField(max_length=200, unique=True)
    times = models.CharField(max_length=300)

    class Meta:
        app_label = "wiring"

    def __str__(self) -> str:
        return f"{self.name}: {self.times}"


class TaskOutcome(models.Model):
    """How a task went once, by the beat or by a nudge; only the last ones of each task are kept."""

    task = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    is_ok = models.BooleanField()
    told = models.TextField(blank=True, help_text="What it returned, or why it failed.")

    class Meta:
        app_label = "wiring"
        indexes = [models.Index(fields=["task", "is_ok", "-id"], name="task_outcome_newest")]

    def __str__(self) -> str:
        return f"{self.task} at {self.started_at}"
