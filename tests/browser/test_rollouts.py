"""What an engineer sees and does with a rollout."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from config.accounts.models import Role
from models_registry import deployment
from models_registry.models import GateOutcome, Scorecard
from moderation.models import Disagreement, Post, Rollout, RolloutArm, RolloutDay
from moderation.rollouts import conducting, gathering
from moderation.rollouts.conducting import Wish
from tests.browser import house as building
from tests.browser.house import House

DAYS = 6


def challenged(house: House) -> Any:
    """A champion, and a version that may be tried beside it."""
    champion = building.train(house)
    deployment.deploy(champion, by=house.people[Role.ENGINEER], now=timezone.now())
    challenger = building.train(house, seed=2)
    Scorecard.objects.create(
        model_version=challenger,
        champion=champion,
        checks=[],
        outcome=GateOutcome.PASS,
        created_at=timezone.now(),
    )
    return challenger


def begun(house: House, **wanted: Any) -> Rollout:
    """A rollout of some days, counted."""
    wish = Wish(**({"kind": "canary", "share": 0.1, "reason": "It learned from this week's answers."} | wanted))
    since = timezone.now() - timedelta(days=DAYS - 1)
    made = conducting.start(challenged(house), wish, by=house.people[Role.ENGINEER], now=since)
    for number in range(DAYS):
        for name, units in (("champion", 4500), ("challenger", 500)):
            count(made, name, (since + timedelta(days=number)).date(), units=units)
    return made


def count(rollout: Rollout, name: str, day: Any, *, units: int) -> None:
    flagged = units // 25 if name == "champion" else units // 18
    first = {
        "flagged": [[1.0, flagged]],
        "removed": [[1.0, flagged // 4]],
        "overturned": [[1.0, flagged // 60]],
        "missed": [[0.1, 1 + flagged // 80]],
        "complaints": [[1.0, 1]],
    }
    counts = gathering._nothing() | {
        "posts": 3 * units,
        "units": units,
        "flagged": flagged,
        "removed": flagged // 4,
        "overturned": flagged // 60,
        "views": 40 * units,
        "complaints": 1,
        "images": 3 * units,
        "microseconds": 3 * units * (1800 if name == "champion" else 2100),
        "least": 0.1,
        "first": first,
    }
    arm = RolloutArm.objects.get(rollout=rollout, name=name)
    RolloutDay.objects.create(arm=arm, day=day, counts=counts, counted_at=timezone.now())


def test_an_engineer_starts_a_canary_from_a_versions_page(house: House, sign_in: Any) -> None:
    version = challenged(house)
    page = sign_in("engineer", f"/models/versions/{version.pk}/")
    page.click("text=Try it")
    page.check("[name=kind][value=shadow]")
    assert page.is_visible("[name=labels_per_day]")
    page.check("[name=kind][value=canary]")
    assert page.input_value("[name=share]") == "5"
    page.fill("[name=share]", "80")
    page.fill("[name=reason]", "It learned from this week's answers.")
    page.click("[data-try] [type=submit]")
    page.wait_for_selector("[data-refusal]:not([hidden])")
    page.fill("[name=share]", "10")
    page.click("[data-try] [type=submit]")
    page.wait_for_url("**/models/rollouts/*/")
    assert Rollout.objects.get().share == 0.1


def test_a_rollout_shows_both_arms_and_its_bounds_and_is_promoted(house: House, sign_in: Any) -> None:
    made = begun(house)
    page = sign_in("engineer", f"/models/rollouts/{made.pk}/")
    page.wait_for_selector("#bounds canvas")
    assert page.locator(".rail").count() == 5
    page.click("[data-rail=complaints]")
    page.click("summary >> text=As a table")
    assert page.locator("#bounds-rows tr").count() == DAYS
    page.click("[data-open=share]")
    page.fill("#share [name=share]", "20")
    page.fill("#share [name=reason]", "Nothing is worse so far.")
    page.click("#share [type=submit]")
    page.wait_for_selector("text=From 10 % to 20 %.")
    page.click("[data-open=promote]")
    page.fill("#promote textarea", "It misses less.")
    page.click("#promote [type=submit]")
    page.wait_for_selector("h1 >> text=Promoted")
    assert deployment.champion(house.founded.detector) == made.challenger


def test_a_shadow_shows_what_the_two_disagree_on_and_a_manager_reads(house: House, sign_in: Any) -> None:
    building.post(house, "fox", "rabbit", "badger")
    made = begun(house, kind="shadow", share=1.0)
    for number, post in enumerate(Post.objects.order_by("id")):
        Disagreement.objects.create(
            rollout=made,
            post=post,
            image_id=post.image_id,
            champion_outcome="pass" if number else "review",
            challenger_outcome="review" if number else "pass",
            champion_score=0.2 + number / 10,
            challenger_score=0.6 + number / 10,
            created_at=timezone.now(),
        )
    page = sign_in("manager", f"/models/rollouts/{made.pk}/")
    assert page.locator(".gallery img").count() == 3
    assert page.locator("[data-open]").count() == 0
    page.goto(page.url.split("/models/")[0] + "/models/rollouts/")
    assert page.is_visible("text=Rollout 1") or page.locator("tbody a").count() > 0
