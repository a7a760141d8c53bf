"""Tests of what a training run cost: its steps at the prices of their days, and what is not known of that."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from config.accounts.models import Role
from models_registry.models import DatasetVersion, Run, RunStep
from moderation import costs
from moderation.costs import runs
from moderation.models import PolicyMode, Resource
from tests.moderation.builders import NOW, World, later, person, world

pytestmark = pytest.mark.django_db
DAY = NOW.date()


@pytest.fixture
def place() -> World:
    return world(mode=PolicyMode.MANUAL)


def run_of(place: World, *steps: dict[str, Any]) -> Run:
    number = 1 + Run.objects.count()
    dataset = DatasetVersion.objects.create(
        project=place.project,
        schema=place.schema,
        number=number,
        manifest="",
        checksum=str(number),
        counts={},
        created_at=NOW,
    )
    run = Run.objects.create(detector=place.detector, dataset=dataset, config={}, requested_at=NOW)
    for number, one in enumerate(steps):
        RunStep.objects.create(
            **{"run": run, "name": f"step {number}", "position": number, "status": "done", "started_at": NOW} | one
        )
    return run


def price(place: World, resource: Resource, amount: str, *, day: date = DAY) -> None:
    costs.add(place.project, resource=resource, amount=Decimal(amount), valid_from=day, currency="USD", now=NOW)


def test_a_run_costs_what_its_steps_took_at_the_prices_of_their_days(place: World) -> None:
    price(place, Resource.CPU, "36", day=DAY)
    price(place, Resource.CPU, "72", day=later(days=1).date())
    price(place, Resource.GPU, "360")
    run = run_of(
        place,
        {"seconds": 50.0, "cpu_seconds": 100.0, "gpu_seconds": 10.0},
        {"seconds": 100.0, "started_at": later(days=1)},
        {"seconds": None},
    )
    found = runs.of_run(run)
    cpu, gpu = found.lines
    assert (cpu.cost.amount.estimate, cpu.rows, cpu.measured_rows) == (pytest.approx(1.0 + 2.0), 2, 1)
    assert (cpu.cost.amount.low, gpu.cost.amount.estimate) == (pytest.approx(1.0), pytest.approx(1.0))
    assert runs.said(place.project, [run]) == ["4.00\u00a0USD"]


def test_the_runs_of_a_day_add_up_to_what_training_cost_on_it(place: World) -> None:
    price(place, Resource.CPU, "36")
    several = [run_of(place, {"seconds": 3.0, "cpu_seconds": 7.25 + n}, {"seconds": 1.5}) for n in range(3)]
    costs.refresh(place.project, DAY, now=NOW)
    known = costs.book(place.project)
    (line,) = [
        one
        for one in costs.accounts.lines(costs.reading.used(place.project, first=DAY, last=DAY), known)
        if one.source == "training"
    ]
    added = sum(float(runs.of_run(one).total.amount.estimate) for one in several)
    assert float(line.cost.amount.estimate) == pytest.approx(added)


def test_what_was_not_measured_or_has_no_price_is_not_said_to_be_free(place: World) -> None:
    price(place, Resource.CPU, "36")
    held = run_of(place, {"seconds": 5.0, "cpu_seconds": 5.0, "gpu_seconds": 5.0})
    waiting = run_of(place)
    assert runs.said(place.project, [held, waiting]) == ["", ""]


def test_the_cost_of_a_run_is_on_its_page_beside_another_and_over_http(place: World, client: Any) -> None:
    price(place, Resource.CPU, "36")
    first, second = (run_of(place, {"name": "fit", "seconds": 9.0, "cpu_seconds": 100.0 * n}) for n in (1, 2))
    engineer = person(place.project, Role.ENGINEER)
    client.force_login(engineer)
    assert "1.00\u00a0USD" in client.get(f"/models/runs/{first.pk}/").content.decode()
    compared = client.get("/models/compare/", {"runs": f"{first.pk},{second.pk}"}).content.decode()
    assert "1.00\u00a0USD" in compared
    assert "2.00\u00a0USD" in compared
    api = APIClient()
    api.force_login(engineer)
    told = api.get(f"/api/v1/runs/{second.pk}/cost/").json()
    assert told["currency"] == "USD"
    assert told["lines"] == [
        {"resource": "cpu", "hours": pytest.approx(200 / 3600), "steps": 1, "measured_steps": 1, "cost": 2.0}
    ]
