"""A moderator's day at the review desk, one image at a time, by keyboard."""

from typing import Any

from playwright.sync_api import expect

from annotation.models import Exclusion, Job, JobStatus, Label, Purpose, Question, QuestionStatus
from config.accounts.models import Role
from config.embedded.processes import wait_until
from moderation.models import Asked, Decision, Post, Publication, ReasonTemplate
from tests.browser import house as building
from tests.browser.desk import answered, chosen, ready, saved, showing, shows, shows_another
from tests.browser.house import House

FOUR = ("heron", "badger", "otter", "fox")


def test_a_moderator_signs_in_and_decides_posts_by_keyboard_alone(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator")
    first = showing(page)
    page.keyboard.press("1")
    assert chosen(page) == ["no_animal"]
    page.keyboard.press("Enter")
    saved(page)
    shows_another(page, first)
    second = showing(page)
    page.keyboard.press("Space")
    answered(page, 2)
    assert Post.objects.get(title=first).publication == Publication.UNPUBLISHED
    assert Post.objects.get(title=second).publication == Publication.PUBLISHED
    assert first != second


def test_what_would_anchor_is_shown_only_after_the_answer(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    assert "poster-3" not in page.inner_text("#desk")
    page.keyboard.press("Space")
    saved(page)
    # Of the poster's other posts nothing is shown while this person may still be asked about them.
    expect(page.locator("#poster-words")).to_contain_text("poster-3 · 0 other posts, 0 taken down")
    for number in range(2, len(FOUR) + 1):
        ready(page).keyboard.press("Space")
        answered(page, number)
    expect(page.locator("#poster-words")).to_contain_text("poster-3 · 3 other posts, 0 taken down")
    assert page.locator("#poster-posts img").count() == 3


def test_the_strikes_of_a_poster_are_told_after_the_answer(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    saved(page)
    assert "strike" not in page.inner_text("#desk")
    ready(page).keyboard.press("Space")
    answered(page, 2)
    expect(page.locator("#poster-words")).to_have_text("Poster: poster-3 · 1 other post, 1 taken down, 1 strike")


def test_the_last_answer_is_taken_back_with_what_was_chosen(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("Control+z")
    shows(page, first)
    assert chosen(page) == ["gruesome"]
    assert Post.objects.get(title=first).publication == Publication.PUBLISHED
    assert Decision.objects.filter(reverses__isnull=False).count() == 1


def test_a_settled_audit_that_is_taken_back_is_asked_of_somebody_else(house: House, sign_in: Any) -> None:
    building.post(house, "heron")
    building.ask_for_audits(house)
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("Space")
    saved(page)
    page.keyboard.press("z")
    expect(page.locator("#notices")).to_contain_text("Somebody else is asked now")
    page.wait_for_selector("#desk[data-state=empty]")
    audit = Question.objects.get(purpose=Purpose.AUDIT)
    assert audit.status == QuestionStatus.OPEN
    assert list(audit.exclusions.values_list("person", flat=True)) == [house.people[Role.MODERATOR].pk]


def test_an_older_answer_is_taken_back_from_the_list_and_the_newer_one_stands(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    shows_another(page, first)
    page.keyboard.press("Space")
    answered(page, 2)
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    shows(page, first)
    assert chosen(page) == ["no_animal"]
    expect(page.locator("#film-list li")).to_have_count(1)
    assert [one.classes for one in Label.objects.filter(retraction__isnull=True)] == [[]]


def test_the_last_answers_are_there_after_a_reload_and_can_be_taken_back(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    saved(page)
    page.reload()
    ready(page)
    expect(page.locator("#film-list button")).to_have_attribute("title", "Gruesome. Saved. Take it back.")
    page.keyboard.press("z")
    shows(page, first)


def test_a_key_held_down_decides_one_image_only(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    for _ in range(4):
        page.keyboard.down("Space")
    page.keyboard.up("Space")
    saved(page)
    assert Label.objects.count() == 1


def test_a_skip_gives_its_reason_and_leaves_the_next_answer_untouched(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.keyboard.press("s")
    with page.expect_response("**/skip/**"):
        page.keyboard.press("2")
    shows_another(page, first)
    assert chosen(page) == []
    assert Exclusion.objects.get(is_skip=True).reason == "cannot_judge"


def test_an_escalated_image_goes_to_a_manager_and_not_back_to_its_person(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.keyboard.press("e")
    page.keyboard.type("Is this staged?")
    with page.expect_response("**/escalate/**"):
        page.keyboard.press("Enter")
    shows_another(page, first)
    escalated = Job.objects.get(is_escalated=True)
    assert Asked.objects.get(question=escalated.question_id).post.title == first


def test_a_key_pressed_right_after_a_dialog_was_closed_is_meant_for_the_image(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("e")
    page.wait_for_selector("#escalate[open] textarea:focus")
    # All in one task, before the page is drawn again: that is when the closed dialog still has the focus.
    aimed_at = page.evaluate(
        """() => {
            document.getElementById("escalate").close();
            const focused = document.activeElement;
            for (const key of ["1", "Enter"]) {
                focused.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            }
            return focused.id;
        }"""
    )
    saved(page)
    assert aimed_at == "escalate-reason"
    assert Label.objects.count() == 1


def test_a_note_is_written_without_its_letters_being_taken_for_keys(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("n")
    page.keyboard.type("us 1 z f")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    saved(page)
    label = Label.objects.get()
    assert (label.note, label.is_unsure) == ("us 1 z f", True)


def test_a_reason_chooses_its_class_and_goes_with_the_answer(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    why = ReasonTemplate.objects.filter(project=house.project, class_key="gruesome").earliest("position")
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("r")
    page.wait_for_selector("#reasons-list button")
    rows = page.eval_on_selector_all("#reasons-list button", "all => all.map(one => one.dataset.reason)")
    page.keyboard.press(str(rows.index(why.key) + 1))
    assert chosen(page) == ["gruesome"]
    assert page.inner_text("#reason-text") == why.text
    page.keyboard.press("Enter")
    saved(page)
    assert Label.objects.get().reason == why.key


def test_leaving_the_page_gives_every_job_back(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    assert Job.objects.filter(status=JobStatus.LEASED).count() == 4
    page.goto(page.url.replace("/review/", "/measure/"))
    # The requests outlive the page that sent them, so nothing on the next one tells when they have arrived.
    assert wait_until(lambda: not Job.objects.filter(status=JobStatus.LEASED).exists(), seconds=60)


def test_an_empty_desk_says_so_and_fills_by_itself(house: House, sign_in: Any) -> None:
    page = sign_in("moderator", "/review/")
    page.wait_for_selector("text=Nothing waits")
    building.post(house, "heron")
    assert showing(page) == "heron"


def test_question_mark_shows_the_keys_of_the_mode_that_is_open(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("?")
    assert page.is_visible("text=Fine: send at once")
    assert not page.is_visible("text=Send the page: what is not marked is fine")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.keyboard.press("?")
    assert page.is_visible("text=Send the page: what is not marked is fine")
    assert not page.is_visible("text=Fine: send at once")


def test_finishing_gives_everything_back_and_says_how_it_went(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    saved(page)
    page.get_by_role("button", name="Finish").click()
    expect(page.locator("#summary")).to_be_visible()
    said = page.inner_text("#summary")
    assert "1 image answered" in said
    assert "No animal\n1" in said
    assert wait_until(lambda: not Job.objects.filter(status=JobStatus.LEASED).exists(), seconds=60)
    page.click("text=Back to work")
    ready(page)
