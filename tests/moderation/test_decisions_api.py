"""What was decided about periods, over HTTP."""

from datetime import timedelta

import pytest
from django.test import Client as Browser

from config.accounts.models import Role
from moderation.models import PeriodDecision, PeriodOutcome
from tests.moderation.builders import NOW, World, person, world

pytestmark = pytest.mark.django_db


def decided(place: World, outcome: PeriodOutcome, **more: object) -> PeriodDecision:
    facts = {
        "starts_at": NOW - timedelta(days=28),
        "ends_at": NOW,
        "is_final": True,
        "reason": "Enough.",
        "created_at": NOW,
    }
    return PeriodDecision.objects.create(
        project=place.project, outcome=outcome, evidence="{}", checksum="0" * 64, **facts | more
    )


def test_decisions_are_listed_newest_first_without_their_evidence() -> None:
    place = world()
    manager = person(place.project, Role.MANAGER)
    decided(place, PeriodOutcome.NO_GO, person=manager, policy_version=place.policy)
    decided(place, PeriodOutcome.STOPPED)
    decided(world(), PeriodOutcome.STOPPED)
    browser = Browser()
    browser.force_login(manager)
    newest, first = browser.get("/api/v1/decisions/").json()["results"]
    assert (newest["outcome"], newest["by"]) == ("stopped", None)
    first_day, last_day = (
        (NOW - timedelta(days=28)).date().isoformat(),
        (NOW - timedelta(microseconds=1)).date().isoformat(),
    )
    assert (first["from"], first["to"], first["by"], first["policy"]) == (first_day, last_day, str(manager.username), 1)
    assert first["evidence_sha256"] == "0" * 64
    assert "evidence" not in first
