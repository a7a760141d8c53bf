"""What managers see of people, what people see of themselves, and gold among their jobs."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from annotation.models import GoldItem, Label, Purpose, Question
from config.accounts.models import Role
from moderation import gold_posts
from moderation.models import Post
from moderation.people import working_days
from tests.browser import house as building
from tests.browser.desk import ready, saved
from tests.browser.house import House
from tests.moderation.builders import answer, person

DESKTOP = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


@pytest.fixture
def worked(house: House) -> House:
    """Two people answered reviews and agreed on an audit."""
    now = timezone.now()
    building.post(house, "heron", "badger")
    zoe, ada = (person(house.project, name=name) for name in ("zoe", "ada"))
    for review in Question.objects.filter(purpose=Purpose.REVIEW).order_by("pk"):
        answer(zoe, review, "gruesome", now=now)
    answer(ada, _audited(house, "otter"), now=now)
    working_days.refresh_all(house.project, now=now)
    return house


def _audited(house: House, title: str) -> Question:
    building.post(house, title)
    building.ask_for_audits(house)
    return Question.objects.filter(purpose=Purpose.AUDIT).latest("pk")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_manager_sees_everybody_by_name_and_nothing_that_ranks_them(worked: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/people/")
    assert page.locator(".people tbody th").all_inner_texts() == ["ada", "zoe"]
    assert "not for ranking" in page.inner_text("main")
    assert page.locator(".people th a, .people th button").count() == 0, "nothing sorts people"
    assert "Gruesome" in page.inner_text(".people-seen")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page).response["violations"] == []


def test_a_moderator_sees_only_themself(worked: House, sign_in: Any) -> None:
    page = sign_in("moderator", "/measure/people/")
    assert "You answered nothing in this period." in page.inner_text("main")
    assert "zoe" not in page.inner_text("main")


def test_what_is_not_known_is_said_to_be_so(worked: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/people/")
    assert "No image was judged by two people yet." in page.inner_text("[aria-labelledby=people-meet]")
    assert "%" not in page.inner_text("[aria-labelledby=people-wrong] tbody")


def test_another_period_is_picked(worked: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/people/")
    page.click("text=7 days")
    assert "from=" in page.url
    assert page.locator(".people tbody tr").count() == 2
    past = (timezone.now() - timedelta(days=300)).date()
    page.goto(page.url.split("?")[0] + f"?from={past}&to={past}")
    assert "Nobody answered in this period." in page.inner_text("main")


def test_a_manager_makes_a_gold_item_and_a_moderator_answers_it_as_any_other(house: House, sign_in: Any) -> None:
    building.post(house, "heron")
    answer(person(house.project, name="zoe"), Question.objects.get(), "gruesome", now=timezone.now())
    chosen = Post.objects.get()
    page = sign_in("manager", f"/posts/{chosen.pk}/")
    page.click("text=Use as gold item")
    page.wait_for_selector("text=A gold item since")
    item = GoldItem.objects.get()
    assert gold_posts.standing(chosen).added_at
    house.project.gold_rate = 1.0
    house.project.save(update_fields=["gold_rate"])
    building.post(house, "fox")
    page.context.clear_cookies()
    page = sign_in("moderator", "/review/")
    ready(page)
    assert "heron" in page.inner_text("main")
    assert "gold" not in page.inner_text("main").lower()
    page.keyboard.press("Space")
    saved(page)
    said = Label.objects.get(person=house.people[Role.MODERATOR])
    assert (said.question, said.classes) == (item.question, [])
