"""This will turn what went wrong into HTTP: one table, RFC 9457 problem details, a stable code for each.

A room raises an exception that reads as a fact; only this page knows which status it becomes.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from rest_framework import exceptions
from rest_framework.response import Response

from annotation.images import ImageRefused, NotAnImage
from annotation.labels import BadAnswer, RetractionRefused
from annotation.playground import PlaygroundRefused
from annotation.queue import LeaseLost, TooManySeats
from annotation.rescoring import RescoringRefused
from config.accounts.preferences import PreferenceRefused
from config.accounts.rules import AnotherPerson
from models_registry.config_files import ConfigFileWrong
from models_registry.data_waivers import WaiverRefused
from models_registry.deployment import DeploymentRefused
from models_registry.registry import RunRefused
from models_registry.studies import StudyRefused
from moderation.appeals import AlreadyAppealed, AppealIdConflict, NothingToAppeal
from moderation.batches import NoSuchBatch
from moderation.bulk import BadOrder, BatchConflict
from moderation.complaints import ComplaintIdConflict, UnknownPost
from moderation.flips import FlipsRefused
from moderation.go_no_go import CriteriaRefused, DecisionRefused
from moderation.impressions import ImpressionRefused
from moderation.intake import ExternalIdConflict
from moderation.measurement.parts import UnknownPart
from moderation.reasons import BadReason
from moderation.rollouts.conducting import BadRollout, RolloutRefused
from moderation.states import IllegalTransition
from moderation.stops import NeedsGo

log = logging.getLogger(__name__)

API = "/api/"

# exception → (status, code); where the code is None, the exception carries its own ``code``.
TABLE: dict[type[Exception], tuple[int, str | None]] = {
    ImageRefused: (422, None),
    NotAnImage: (422, None),
    ExternalIdConflict: (409, "external_id_conflict"),
    AnotherPerson: (403, "another_person"),
    LeaseLost: (409, "lease_lost"),
    TooManySeats: (409, "too_many_seats"),
    BadAnswer: (422, "bad_answer"),
    BadReason: (422, "bad_reason"),
    RetractionRefused: (409, "retraction_refused"),
    NoSuchBatch: (404, "no_such_batch"),
    ImpressionRefused: (422, None),
    UnknownPost: (404, "unknown_post"),
    UnknownPart: (404, "unknown_part"),
    ComplaintIdConflict: (409, "complaint_id_conflict"),
    AppealIdConflict: (409, "appeal_id_conflict"),
    NothingToAppeal: (409, "nothing_to_appeal"),
    AlreadyAppealed: (409, "already_appealed"),
    IllegalTransition: (409, "illegal_transition"),
    NeedsGo: (409, "needs_go"),
    CriteriaRefused: (422, None),
    DecisionRefused: (409, None),
    BadOrder: (422, "bad_order"),
    BatchConflict: (409, "batch_conflict"),
    DeploymentRefused: (409, None),
    RolloutRefused: (409, None),
    BadRollout: (422, None),
    RunRefused: (409, None),
    RescoringRefused: (409, None),
    FlipsRefused: (409, None),
    PlaygroundRefused: (409, None),
    ConfigFileWrong: (422, None),
    StudyRefused: (409, None),
    WaiverRefused: (409, None),
    PreferenceRefused: (400, None),
    RequestDataTooBig: (413, "request_too_large"),
    # Too many form fields or files, for one: what Django itself refuses while it reads a request.
    SuspiciousOperation: (400, "bad_request"),
    # Only a hostile body nests so deep that reading it runs out of stack.
    RecursionError: (400, "nested_too_deep"),
}


def problem(status: int, *, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """Return an RFC 9457 body; ``code`` is the part that programs may rely on."""
    title = code.replace("_", " ").capitalize()
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **more}


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; returns None (a 500) only for what is in no table."""
    body, headers = _body(error), {}
    if body is None:
        return None
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait))  # type: ignore[attr-defined]
    return Response(body, status=body["status"], headers=headers, content_type="application/problem+json")


def _body(error: Exception) -> dict[str, Any] | None:
    for kind, (status, code) in TABLE.items():
        if isinstance(error, kind):
            said = str(getattr(error, "detail", "") or error)
            more = getattr(error, "more", {})
            return problem(status, code=code or str(getattr(error, "code", "refused")), detail=said, **more)
    if isinstance(error, Http404):
        return problem(404, code="not_found", detail="There is nothing here, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        return problem(403, code="permission_denied", detail="You are not allowed to do this.")
    if isinstance(error, exceptions.ValidationError):
        return problem(400, code="invalid", detail="Some fields are not right.", errors=error.detail)
    if isinstance(error, exceptions.APIException):
        return problem(error.status_code, code=_code(error), detail=str(error.detail))
    return None


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for addresses that do not exist: a problem for programs, a page for people."""
    if not request.path.startswith(API):
        return defaults.page_not_found(request, exception)
    return _plain(problem(404, code="not_found", detail="There is nothing at this address."))


def broke(request: HttpRequest) -> HttpResponse:
    """Answer for what is in no table; the log has the traceback."""
    if not request.path.startswith(API):
        return defaults.server_error(request)
    return _plain(problem(500, code="internal_error", detail="This is our mistake, and it is in our log."))


def _plain(body: dict[str, Any], **headers: str) -> HttpResponse:
    return JsonResponse(body, status=body["status"], content_type="application/problem+json", headers=headers)


def _is_clash(error: Exception) -> bool:
    """Return whether the database itself ended a transaction because of another one: it is there, and well."""
    return isinstance(error.__cause__, DeadlockDetected | SerializationFailure | LockNotAvailable)


class DatabaseAway:
    """Answers 503 with a problem body while the database or its connection is gone; the log says it plainly."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        if _is_clash(error):
            log.warning("Two transactions stood in each other's way: %s", type(error.__cause__).__name__)
            body = problem(503, code="try_again", detail="Somebody else was changing the same; try again.")
            return _plain(body, **{"Retry-After": "1"})
        log.error("The database is away: %s", str(error).splitlines()[0] if str(error) else type(error).__name__)
        body = problem(503, code="database_away", detail="The database cannot be reached; try again shortly.")
        return _plain(body, **{"Retry-After": "5"})
