"""This will show posts, policies, verdicts, decisions and webhooks in the admin, with the actions staff look for."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from config.accounts.staff import Kept, ReadOnly, signed_in
from models_registry.nudge import nudge
from models_registry.registry import current_schema
from moderation import screening, states, tasks, webhooks
from moderation.models import (
    Appeal,
    Asked,
    BulkAction,
    BulkItem,
    Complaint,
    Decision,
    Delivery,
    Draw,
    ExposureBudget,
    Override,
    Post,
    PostEvent,
    ReasonTemplate,
    SearchEntry,
    Settlement,
    Verdict,
)


class Events(admin.TabularInline):
    model = PostEvent
    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "created_at",
        "kind",
        "previous_status",
        "status",
        "person",
        "policy_version",
        "model_version",
        "detail",
    )


@admin.register(Post)
class Posts(ReadOnly):
    list_display = ["external_id", "project", "status", "publication", "poster", "failure_code", "received_at"]
    list_filter = ["project", "status", "publication", "failure_code"]
    search_fields = ["external_id", "poster", "title", "description"]
    list_select_related = ["project"]
    date_hierarchy = "received_at"
    inlines = [Events]
    actions = ["screen_again"]

    @admin.action(description="Screen again (failed posts)")
    def screen_again(self, request: HttpRequest, posts: QuerySet[Post]) -> None:
        done = 0
        for post in posts:
            try:
                screening.retry(post, now=timezone.now())
                done += 1
            except states.IllegalTransition as error:
                self.message_user(request, f"{post}: {error}", messages.ERROR)
        nudge(tasks.screen)
        self.message_user(request, f"{done} posts wait for screening again.")


@admin.register(PostEvent)
class PostEvents(ReadOnly):
    list_display = ["post", "kind", "previous_status", "status", "person", "created_at"]
    list_filter = ["kind", "post__project"]
    search_fields = ["post__external_id"]
    list_select_related = ["post", "person"]


@admin.register(Override)
class Overrides(admin.ModelAdmin):
    list_display = ["project", "kind", "poster", "owner", "reason", "created_at", "expires_at"]
    list_filter = ["project", "kind"]
    search_fields = ["poster", "reason"]
    fields = ["project", "kind", "poster", "reason", "expires_at"]

    def save_model(self, request: HttpRequest, obj: Override, form: ModelForm, change: bool) -> None:
        if not change:
            obj.owner, obj.created_at = signed_in(request), timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(Verdict)
class Verdicts(ReadOnly):
    list_display = ["post", "outcome", "machine_outcome", "classes", "score", "reason", "policy_version", "created_at"]
    list_filter = ["project", "outcome", "machine_outcome", "reason"]
    search_fields = ["post__external_id"]
    list_select_related = ["post", "policy_version__project"]


@admin.register(Asked)
class AskedRows(ReadOnly):
    list_display = ["post", "question", "created_at"]
    search_fields = ["post__external_id", "=question__id"]
    list_select_related = ["post", "question"]


@admin.register(Draw)
class Draws(ReadOnly):
    list_display = ["post", "design", "stratum", "probability", "coin", "is_drawn", "score", "created_at"]
    list_filter = ["project", "design", "is_drawn", "stratum"]
    search_fields = ["post__external_id"]
    list_select_related = ["post"]


@admin.register(Decision)
class Decisions(ReadOnly):
    list_display = ["post", "kind", "classes", "person", "policy_version", "reason", "reverses", "created_at"]
    list_filter = ["project", "kind"]
    search_fields = ["post__external_id", "person__username"]
    list_select_related = ["post", "person", "policy_version__project"]


class ClassOfProject(ModelForm):
    """Whatever speaks of a class speaks of one that the project has."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        project, key = cleaned.get("project"), cleaned.get("class_key")
        if project and key and key not in current_schema(project).keys:
            self.add_error("class_key", f"{project} has {', '.join(current_schema(project).keys)}.")
        return cleaned


@admin.register(ReasonTemplate)
class ReasonTemplates(Kept):
    """Texts for posters. One that was used is switched off rather than deleted; decisions keep their own words."""

    list_display = ["key", "project", "class_key", "text", "position", "is_active"]
    list_filter = ["project", "is_active"]
    search_fields = ["key", "text"]
    list_select_related = ["project"]
    form = ClassOfProject


@admin.register(ExposureBudget)
class ExposureBudgets(admin.ModelAdmin):
    list_display = ["project", "class_key", "per_day"]
    list_filter = ["project"]
    search_fields = ["class_key"]
    list_select_related = ["project"]
    form = ClassOfProject


@admin.register(Complaint)
class Complaints(ReadOnly):
    list_display = ["post", "reason", "outcome", "question", "complained_at", "received_at"]
    list_filter = ["project", "outcome"]
    search_fields = ["post__external_id", "complaint_id", "reason", "text"]
    list_select_related = ["post", "question"]


@admin.register(Appeal)
class Appeals(ReadOnly):
    list_display = ["post", "contested", "question", "appealed_at", "received_at"]
    list_filter = ["project"]
    search_fields = ["post__external_id", "appeal_id", "text"]
    list_select_related = ["post", "contested__post", "question"]


@admin.register(Settlement)
class Settlements(ReadOnly):
    list_display = ["truth", "result", "created_at"]
    list_filter = ["result"]
    search_fields = ["=truth__id"]


@admin.register(Delivery)
class Deliveries(ReadOnly):
    list_display = ["post", "client", "publication_version", "status", "attempts", "response_status", "last_error"]
    list_filter = ["status", "client"]
    search_fields = ["post__external_id", "=event_id", "last_error"]
    list_select_related = ["post", "client__project"]
    actions = ["replay"]

    @admin.action(description="Replay: send the posts' present state again")
    def replay(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        sent = webhooks.replay(deliveries, now=timezone.now())
        nudge(tasks.deliver)
        self.message_user(request, f"{sent} posts will be told again.")


@admin.register(BulkAction)
class BulkActions(ReadOnly):
    list_display = ["batch_id", "project", "kind", "classes", "person", "reason", "created_at"]
    list_filter = ["project", "kind"]
    search_fields = ["=batch_id", "reason", "person__username"]
    list_select_related = ["project", "person"]


@admin.register(BulkItem)
class BulkItems(ReadOnly):
    list_display = ["post", "action", "code", "decision", "created_at"]
    list_filter = ["code"]
    search_fields = ["=action__batch_id", "post__external_id"]
    list_select_related = ["post", "action", "decision__post"]


@admin.register(SearchEntry)
class SearchEntries(ReadOnly):
    list_display = ["post", "facets", "received_at"]
    list_filter = ["project"]
    search_fields = ["post__external_id"]
    list_select_related = ["post"]
