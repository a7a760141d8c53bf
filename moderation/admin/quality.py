"""This will show in the admin which answers were looked at again, and what people answered on each day."""

from django.contrib import admin

from config.accounts.staff import ReadOnly
from moderation.models import PersonDay, SecondLook


@admin.register(SecondLook)
class SecondLooks(ReadOnly):
    list_display = ["draw", "group", "probability", "coin", "is_drawn", "question", "answered_at"]
    list_filter = ["project", "group", "is_drawn"]
    search_fields = ["draw__post__external_id", "=question__id"]
    list_select_related = ["draw__post", "question"]


@admin.register(PersonDay)
class PersonDays(ReadOnly):
    list_display = ["person", "project", "day", "answers", "unsure", "seconds"]
    list_filter = ["project"]
    search_fields = ["person__username"]
    list_select_related = ["person", "project"]
