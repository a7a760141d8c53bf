"""This will show in the admin what people write beside the numbers; only incidents can be changed there."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from config.accounts.staff import ReadOnly, signed_in
from moderation.models import Incident, Investigation, InvestigationStep, Note


@admin.register(Incident)
class Incidents(admin.ModelAdmin):
    list_display = ["title", "project", "at", "by"]
    list_filter = ["project"]
    search_fields = ["title", "note"]
    list_select_related = ["project", "by"]
    fields = ["project", "at", "title", "note"]

    def save_model(self, request: HttpRequest, obj: Incident, form: ModelForm, change: bool) -> None:
        if not change:
            obj.by, obj.created_at = signed_in(request), timezone.now()
        super().save_model(request, obj, form, change)


class Steps(admin.TabularInline):
    model = InvestigationStep
    extra = 0
    can_delete = False
    fields = readonly_fields = ("created_at", "kind", "text", "by")


@admin.register(Investigation)
class Investigations(ReadOnly):
    list_display = ["hypothesis", "project", "first", "last", "by", "created_at"]
    list_filter = ["project"]
    search_fields = ["hypothesis"]
    list_select_related = ["project", "by"]
    inlines = [Steps]


@admin.register(Note)
class Notes(ReadOnly):
    list_display = ["text", "project", "first", "last", "by", "created_at"]
    list_filter = ["project"]
    search_fields = ["text"]
    list_select_related = ["project", "by"]


@admin.register(InvestigationStep)
class InvestigationSteps(ReadOnly):
    list_display = ["text", "kind", "investigation", "by", "created_at"]
    list_filter = ["kind", "investigation__project"]
    search_fields = ["text", "investigation__hypothesis"]
    list_select_related = ["investigation", "by"]
