"""What people do in the threshold lab: move thresholds, keep a draft, put it in force on purpose."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from config.accounts.models import Role
from models_registry import deployment
from models_registry.models import GateOutcome, Scorecard
from moderation import policies
from moderation.costs import prices
from moderation.lab import gathering
from moderation.models import DailyCost, PolicyMode, PolicyStatus, PolicyVersion, Resource, ScoredDay
from tests.browser import house as building
from tests.browser.house import House
from tests.moderation.lab_worlds import known_day

KEYS = ("no_animal", "gruesome")
DAYS = 28


def rules(*, review: float = 0.3, remove: float | None = 0.9) -> dict[str, Any]:
    band = {"review": {"threshold": review}, "remove": remove and {"threshold": remove}, "hours_allowed": 24}
    return {"classes": {key: dict(band) for key in KEYS}, "audit": {"looks_per_day": 100, "removed_rate": 0.2}}


@pytest.fixture
def past(house: House) -> House:
    """Four weeks of posts, scored, judged and audited."""
    version, now = building.train(house), timezone.now()
    Scorecard.objects.create(model_version=version, checks=[], outcome=GateOutcome.PASS, created_at=now)
    deployment.deploy(version, by=None, now=now)
    chance = np.random.default_rng(7)
    for n in range(DAYS):
        day, kept = now.date() - timedelta(days=n), known_day(chance, posts=1500, keys=KEYS).day
        gathering.stored(kept, project=house.project, day=day, version=version).save()
        DailyCost.objects.create(
            project=house.project, day=day, resource=Resource.MODERATOR, source="review", quantity=900_000, low=900_000,
            high=900_000, squares=3_000_000_000, rows=300, measured_rows=300,
        )  # fmt: skip
    prices.add(
        house.project, resource=Resource.MODERATOR, amount=Decimal(24), valid_from=now.date() - timedelta(days=60),
        currency="EUR", now=now,
    )  # fmt: skip
    in_force(house)
    return house


def in_force(house: House, **wanted: Any) -> PolicyVersion:
    draft = policies.draft(
        house.project, mode=PolicyMode.AUTOMATIC, rules=rules(**wanted), reason="Begin carefully.", now=timezone.now()
    )
    return policies.put_in_force(draft, now=timezone.now())


def number(page: Any, key: str) -> str:
    said: str = page.inner_text(f".lab-{key} .headline-number")
    return said.split()[0]


def slide(page: Any, *, steps: int) -> None:
    """Move the first class's threshold for people with the arrow keys."""
    page.wait_for_selector("#lab-spread canvas")
    page.focus("[data-class=no_animal] [data-band=review] [type=range]")
    with page.expect_response(lambda answer: "mode=" in answer.url):
        for _ in range(abs(steps)):
            page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")


def test_a_threshold_moved_by_keys_shows_at_once_what_it_would_have_done(past: House, sign_in: Any) -> None:
    page = sign_in("engineer", "/measure/lab/")
    assert page.inner_text("#t-reviews") == "Reviews a day"
    assert "As in force" in page.inner_text(".lab-reviews")
    before = number(page, "reviews")
    slide(page, steps=12)
    page.wait_for_selector(".lab-reviews .change")
    assert number(page, "reviews") != before
    assert before in page.inner_text(".lab-reviews .lab-beside"), "what is in force stands beside it"
    assert "worse" in page.inner_text(".lab-missed .lab-beside"), "people saw all that would pass now, so it is counted"
    assert "review-no_animal=" in page.url, "the address says what is tried"
    assert not PolicyVersion.objects.filter(status=PolicyStatus.DRAFT).exists()


def test_a_line_on_the_scores_can_be_dragged(past: House, sign_in: Any) -> None:
    page = sign_in("engineer", "/measure/lab/")
    page.wait_for_selector("#lab-spread canvas")
    page.locator("#lab-spread").scroll_into_view_if_needed()
    box = page.locator("#lab-spread").bounding_box()
    x = page.evaluate("""async () => {
        const chart = window.echarts.getInstanceByDom(document.getElementById("lab-spread"));
        return chart.convertToPixel({xAxisIndex: 0}, chart.getOption().series[0].markLine.data[0].xAxis);
    }""")
    page.mouse.move(box["x"] + x, box["y"] + 120)
    page.mouse.down()
    with page.expect_response(lambda answer: "mode=" in answer.url):
        page.mouse.move(box["x"] + x + 60, box["y"] + 120, steps=4)
        page.mouse.up()
    assert float(page.input_value("#review-no_animal")) > 30


def test_an_engineer_saves_a_draft_and_a_manager_puts_it_in_force(past: House, sign_in: Any) -> None:
    page = sign_in("engineer", "/measure/lab/")
    slide(page, steps=6)
    moved = float(page.input_value("#review-no_animal"))
    page.focus("[name=reason]")
    page.keyboard.type("Fewer looks at what is nearly always fine.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/measure/lab/drafts/**")
    draft = PolicyVersion.objects.get(status=PolicyStatus.DRAFT)
    assert draft.created_by == past.people[Role.ENGINEER]
    assert draft.rules["classes"]["no_animal"]["review"] == {"threshold": pytest.approx(moved / 100)}
    assert draft.rules["classes"]["gruesome"] == rules()["classes"]["gruesome"], "what nobody moved stays"
    assert "A manager or an admin puts it in force" in page.inner_text("main")
    assert page.locator("button:has-text('in force')").count() == 0
    address = page.url
    page.context.clear_cookies()
    page = sign_in("manager", "/" + address.split("/", 3)[3])
    assert "30 %" in page.inner_text(".lab-changes")
    page.click("button:has-text('in force')")
    assert PolicyVersion.objects.get(pk=draft.pk).status == PolicyStatus.DRAFT, "nothing happens unless it is meant"
    page.check(".lab-sure input")
    page.click("button:has-text('in force')")
    page.wait_for_selector("text=is in force")
    assert policies.in_force(past.project) == draft


def test_a_draft_does_not_replace_a_policy_that_nobody_looked_at(past: House, sign_in: Any) -> None:
    draft = policies.draft(past.project, mode=PolicyMode.ASSISTED, rules=rules(review=0.4), now=timezone.now())
    page = sign_in("manager", f"/measure/lab/drafts/{draft.pk}/")
    other = in_force(past, review=0.2)
    page.check(".lab-sure input")
    page.click("button:has-text('in force')")
    page.wait_for_selector("[role=alert]")
    assert f"put policy {other.number} in force meanwhile" in page.inner_text("[role=alert]")
    assert policies.in_force(past.project) == other
    assert "20 %" in page.inner_text(".lab-changes"), "and compares with what is in force now"


def test_a_period_without_scores_says_so(house: House, sign_in: Any) -> None:
    page = sign_in("engineer", "/measure/lab/?from=2020-01-01&to=2020-01-31")
    assert "Nothing was scored in this period" in page.inner_text("main")
    assert not ScoredDay.objects.exists()
