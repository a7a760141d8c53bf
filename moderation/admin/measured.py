"""This will show in the admin what days came to, and by which attributes numbers are reported apart."""

from django.contrib import admin

from config.accounts.staff import ReadOnly
from moderation.models import (
    DailyMeasurement,
    DayLooks,
    DaySecondLooks,
    DayViewLooks,
    DayViewsAgain,
    MonthLooks,
    MonthlyMeasurement,
    MonthSecondLooks,
    MonthViewLooks,
    SliceAttribute,
)


@admin.register(SliceAttribute)
class SliceAttributes(admin.ModelAdmin):
    """Days that were counted before are counted again by ``manage.py measure``."""

    list_display = ["project", "attribute"]
    list_filter = ["project"]
    search_fields = ["attribute"]
    list_select_related = ["project"]


@admin.register(DailyMeasurement)
class DailyMeasurements(ReadOnly):
    list_display = ["project", "day", "counts", "measured_at"]
    list_filter = ["project"]
    search_fields = ["project__slug"]


@admin.register(MonthlyMeasurement)
class MonthlyMeasurements(ReadOnly):
    list_display = ["project", "day", "counts"]
    list_filter = ["project"]
    search_fields = ["project__slug"]


@admin.register(DayLooks, MonthLooks)
class DaysLooks(ReadOnly):
    list_display = ["day", "project", "part", "value", "side", "stratum", "probability", "posts", "answered", "found"]
    list_filter = ["project", "part", "side"]
    search_fields = ["value"]
    list_select_related = ["project"]


@admin.register(DayViewLooks, MonthViewLooks)
class DaysViewLooks(ReadOnly):
    list_display = ["day", "project", "is_passed", "stratum", "band", "posts", "views", "answered", "known_views"]
    list_filter = ["project", "is_passed", "stratum"]
    list_select_related = ["project"]


@admin.register(DayViewsAgain)
class DaysViewsAgain(ReadOnly):
    list_display = ["day", "project", "is_violation", "posts", "views", "looks", "seen_views"]
    list_filter = ["project", "is_violation"]
    list_select_related = ["project"]


@admin.register(DaySecondLooks, MonthSecondLooks)
class DaysSecondLooks(ReadOnly):
    list_display = ["day", "project", "part", "value", "group", "outcome", "probability", "looks"]
    list_filter = ["project", "part", "group", "outcome"]
    list_select_related = ["project"]
