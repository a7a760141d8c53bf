"""This will show policies in the admin, who put them in force, and the plans of audits that follow from them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from config.accounts.staff import Kept, ReadOnly, signed_in
from models_registry.registry import current_schema
from moderation import policies, policy, stops
from moderation.models import AuditPlanRow, PolicyMode, PolicyStart, PolicyStatus, PolicyVersion


class PolicyDraft(ModelForm):
    """A new policy version; odd rules are said beside the field."""

    class Meta:
        model = PolicyVersion
        fields = ["project", "mode", "rules", "reason"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("project") and cleaned.get("rules") is not None:
            try:
                policy.check_rules(cleaned["rules"], class_keys=current_schema(cleaned["project"]).keys)
            except policy.BadRules as error:
                self.add_error("rules", str(error))
        return cleaned


@admin.register(PolicyStart)
class PolicyStarts(ReadOnly):
    list_display = ["policy_version", "started_at", "started_by"]
    list_filter = ["policy_version__project"]
    search_fields = ["=policy_version__number"]
    list_select_related = ["policy_version__project", "started_by"]
    date_hierarchy = "started_at"


@admin.register(PolicyVersion)
class PolicyVersions(Kept):
    """A draft can be written here; once in force, a version never changes."""

    list_display = ["project", "number", "mode", "status", "in_force_at", "put_in_force_by", "retired_at", "created_by"]
    list_filter = ["project", "status", "mode"]
    search_fields = ["reason", "project__slug"]
    form = PolicyDraft
    actions = ["put_in_force"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PolicyVersion]:
        newest = PolicyStart.objects.filter(policy_version=OuterRef("pk")).order_by("-started_at", "-id")
        return super().get_queryset(request).annotate(starter=Subquery(newest.values("started_by__username")[:1]))

    @admin.display(description="put in force by")
    def put_in_force_by(self, version: Any) -> str:
        return version.starter or ""

    def has_change_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return obj is None

    def save_model(self, request: HttpRequest, obj: PolicyVersion, form: ModelForm, change: bool) -> None:
        made = policies.draft(
            obj.project,
            mode=PolicyMode(obj.mode),
            rules=obj.rules,
            by=signed_in(request),
            reason=obj.reason,
            now=timezone.now(),
        )
        obj.pk = made.pk

    @admin.action(description="Put in force: verdicts follow this version from now on")
    def put_in_force(self, request: HttpRequest, versions: QuerySet[PolicyVersion]) -> None:
        for version in versions.exclude(status=PolicyStatus.IN_FORCE)[:1]:
            try:
                policies.put_in_force(version, by=signed_in(request), now=timezone.now())
            except (policy.BadRules, stops.NeedsGo) as refusal:
                self.message_user(request, f"{version} was not put in force. {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"{version} is in force.")


@admin.register(AuditPlanRow)
class AuditPlans(ReadOnly):
    list_display = ["project", "policy_version", "model_version", "budget", "expected_posts", "created_at"]
    list_filter = ["project"]
    search_fields = ["=policy_version__number"]
    list_select_related = ["project", "policy_version__project", "model_version__detector"]
