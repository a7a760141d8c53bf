"""This will spare requests what they do not need of the middleware that pages are made with.

A program that shows an API key has no session and is told nothing beside its answer. The content policy is the same for
every response, so it is written once.
"""

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

_PROGRAMS = "/api/v1/"
_KEY = "token "


def shows_key(request: HttpRequest) -> bool:
    """Return whether it is the API key that says who is asking; see config/accounts/keys."""
    told = request.META.get("HTTP_AUTHORIZATION", "")
    return told[: len(_KEY)].lower() == _KEY and request.path_info.startswith(_PROGRAMS)


class _ForBrowsers:
    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if shows_key(request):
            return self.get_response(request)
        answer: HttpResponseBase = super().__call__(request)  # type: ignore[misc]
        return answer


class Sessions(_ForBrowsers, SessionMiddleware):
    """Django's, but for programs."""


class Messages(_ForBrowsers, MessageMiddleware):
    """Django's, but for programs."""


class Authentication(AuthenticationMiddleware):
    """Django's; programs are nobody until their key is looked up."""

    def process_request(self, request: HttpRequest) -> None:
        if shows_key(request):
            request.user = AnonymousUser()
        else:
            super().process_request(request)


class ContentPolicy:
    """Sends the policy of the settings with every response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response, self._policy = get_response, build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers[HEADER] = self._policy
        return response
