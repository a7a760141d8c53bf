"""Tests of /health/: 200 with everything there, 503 with what is away; processes of their own, nothing mocked."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client as Browser

ASK = """
import json, django
django.setup()
from django.test import Client
for path in ("/health/", "/api/v1/posts/"):
    found = Client(raise_request_exception=False).get(path, headers={"Authorization": "Token x"})
    print(json.dumps([found.status_code, found["Content-Type"], found.headers.get("Retry-After"), found.json()]))
"""


def ask(**environment: str) -> list[list[Any]]:
    """Ask a fresh process under this environment; returns [status, content type, retry after, body] per path."""
    everything = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"} | environment
    done = subprocess.run([sys.executable, "-c", ASK], env=everything, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.django_db
def test_all_is_well(valkey_url: str) -> None:
    answered = Browser().get("/health/")
    assert (answered.status_code, answered.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_broker_that_is_away_is_named(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    answered = Browser().get("/health/")
    assert (answered.status_code, answered["Content-Type"]) == (503, "application/problem+json")
    assert (answered.json()["code"], answered.json()["away"]) == ("broker_away", ["broker"])


def test_a_database_that_is_away_is_named_and_every_page_says_when_to_come_back() -> None:
    (status, kind, retry, body), api = ask(
        DATABASE_URL="postgresql://nobody@/nothing?host=/nonexistent", CELERY_BROKER_URL="redis://127.0.0.1:1/0"
    )
    assert (status, kind, retry) == (503, "application/problem+json", "5")
    assert (body["code"], body["away"]) == ("database_away", ["database", "broker"])
    assert (api[0], api[1], api[3]["code"]) == (503, "application/problem+json", "database_away")


NUDGE = """
import django
django.setup()
from models_registry import nudge
from moderation import tasks
nudge._send(tasks.screen, seconds=0)
print("went on")
"""


def test_a_nudge_without_a_broker_costs_a_line_in_the_log_and_nothing_more() -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    }
    done = subprocess.run([sys.executable, "-c", NUDGE], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "went on\n"
    assert "The broker is away" in done.stderr
