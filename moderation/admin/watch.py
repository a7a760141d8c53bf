"""This will show in the admin what is kept of each day for the watch."""

from django.contrib import admin

from config.accounts.staff import ReadOnly
from moderation.models import ReplayedDay, WatchedDay, WatchFinding, WatchReference


@admin.register(WatchReference)
class WatchReferences(ReadOnly):
    list_display = ["model_version", "kind", "first", "last", "created_at"]
    list_filter = ["project", "kind"]
    search_fields = ["project__slug", "=model_version__number"]
    list_select_related = ["model_version__detector"]
    exclude = ["cloud"]


@admin.register(WatchedDay)
class WatchedDays(ReadOnly):
    list_display = ["model_version", "day", "posts", "flagged", "above"]
    list_filter = ["project"]
    search_fields = ["project__slug", "=model_version__number"]
    list_select_related = ["model_version__detector"]


@admin.register(ReplayedDay)
class ReplayedDays(ReadOnly):
    list_display = ["model_version", "day", "images", "missing", "largest", "beyond"]
    list_filter = ["project"]
    search_fields = ["project__slug", "=model_version__number"]
    list_select_related = ["model_version__detector"]
    exclude = ["embeddings"]


@admin.register(WatchFinding)
class WatchFindings(ReadOnly):
    list_display = ["model_version", "day", "created_at"]
    list_filter = ["project"]
    search_fields = ["project__slug", "=model_version__number"]
    list_select_related = ["model_version__detector"]
