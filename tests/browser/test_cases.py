"""The desks for complaints and appeals: what was said stands beside the image, and the keys are the same."""

from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from annotation import labels, queue
from annotation.models import Desk, Label, Purpose
from config.accounts.models import Role
from moderation import appeals, complaints, decisions
from moderation.models import Post, Publication
from tests.browser import house as building
from tests.browser.desk import ready, saved, showing
from tests.browser.house import House


def decide(house: House, title: str, *classes: str) -> Post:
    """Have a manager answer the review of a new post."""
    building.post(house, title)
    now, manager = timezone.now(), house.people[Role.MANAGER]
    roles = frozenset({Role.MANAGER})
    (job,) = queue.claim(manager, project=house.project, roles=roles, desk=Desk.REVIEW, now=now)
    given = labels.Answer(classes=classes)
    decisions.answer(job.pk, person=manager, token=job.lease_token, answer=given, now=now)
    return Post.objects.get(title=title)


def complain(house: House, post: Post, reason: str, text: str) -> None:
    complaints.submit(house.client, complaints.Said(post.external_id, reason, text=text), now=timezone.now())


def test_a_complaint_is_read_beside_the_image_and_upheld_by_the_same_keys(house: House, sign_in: Any) -> None:
    complain(house, decide(house, "heron"), "gruesome", "There is blood in the corner.")
    page = sign_in("moderator", "/complaints/")
    assert showing(page) == "heron"
    said = page.inner_text("#case")
    assert "There is blood in the corner." in said
    assert "Kept\nby a person" in said
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    saved(page)
    assert Post.objects.get().publication == Publication.UNPUBLISHED
    assert Label.objects.latest("id").question.purpose == Purpose.COMPLAINT


def test_an_appeal_is_judged_by_another_person_and_puts_the_post_back(house: House, sign_in: Any) -> None:
    post = decide(house, "heron", "gruesome")
    appeals.submit(house.client, appeals.Said(post.external_id, text="It is ketchup."), now=timezone.now())
    page = sign_in("moderator", "/appeals/")
    assert showing(page) == "heron"
    assert "It is ketchup." in page.inner_text("#case")
    page.keyboard.press("Space")
    saved(page)
    assert Post.objects.get().publication == Publication.PUBLISHED


def test_cases_come_one_at_a_time_and_never_as_a_page(house: House, sign_in: Any) -> None:
    complain(house, decide(house, "heron"), "gruesome", "There is blood.")
    page = ready(sign_in("moderator", "/complaints/?view=grid"))
    page.keyboard.press("m")
    expect(page.locator("#desk")).to_have_attribute("data-mode", "one")
    assert page.locator("[data-mode-of]").count() == 0
