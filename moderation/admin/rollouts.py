"""This will show in the admin what rollouts tried, day by day, and what next-day validation found."""

from django.contrib import admin

from config.accounts.staff import ReadOnly
from moderation.models import (
    Disagreement,
    ModelAlert,
    Rollout,
    RolloutArm,
    RolloutDay,
    RolloutEvent,
    RolloutScoring,
    Validation,
)


class Events(admin.TabularInline):
    model = RolloutEvent
    extra = 0
    can_delete = False
    fields = readonly_fields = ("created_at", "kind", "person", "reason", "detail")


@admin.register(Rollout)
class Rollouts(ReadOnly):
    """Rollouts are started, changed and ended on their own pages, where the rules hold."""

    list_display = ["project", "kind", "challenger", "champion", "share", "status", "started_at", "ended_at"]
    list_filter = ["project", "status", "kind"]
    search_fields = ["project__slug", "reason"]
    list_select_related = ["project", "challenger__detector", "champion__detector"]
    exclude = ["salt"]
    inlines = [Events]


@admin.register(RolloutArm)
class RolloutArms(ReadOnly):
    list_display = ["rollout", "name", "model_version"]
    list_filter = ["rollout__project"]
    search_fields = ["=rollout__id", "name"]
    list_select_related = ["rollout__project", "model_version__detector"]


@admin.register(RolloutEvent)
class RolloutEvents(ReadOnly):
    list_display = ["rollout", "kind", "person", "created_at"]
    list_filter = ["rollout__project", "kind"]
    search_fields = ["reason"]
    list_select_related = ["rollout__project", "person"]


@admin.register(RolloutDay)
class RolloutDays(ReadOnly):
    list_display = ["arm", "day", "counted_at"]
    list_filter = ["arm__rollout__project"]
    search_fields = ["=arm__rollout__id"]
    list_select_related = ["arm__rollout__project"]


@admin.register(RolloutScoring)
class RolloutScorings(ReadOnly):
    list_display = ["arm", "day", "images", "microseconds", "failures"]
    list_filter = ["arm__rollout__project"]
    search_fields = ["=arm__rollout__id"]
    list_select_related = ["arm__rollout__project"]


@admin.register(Disagreement)
class Disagreements(ReadOnly):
    list_display = ["rollout", "post", "champion_outcome", "challenger_outcome", "probability", "is_drawn"]
    list_filter = ["rollout__project", "is_drawn"]
    search_fields = ["post__external_id"]
    list_select_related = ["rollout__project", "post"]


@admin.register(Validation)
class Validations(ReadOnly):
    list_display = ["model_version", "day", "posts", "pending", "below", "judged_at"]
    list_filter = ["project"]
    search_fields = ["project__slug", "=model_version__number"]
    list_select_related = ["model_version__detector"]


@admin.register(ModelAlert)
class ModelAlerts(ReadOnly):
    list_display = ["project", "rollout", "validation", "finding", "created_at", "seen_by", "seen_at"]
    list_filter = ["project"]
    search_fields = ["project__slug"]
    list_select_related = [
        "project",
        "rollout__project",
        "validation__model_version__detector",
        "finding__model_version__detector",
        "seen_by",
    ]
