"""This will show in the admin what things cost, and what was counted; prices can be added there, and never changed."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from config.accounts.staff import Kept, ReadOnly, signed_in
from moderation.models import CostCurrency, DailyCost, DailyOutput, Price, QueueSample, ScreeningEffort, ViewsByAge


@admin.register(Price)
class Prices(Kept):
    """A price holds from its day until a later one; a mistake is corrected by another row."""

    list_display = ["project", "resource", "amount", "valid_from", "created_by", "created_at"]
    list_filter = ["project", "resource"]
    search_fields = ["project__slug"]
    list_select_related = ["project", "created_by"]
    fields = ["project", "resource", "amount", "valid_from"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None

    def save_model(self, request: HttpRequest, obj: Price, form: ModelForm, change: bool) -> None:
        obj.created_by, obj.created_at = signed_in(request), timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(CostCurrency)
class CostCurrencies(Kept):
    """Changing a currency renames the prices, and converts nothing."""

    list_display = ["project", "code"]
    search_fields = ["project__slug"]


@admin.register(DailyCost)
class DailyCosts(ReadOnly):
    list_display = ["project", "day", "resource", "source", "quantity", "low", "high", "rows", "measured_rows"]
    list_filter = ["project", "resource", "source"]
    search_fields = ["project__slug"]
    list_select_related = ["project"]
    date_hierarchy = "day"


@admin.register(DailyOutput)
class DailyOutputs(ReadOnly):
    list_display = ["project", "day", "posts", "decisions", "removals", "machine_removals", "complaints"]
    list_filter = ["project"]
    search_fields = ["project__slug"]
    list_select_related = ["project"]
    date_hierarchy = "day"


@admin.register(ViewsByAge)
class ViewsByAges(ReadOnly):
    list_display = ["project", "posted_on", "age", "posts", "views"]
    list_filter = ["project"]
    search_fields = ["project__slug"]
    list_select_related = ["project"]


@admin.register(ScreeningEffort)
class ScreeningEfforts(ReadOnly):
    list_display = ["project", "hour", "batches", "posts", "milliseconds", "cpu_milliseconds", "gpu_milliseconds"]
    list_filter = ["project"]
    search_fields = ["project__slug"]
    list_select_related = ["project"]


@admin.register(QueueSample)
class QueueSamples(ReadOnly):
    list_display = ["project", "at", "posts_waiting", "oldest_post_seconds"]
    list_filter = ["project"]
    search_fields = ["project__slug"]
    list_select_related = ["project"]
