"""How often posts were seen, the draws that were made by it, and how long removals count against a poster."""

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from config.accounts.models import Project
from models_registry.models import ForPeople, append_only
from moderation.models.posts import ARM, Post
from moderation.models.verdicts import Draw

_BELOW: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class Impression(models.Model):
    """How often a post was seen on one day (UTC). There may be many of these for each post: read them by post."""

    pk = models.CompositePrimaryKey("post_id", "date")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="impressions", db_index=False)
    date = models.DateField()
    views = models.PositiveIntegerField()
    arm = models.ForeignKey("RolloutArm", **ARM)

    class Meta:
        indexes = [
            # Serves the views of a rollout's arm on a day.
            models.Index(
                fields=["arm", "date"], include=["views"], condition=Q(arm__isnull=False), name="impression_of_arm"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.date}: {self.views}"


class PostViews(models.Model):
    """How often a post was seen on all its days together; kept in step with its impressions."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="seen")
    views = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "post views"

    def __str__(self) -> str:
        return f"{self.post}: {self.views}"


class DayViews(models.Model):
    """How often all posts of a project were seen on one day (UTC); kept in step with their impressions."""

    project = models.ForeignKey(Project, **_BELOW)
    date = models.DateField()
    views = models.BigIntegerField()

    objects = ForPeople.as_manager()

    class Meta:
        verbose_name_plural = "day views"
        constraints = [models.UniqueConstraint(fields=["project", "date"], name="one_sum_of_views_per_day")]

    def __str__(self) -> str:
        return f"{self.project} {self.date}: {self.views}"


class ViewPlan(models.Model):
    """With which probability posts that came on one day are drawn by their views: see moderation/audits, ViewRates.

    A day's first plan is for all whose views are in at the cut-off, and whoever comes late is drawn by a later one.
    ``posts`` is how many it is for, ``looks`` how many looks it expects among them.
    """

    project = models.ForeignKey(Project, **_BELOW)
    day = models.DateField()
    number = models.PositiveIntegerField()
    looks = models.FloatField()
    floor = models.FloatField()
    factor = models.FloatField()
    posts = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "day", "number"], name="view_plan_number_once")]
        triggers = append_only("view_plan")

    def __str__(self) -> str:
        return f"{self.project} views of {self.day}"


class ViewDraw(models.Model):
    """What a post's second draw was made from: its views at the cut-off, frozen; append-only.

    ``combined_probability`` is the chance that this draw or the first one had people look.
    """

    draw = models.OneToOneField(Draw, on_delete=models.CASCADE, primary_key=True, related_name="by_views")
    project = models.ForeignKey(Project, **_BELOW)
    plan = models.ForeignKey(ViewPlan, **_BELOW)
    views = models.BigIntegerField()
    combined_probability = models.FloatField()
    screened_at = models.DateTimeField(help_text="The period that the post belongs to.")

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(combined_probability__gt=0, combined_probability__lte=1),
                name="combined_probability_is_one",
            ),
            models.CheckConstraint(condition=Q(views__gt=0), name="what_nobody_saw_is_not_drawn_by_views"),
        ]
        # Serves the violating views of a period.
        indexes = [models.Index(fields=["project", "screened_at"], name="view_draw_period")]
        triggers = append_only("view_draw")

    def __str__(self) -> str:
        return f"{self.draw} at {self.views} views"


class StrikeRule(models.Model):
    """How long a removal that stands counts against its poster, where that is not the default."""

    project = models.OneToOneField(Project, **_BELOW)
    lifetime_days = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    objects = ForPeople.as_manager()

    def __str__(self) -> str:
        return f"{self.project}: {self.lifetime_days} days"
