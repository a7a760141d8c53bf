"""What a desk does when a lease, the network or the page is lost: it says so, and loses no answer."""

from typing import Any

from playwright.sync_api import expect

from annotation.models import Job, Label
from config.accounts.models import Role
from config.embedded.processes import wait_until
from tests.browser import house as building
from tests.browser.desk import chosen, lose_leases, ready, saved, showing, shows, told
from tests.browser.house import House

FOUR = ("heron", "badger", "otter", "fox")


def test_a_lost_lease_is_told_and_the_next_image_is_already_there(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    lose_leases()
    page.keyboard.press("Space")
    assert "no longer yours" in told(page)
    ready(page)
    assert not Label.objects.exists()


def test_an_answer_that_the_network_swallowed_comes_back_and_can_be_sent_again(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    assert "could not be sent" in told(page)
    assert showing(page) == first
    assert chosen(page) == ["gruesome"]
    expect(page.locator("#came-back")).to_have_text("Not sent: Gruesome. The server could not be reached.")
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    saved(page)
    assert [one.classes for one in Label.objects.all()] == [["gruesome"]]


def test_an_answer_that_was_not_sent_is_sent_by_the_reloaded_page(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    showing(page)
    page.wait_for_load_state("networkidle")
    page.route("**/api/v1/jobs/*/label/**", lambda route: route.abort())
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    assert "could not be sent" in told(page)
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "lease_token" in kept
    assert "About " not in kept, "What was written of a post is not left in the machine."
    page.unroute("**/api/v1/jobs/*/label/**")
    page.reload()
    assert wait_until(lambda: Label.objects.count() == 1, seconds=60)
    assert Label.objects.get().classes == ["gruesome"]
    ready(page)


def test_an_answer_whose_confirmation_was_lost_is_not_stored_twice(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)

    def swallow(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/v1/jobs/*/label/**", swallow)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    shows(page, first)
    page.unroute("**/api/v1/jobs/*/label/**")
    page.keyboard.press("Enter")
    saved(page)
    assert [one.classes for one in Label.objects.all()] == [["gruesome"]]


def test_an_open_tab_says_nothing_in_the_name_of_whoever_signed_in_since(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.wait_for_load_state("networkidle")
    _somebody_else_signs_in(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("Somebody else has signed in")
    expect(page.locator("#notices a")).to_have_text("Reload the page")
    shows(page, first)
    assert not Label.objects.exists()
    assert not Job.objects.filter(person=house.people[Role.MANAGER]).exists()
    page.context.clear_cookies()
    sign_in("moderator", "/review/")
    assert wait_until(lambda: Label.objects.count() == 1, seconds=60)
    label = Label.objects.get()
    assert (label.person, label.classes) == (house.people[Role.MODERATOR], ["gruesome"])


def _somebody_else_signs_in(page: Any) -> None:
    """Sign the manager in, in another tab of the same browser."""
    page.context.clear_cookies()
    tab = page.context.new_page()
    tab.goto(page.url.replace("/review/", "/accounts/login/"))
    tab.fill("[name=login]", "manager")
    tab.fill("[name=password]", building.PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: "/accounts/" not in url)
    tab.goto("about:blank")


def test_what_was_chosen_and_noted_survives_a_reload(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.keyboard.press("2")
    page.keyboard.press("n")
    page.keyboard.type("look again")
    page.reload()
    shows(page, first)
    assert chosen(page) == ["gruesome"]
    assert page.input_value("#note") == "look again"


def test_a_machine_that_slept_is_told_calmly_that_its_time_ran_out(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    page.wait_for_load_state("networkidle")
    lose_leases()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert "While you were away" in told(page)
    ready(page)


def test_a_refused_answer_comes_back_with_the_reason(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    problem = {
        "status": 422,
        "content_type": "application/problem+json",
        "body": '{"code": "bad_answer", "detail": "No such class."}',
    }
    page.route("**/api/v1/jobs/*/label/**", lambda route: route.fulfill(**problem))
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    assert "was refused" in told(page)
    shows(page, first)
    expect(page.locator("#came-back")).to_have_text("Not sent: No animal. No such class.")
