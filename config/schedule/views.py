"""This will show what is done by the clock: translate in, one room call, translate out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.accounts.models import Role
from config.accounts.rules import page
from config.schedule import showing

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)


@require_GET
@page(*READERS)
def schedule(request: HttpRequest) -> HttpResponse:
    """Every scheduled task; it is one schedule for all projects, and only its admins may edit it."""
    context = {
        "tasks": showing.everything(now=timezone.now()),
        "may_edit": request.user.has_perm("django_celery_beat.change_periodictask") and request.user.is_staff,
    }
    return render(request, "schedule/schedule.html", context)
