"""This will show in the admin what is kept of each day for the threshold lab."""

from django.contrib import admin

from config.accounts.staff import ReadOnly
from moderation.models import ScoredDay


@admin.register(ScoredDay)
class ScoredDays(ReadOnly):
    list_display = ["project", "day", "model_version", "posts", "answered", "found"]
    list_filter = ["project"]
    search_fields = ["project__slug", "=model_version__number"]
    list_select_related = ["project", "model_version__detector"]
    exclude = ["sample", "looks", "again", "cells"]
