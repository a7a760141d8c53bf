"""This will recognize a client or a person by the API key in ``Authorization: Token …``."""

from typing import Any

from django.db.models import FilteredRelation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from config.accounts.models import ApiKey, Client, fingerprint
from config.compiled import Compiled, Given

# A row for each membership of the key's person, or one where there is none.
_USABLE = Compiled(
    lambda: (
        ApiKey.objects.usable()
        .alias(held=FilteredRelation("user__memberships"))
        .select_related("client__project", "user", "held__project")  # type: ignore[misc]
        .filter(token_sha256=Given("sha256"))
        .order_by("held__project_id", "held__id")
    )
)


class ClientUser:
    """Stands where Django expects a user, for a client: it holds no role and no session."""

    is_authenticated = True
    is_active = True
    is_anonymous = False
    pk = None

    def __init__(self, client: Client) -> None:
        self.client = client


class ApiKeyAuthentication(BaseAuthentication):
    """Look the key up by its hash; a wrong or revoked key is refused, not ignored."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Say: Authorization: Token <key>.", code="bad_token")
        token = words[1].decode("latin-1")
        rows: list[Any] = _USABLE.all(sha256=fingerprint(token))
        if not rows:
            raise AuthenticationFailed("This key is not known, or was revoked.", code="bad_token")
        key = rows[0]
        if key.client:
            return ClientUser(key.client), key
        key.user.held = [row.held for row in rows if hasattr(row, "held")]
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token <key>"}
