"""A JSON body is read up to a limit."""

from typing import Any

import pytest
from django.test import Client

from config.accounts.models import Role
from tests.moderation.builders import person, world


@pytest.mark.django_db
def test_a_huge_json_body_is_refused_as_a_problem(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client.force_login(person(world().project, Role.MODERATOR))
    body = '{"lanes": ["' + "x" * 2000 + '"]}'
    refused = client.post("/api/v1/jobs/claim/", body, content_type="application/json")
    assert refused.status_code == 413
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "request_too_large"
