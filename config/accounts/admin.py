"""This will show people, projects, clients and keys in the admin."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from config.accounts.models import ApiKey, Client, Membership, Preferences, Project, User
from config.accounts.staff import Kept, ReadOnly


class Memberships(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(User)
class Users(UserAdmin):
    list_display = ["username", "is_active", "is_staff", "last_login"]


@admin.register(Preferences)
class PreferencesOfPeople(ReadOnly):
    """A person's own choices, to be read when something looks odd on their screen; only they change them."""

    list_display = ["person", "language", "theme", "grid_size", "changed_at"]
    list_filter = ["language", "theme"]
    search_fields = ["person__username"]
    list_select_related = ["person"]


@admin.register(Project)
class Projects(Kept):
    """Projects are founded by ``manage.py found_project``, so that each has classes, a policy and a detector."""

    list_display = ["name", "slug", "labels_per_day", "confirmations_per_day", "shows_suggestions", "gold_rate"]
    search_fields = ["name", "slug"]
    readonly_fields = ["slug", "created_at"]
    inlines = [Memberships]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ["user", "project", "role"]
    list_filter = ["project", "role"]
    search_fields = ["user__username"]
    autocomplete_fields = ["user", "project"]


@admin.register(Client)
class Clients(Kept):
    list_display = ["name", "project", "webhook_url", "is_active", "created_at"]
    list_filter = ["project", "is_active"]
    search_fields = ["name", "webhook_url"]
    autocomplete_fields = ["project"]


@admin.register(ApiKey)
class ApiKeys(Kept):
    """A new key's token is shown once, right after it was made."""

    list_display = ["name", "prefix", "client", "user", "created_at", "revoked_at"]
    list_filter = ["client", "revoked_at"]
    search_fields = ["name", "prefix"]
    autocomplete_fields = ["client", "user"]
    readonly_fields = ["prefix", "created_at", "revoked_at"]
    actions = ["revoke"]

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return obj is None

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool) -> None:
        key, token = ApiKey.issue(name=obj.name, client=obj.client, user=obj.user)
        obj.pk = key.pk
        self.message_user(request, f"The token is {token}. It is shown only now.", messages.WARNING)

    @admin.action(description="Revoke: these keys stop working at once")
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        for key in keys.filter(revoked_at__isnull=True):
            key.revoke(now=timezone.now())
