"""This will show in the admin how tasks went; when they are done is edited among the periodic tasks."""

from django.contrib import admin

from config.accounts.staff import ReadOnly
from config.models import ShippedTime, TaskOutcome


@admin.register(TaskOutcome)
class TaskOutcomes(ReadOnly):
    list_display = ["task", "started_at", "seconds", "is_ok", "told"]
    list_filter = ["is_ok", "task"]
    search_fields = ["task", "told"]


@admin.register(ShippedTime)
class ShippedTimes(ReadOnly):
    list_display = ["name", "times"]
    search_fields = ["name"]
