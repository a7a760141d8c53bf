"""What the threshold lab reads: a day's scored posts in a few hundred kilobytes, written anew whenever it changed."""

from typing import Any

from django.db import models

from config.accounts.models import Project
from models_registry.models import ForPeople, ModelVersion

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class ScoredDay(models.Model):
    """The posts of one day that one model version scored: see moderation/lab/days for what the bytes hold.

    Without a model version: the posts that nothing scored, of which only the number is kept. The bytes are stored
    outside the row and not compressed, so that a long period reads only the beginning of each sample.
    """

    project = models.ForeignKey(Project, **_BELOW, db_index=False)
    day = models.DateField()
    model_version = models.ForeignKey(ModelVersion, **_BELOW, null=True, blank=True)
    posts = models.PositiveIntegerField(help_text="All of them, not only those of the sample.")
    answered = models.PositiveIntegerField(default=0, db_default=0, help_text="Drawn looks that somebody took.")
    found = models.PositiveIntegerField(default=0, db_default=0, help_text="Of these, violations.")
    keys = models.JSONField(default=list, help_text="The classes, in the order of the scores.")
    cells = models.JSONField(default=list)
    sample = models.BinaryField(default=bytes)
    cut = models.FloatField(null=True, blank=True, help_text="Empty where the sample holds every post.")
    looks = models.BinaryField(default=bytes)
    again = models.BinaryField(default=bytes, db_default=b"", help_text="Second looks at flagged posts.")
    second_looks = models.PositiveIntegerField(default=0, db_default=0, help_text="How many of them.")

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "model_version"], nulls_distinct=False, name="one_scored_day_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.day}: {self.posts} posts"
