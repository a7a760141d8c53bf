"""This will answer whether the service can do its work: 200, or 503 with what is away."""

import logging

from celery import current_app
from celery.exceptions import OperationalError
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from config.errors import problem

log = logging.getLogger(__name__)


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Ask the database and the broker; no sign-in is needed, and nothing is told but which of them is away."""
    away = [name for name, answers in (("database", _database()), ("broker", _broker())) if not answers]
    if not away:
        return JsonResponse({"status": "ok"})
    log.error("Away: %s.", ", ".join(away))
    code = f"{away[0]}_away"
    body = problem(503, code=code, detail=f"Cannot reach the {' and the '.join(away)}.", away=away)
    return JsonResponse(body, status=503, content_type="application/problem+json", headers={"Retry-After": "5"})


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _broker() -> bool:
    try:
        with current_app.connection_for_write(connect_timeout=2) as link:
            link.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return False
    return True
