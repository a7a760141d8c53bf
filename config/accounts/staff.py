"""This will be the ways in which admin pages show rows: append-only and machine-written ones can only be read."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from config.accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """Return the person behind an admin request; the admin lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class ReadOnly(admin.ModelAdmin):
    """Rows that only rooms write: they can be searched and read, never added, changed or deleted by hand."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Kept(admin.ModelAdmin):
    """Rows that people may add and change, and nobody deletes: others refer to them."""

    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
