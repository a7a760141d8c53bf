"""This will keep the door: accounts are made by an admin, nobody signs up; and greet people in their language."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from config.accounts import language, preferences
from config.accounts.models import User


class InvitedOnly(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> Any:
        return "/"

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """Have this browser speak the language that the person chose, wherever that was.

        Somebody who never chose one keeps what they were greeted in: they may have chosen it at this very door.
        """
        response: HttpResponse = super().post_login(request, user, **how)
        if chosen := preferences.of(user).language:
            language.remember(response, chosen)
        return response
