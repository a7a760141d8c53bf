"""This will show in the admin what was decided about periods, by which criteria, and what the guard did."""

from django.contrib import admin

from config.accounts.staff import ReadOnly
from moderation.models import (
    Acknowledgement,
    Alert,
    AlertMail,
    CriteriaVersion,
    Criterion,
    GuardRule,
    PeriodDecision,
)


class Lines(admin.TabularInline):
    model = Criterion
    extra = 0
    can_delete = False
    fields = readonly_fields = ("metric", "direction", "bound", "target")


class GuardRuleLines(admin.TabularInline):
    model = GuardRule
    extra = 0
    can_delete = False
    fields = readonly_fields = ("guarded", "limit")


@admin.register(CriteriaVersion)
class CriteriaVersions(ReadOnly):
    """Criteria are set on the page of decisions, before the period they judge."""

    list_display = ["project", "number", "starts_at", "ends_at", "period_days", "created_by", "created_at"]
    list_filter = ["project"]
    search_fields = ["reason", "project__slug"]
    list_select_related = ["project", "created_by"]
    inlines = [Lines, GuardRuleLines]


@admin.register(Criterion)
class Criteria(ReadOnly):
    list_display = ["criteria", "metric", "direction", "bound", "target"]
    list_filter = ["criteria__project", "metric"]
    search_fields = ["metric"]
    list_select_related = ["criteria__project"]


@admin.register(GuardRule)
class GuardRules(ReadOnly):
    list_display = ["criteria", "guarded", "limit"]
    list_filter = ["criteria__project", "guarded"]
    search_fields = ["guarded"]
    list_select_related = ["criteria__project"]


@admin.register(PeriodDecision)
class PeriodDecisions(ReadOnly):
    list_display = ["project", "outcome", "starts_at", "ends_at", "recommendation", "is_final", "person", "created_at"]
    list_filter = ["project", "outcome"]
    search_fields = ["reason", "plan", "checksum", "person__username"]
    list_select_related = ["project", "person"]


@admin.register(Alert)
class Alerts(ReadOnly):
    list_display = ["project", "guarded", "limit", "bound", "day", "acknowledgement", "created_at"]
    list_filter = ["project", "guarded"]
    search_fields = ["project__slug"]
    list_select_related = ["project", "acknowledgement__person", "acknowledgement__alert__project"]


@admin.register(Acknowledgement)
class Acknowledgements(ReadOnly):
    list_display = ["alert", "person", "created_at"]
    search_fields = ["person__username", "alert__project__slug"]
    list_select_related = ["alert__project", "person"]


@admin.register(AlertMail)
class AlertMails(ReadOnly):
    list_display = ["alert", "person", "address", "attempts", "sent_at", "last_error"]
    list_filter = ["alert__project"]
    search_fields = ["address", "person__username"]
    list_select_related = ["alert__project", "person"]
