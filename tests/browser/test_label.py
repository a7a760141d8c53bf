"""An annotator's day at the label desk."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation import examples, predictions
from annotation.models import Exclusion, Image, Label, Purpose
from annotation.splits import Side, side
from models_registry.models import Deployment, SchemaKind
from moderation import founding
from moderation.models import Post, Publication
from tests.browser import house as building
from tests.browser.desk import chosen, ready, saved, showing
from tests.browser.house import House

TREE: list[dict[str, Any]] = [
    {"key": "no_animal", "name": "No animal"},
    {"key": "gruesome", "name": "Gruesome", "severity": 3},
    {"key": "blood", "name": "Blood", "parent": "gruesome"},
    {"key": "wounds", "name": "Wounds", "parent": "gruesome"},
]


def desk(house: House, *titles: str, classes: Any = building.CLASSES, kind: SchemaKind = SchemaKind.SEVERAL) -> None:
    """Have images waiting to be labeled under these classes; two where no titles are given."""
    if classes is not building.CLASSES or kind != SchemaKind.SEVERAL:
        founding.change_classes(house.project, classes=classes, kind=kind, now=timezone.now())
    building.post(house, *(titles or ("heron", "badger")))
    building.ask_for_labels(house)


def test_an_annotator_labels_by_clicks_and_no_post_changes(house: House, sign_in: Any) -> None:
    desk(house)
    page = sign_in("annotator")
    assert showing(page) == "To label"
    page.click("text=Gruesome")
    page.click("#send")
    saved(page)
    label = Label.objects.get()
    assert (label.classes, label.question.purpose) == (["gruesome"], Purpose.LABEL)
    assert not Post.objects.filter(publication=Publication.UNPUBLISHED).exists()


def test_space_after_a_click_means_fine_and_not_the_same_button_again(house: House, sign_in: Any) -> None:
    desk(house)
    page = ready(sign_in("annotator", "/label/"))
    page.click("text=Gruesome")
    page.keyboard.press("Space")
    saved(page)
    assert Label.objects.get().classes == []


def test_an_annotator_does_not_get_to_the_review_desk(house: House, sign_in: Any, live_server: Any) -> None:
    page = sign_in("annotator", "/label/")
    answer = page.goto(f"{live_server.url}/review/")
    assert answer.status == 403
    assert page.is_visible("text=Not yours to open")


def test_several_classes_are_chosen_by_number_and_taken_back(house: House, sign_in: Any) -> None:
    desk(house)
    page = ready(sign_in("annotator", "/label/"))
    for key in "121":
        page.keyboard.press(key)
    assert chosen(page) == ["gruesome"]
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    saved(page)
    assert Label.objects.get().classes == ["gruesome", "no_animal"]


def test_where_one_class_is_asked_for_its_number_is_the_whole_answer(house: House, sign_in: Any) -> None:
    desk(house, kind=SchemaKind.SINGLE)
    page = ready(sign_in("annotator", "/label/"))
    page.keyboard.press("2")
    saved(page)
    assert [one.classes for one in Label.objects.all()] == [["gruesome"]]
    page.keyboard.press("z")
    expect(page.locator("#classes [aria-pressed=true] .class-name")).to_have_text("Gruesome")
    ready(page)
    page.keyboard.press("2")
    saved(page)
    assert [one.classes for one in Label.objects.order_by("id")] == [["gruesome"], ["gruesome"]]


def test_numbers_walk_down_the_tree_and_backspace_walks_up(house: House, sign_in: Any) -> None:
    desk(house, classes=TREE)
    page = ready(sign_in("annotator", "/label/"))
    page.keyboard.press("2")
    expect(page.locator("[data-way]")).to_have_text("Gruesome")
    assert page.locator("#classes .class-name").all_inner_texts() == ["Blood", "Wounds", "Gruesome, nothing closer"]
    page.keyboard.press("Backspace")
    assert not page.is_visible("[data-way]")
    assert chosen(page) == []
    for key in "21":
        page.keyboard.press(key)
    assert chosen(page) == ["gruesome"]
    assert page.inner_text("#classes .class-closer >> nth=1") == "Blood"
    page.keyboard.press("Enter")
    saved(page)
    assert Label.objects.get().classes == ["blood", "gruesome"]
    assert page.inner_text("#last-answer") == "Gruesome › Blood"


def test_a_class_that_others_stand_under_is_answered_by_itself(house: House, sign_in: Any) -> None:
    desk(house, classes=TREE, kind=SchemaKind.SINGLE)
    page = ready(sign_in("annotator", "/label/"))
    page.keyboard.press("2")
    page.keyboard.press("3")
    saved(page)
    assert Label.objects.get().classes == ["gruesome"]


def test_the_guideline_shows_examples_beside_the_image_while_the_keys_still_answer(house: House, sign_in: Any) -> None:
    desk(house)
    drawn = building.picture("example", number=9)
    shown = {"class_key": "gruesome", "is_violation": False, "caption": "Ketchup, no blood"}
    examples.add(house.project, drawn, **shown, now=timezone.now())
    page = ready(sign_in("annotator", "/label/"))
    page.keyboard.press("g")
    panel = page.locator("#guidelines-panel")
    expect(panel).to_contain_text("Judge the picture, not the words.")
    expect(panel.get_by_role("button", name="Ketchup, no blood")).to_be_visible()
    page.keyboard.press("1")
    assert chosen(page) == ["no_animal"]
    page.keyboard.press("Enter")
    saved(page)
    ready(page)
    page.click(".example")
    expect(page.locator(".example.is-large img")).to_have_js_property("naturalWidth", 480)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def suggesting(house: House, scores: dict[str, float]) -> None:
    """Make the project show suggestions, with a champion that has scored every image that may show one."""
    version = building.train(house)
    Deployment.objects.create(detector=house.founded.detector, model_version=version, started_at=timezone.now())
    house.project.shows_suggestions = True
    house.project.save()
    teaching = [one.pk for one in Image.objects.all() if side(one.split_key) is Side.FIT]
    predictions.keep(dict.fromkeys(teaching, scores), version, now=timezone.now())


MANY = ("heron", "badger", "otter", "fox", "hare", "wren")


def until_suggested(page: Any) -> Any:
    """Answer what only measures, and so shows no suggestion, until one is shown."""
    for _ in MANY:
        ready(page)
        if page.is_visible("#suggestion"):
            break
        with page.expect_response("**/label/?**"):
            page.keyboard.press("u")
        page.wait_for_load_state("networkidle")
    return page


def test_a_suggestion_is_accepted_with_one_key_and_the_label_says_so(house: House, sign_in: Any) -> None:
    desk(house, *MANY)
    suggesting(house, {"gruesome": 0.87, "no_animal": 0.1})
    page = until_suggested(sign_in("annotator", "/label/"))
    assert "Gruesome\u00a087%" in page.inner_text("#suggestion")
    with page.expect_response("**/label/?**"):
        page.keyboard.press("a")
    label = Label.objects.get(suggestion__isnull=False)
    assert (label.classes, label.is_suggestion_accepted) == (["gruesome"], True)


@pytest.mark.parametrize(("person", "address"), [("annotator", "/label/"), ("moderator", "/review/")])
def test_nothing_is_suggested_where_the_project_did_not_ask_or_people_review(
    house: House, sign_in: Any, person: str, address: str
) -> None:
    desk(house, *MANY)
    suggesting(house, {"gruesome": 0.87, "no_animal": 0.1})
    if address == "/label/":
        type(house.project).objects.update(shows_suggestions=False)
    page = ready(sign_in(person, address))
    assert not page.is_visible("#suggestion")
    page.keyboard.press("a")
    assert not Label.objects.exists()


def test_an_unsure_answer_takes_its_note_along_and_a_skip_its_reason(house: House, sign_in: Any) -> None:
    desk(house, "heron", "badger", "otter")
    page = ready(sign_in("annotator", "/label/"))
    page.keyboard.press("n")
    page.keyboard.type("too blurred")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    saved(page)
    label = Label.objects.get()
    assert (label.note, label.is_unsure) == ("too blurred", True)
    ready(page)
    page.keyboard.press("s")
    with page.expect_response("**/skip/**"):
        page.keyboard.press("1")
    assert Exclusion.objects.get(is_skip=True).reason == "cannot_see"
