"""Finding posts and acting on them, by keys; and the story of one."""

from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from annotation import labels, queue
from annotation.models import Lane
from config.accounts.models import Role
from moderation import decisions
from moderation.models import BulkItem, Decision, DecisionKind, Post, Publication
from tests.browser import house as building
from tests.browser.house import House

expect.set_options(timeout=30_000)


def titles(page: Any) -> list[str]:
    return page.locator("#cards .post-title").all_inner_texts()


def finds(page: Any, *wanted: str) -> None:
    """Wait until exactly these posts are shown, newest first."""
    expect(page.locator("#cards .post-title")).to_have_text(list(wanted))


def decide(house: House, *classes: str) -> Post:
    """Have the moderator answer the next review; returns its post."""
    now, person = timezone.now(), house.people[Role.MODERATOR]
    (job,) = queue.claim(person, project=house.project, roles=frozenset({Role.MODERATOR}), lanes=list(Lane), now=now)
    answer = labels.Answer(classes=classes, note="an empty bench")
    done = decisions.answer(job.pk, person=person, token=job.lease_token, answer=answer, now=now)
    return done.decisions[0].post


def test_posts_are_found_while_one_types_in_any_language(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "東京タワーの猫", "badger")
    page = sign_in("manager", "/posts/")
    finds(page, "badger", "東京タワーの猫", "heron")
    page.keyboard.press("/")
    page.keyboard.type("タワ")
    finds(page, "東京タワーの猫")
    expect(page.locator(".chip")).to_contain_text("タワ")
    assert "q=%E3%82%BF%E3%83%AF" in page.url
    page.fill("#q", "nothing like it")
    expect(page.locator(".nothing")).to_contain_text("No post fits")
    page.reload()
    expect(page.locator(".nothing")).to_contain_text("No post fits")


def test_filters_become_chips_that_can_be_taken_away_and_an_address_to_pass_on(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    kept = decide(house)
    page = sign_in("manager", "/posts/")
    page.select_option("[name=status]", "decided")
    page.select_option("[name=class]", "fine")
    finds(page, kept.title)
    expect(page.locator(".chip")).to_have_count(2)
    assert page.url.endswith("/posts/?status=decided&class=fine")
    page.goto(page.url)
    finds(page, kept.title)
    page.click(".chip:has-text('Status')")
    page.wait_for_url("**/posts/?class=fine")
    finds(page, kept.title)


def opened(page: Any, title: str) -> None:
    """Wait until the story of this post is there, and listens to keys."""
    expect(page.locator("h1")).to_have_text(title)
    page.wait_for_load_state()


def test_one_walks_opens_and_comes_back_by_keys(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger", "otter")
    page = sign_in("manager", "/posts/?view=list")
    expect(page.locator("tr.row-post")).to_have_count(3)
    page.keyboard.press("v")
    finds(page, "otter", "badger", "heron")
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    opened(page, "badger")
    page.keyboard.press("j")
    opened(page, "heron")
    page.keyboard.press("k")
    opened(page, "badger")
    page.keyboard.press("u")
    finds(page, "otter", "badger", "heron")


def test_a_long_list_is_paged_both_ways(house: House, sign_in: Any) -> None:
    building.post(house, *(f"post {number}" for number in range(33)))
    page = sign_in("manager", "/posts/?q=post")
    expect(page.locator(".results-count")).to_contain_text("33 posts")
    expect(page.locator("[data-post]")).to_have_count(30)
    page.keyboard.press("n")
    finds(page, "post 2", "post 1", "post 0")
    page.keyboard.press("p")
    expect(page.locator("[data-post]")).to_have_count(30)
    assert titles(page)[0] == "post 32"


def test_a_manager_takes_selected_posts_down_with_a_reason(house: House, page: Any, sign_in: Any) -> None:
    building.post(house, "heron", "badger", "otter")
    # Browsers keep it from pages that came without HTTPS.
    page.add_init_script("delete Crypto.prototype.randomUUID")
    page = sign_in("manager", "/posts/")
    finds(page, "otter", "badger", "heron")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("#bulk-count")).to_have_text("2")
    page.click("[data-bulk=remove]")
    page.click("#bulk-go")
    assert page.is_visible("#bulk-ask"), "A class and a reason are needed."
    page.select_option("#bulk-class", "gruesome")
    page.fill("#bulk-reason", "a wave of spam")
    page.click("#bulk-go")
    expect(page.locator("#bulk-results")).to_have_text("2 done")
    page.click("#bulk-done")
    expect(page.locator(".badge-bad")).to_have_count(2)
    expect(page.locator("#bulk")).to_be_hidden()
    made = Decision.objects.filter(kind=DecisionKind.REMOVE, reason="a wave of spam", person=house.people[Role.MANAGER])
    assert {one.post.title for one in made} == {"otter", "badger"}
    assert BulkItem.objects.filter(decision__in=made).count() == 2


def test_what_one_person_selected_is_not_selected_for_the_next(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    page = sign_in("manager", "/posts/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk-count")).to_have_text("1")
    page.context.clear_cookies()
    sign_in("admin", "/posts/")
    finds(page, "badger", "heron")
    expect(page.locator("#bulk")).to_be_hidden()
    page.context.clear_cookies()
    sign_in("manager", "/posts/")
    expect(page.locator("#bulk-count")).to_have_text("1")


def test_a_broken_connection_is_said_and_the_rest_sent_again(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    page = sign_in("manager", "/posts/")
    finds(page, "badger", "heron")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.click("[data-bulk=remove]")
    page.select_option("#bulk-class", "gruesome")
    page.fill("#bulk-reason", "because")
    page.context.set_offline(True)
    page.click("#bulk-go")
    expect(page.locator("#bulk-said")).to_contain_text("The connection broke")
    page.context.set_offline(False)
    page.click("#bulk-again")
    expect(page.locator("#bulk-results")).to_have_text("1 done")
    assert Post.objects.filter(publication=Publication.UNPUBLISHED).count() == 1


def test_a_search_that_fails_says_so_and_can_be_tried_again(house: House, sign_in: Any) -> None:
    building.post(house, "heron")
    page = sign_in("manager", "/posts/")
    page.context.set_offline(True)
    page.fill("#q", "her")
    expect(page.locator("#posts-error")).to_be_visible()
    page.context.set_offline(False)
    page.click("#posts-retry")
    expect(page.locator("#posts-error")).to_be_hidden()
    finds(page, "heron")


def test_the_story_tells_who_answered_what_and_moderators_hear_it_once_it_is_answered(
    house: House, sign_in: Any, live_server: Any
) -> None:
    building.post(house, "heron", "badger")
    decided = decide(house, "gruesome")
    other = Post.objects.exclude(pk=decided.pk).get()
    page = sign_in("moderator", f"/posts/{decided.pk}/")
    told = page.inner_text(".moments")
    assert "moderator answered" in told
    assert "an empty bench" in told
    assert "Verdict" not in told
    page.goto(f"{live_server.url}/posts/{other.pk}/")
    expect(page.locator(".notice")).to_contain_text("A question about this image is open")
    assert page.locator(".moment").count() == 1
    assert page.locator("text=poster-3").count() == 0
    page.goto(f"{live_server.url}/posts/?verdict=review")
    expect(page.locator(".nothing")).to_contain_text("what the machine said")
