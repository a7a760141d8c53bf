"""What an engineer finds in the registry: runs side by side by keys, a dataset version, what a decision rests on."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from annotation import datasets
from annotation.models import Image, Purpose, Truth
from config.accounts.models import Role
from models_registry.models import ModelVersion, Run
from moderation.models import Post
from tests.browser import house as building
from tests.browser.house import House
from tests.moderation.builders import answer, question_of


def two_versions(house: House) -> list[ModelVersion]:
    made = [building.train(house, seed=seed) for seed in (1, 2)]
    config = {"canvas": {"size_px": 96}, "fit": {"seed": 2, "backbone": "resnet18", "learning_rate": 0.01}}
    Run.objects.filter(pk=made[1].run_id).update(config=config)
    return made


def test_runs_are_chosen_and_compared_by_keys(house: House, sign_in: Any) -> None:
    first, second = (one.run_id for one in two_versions(house))
    page = sign_in("engineer", "/models/runs/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.wait_for_selector("#compare:not([hidden])")
    assert page.is_disabled("#compare-go")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("c")
    page.wait_for_url(f"**/models/compare/?runs={second}%2C{first}")
    page.wait_for_selector("#curve-chart canvas")
    page.wait_for_selector("#loss-chart canvas")
    assert page.is_visible("text=do not compare")
    assert "optimizer.learning_rate" in page.inner_text("section:has(> .surface-head > #parameters)")
    assert not page.is_visible("text=canvas.size_px")
    page.click("text=Show all")
    page.wait_for_selector("text=canvas.size_px")
    page.click(".class-tabs >> text=Gruesome")
    page.wait_for_selector(".class-tabs [aria-pressed=true] >> text=Gruesome")


def test_a_list_is_filtered_and_sorted_and_its_address_says_so(house: House, sign_in: Any) -> None:
    first, second = (one.run_id for one in two_versions(house))
    page = sign_in("manager", "/models/runs/")
    page.select_option("[name=backbone]", "resnet18")
    page.wait_for_url("**/models/runs/?backbone=resnet18")
    page.wait_for_function("document.querySelectorAll('#cards tbody tr').length === 1")
    page.goto(page.url.replace("backbone=resnet18", "ordering=number"))
    assert page.locator("#cards .card-link").all_inner_texts() == [f"Run {first}", f"Run {second}"]
    page.click("th >> text=Run")
    page.wait_for_url("**ordering=-number")
    assert page.get_attribute("th[aria-sort]:has-text('Run')", "aria-sort") == "descending"


def frozen(house: House) -> Any:
    """Post, have people answer, and freeze what they said."""
    building.post(house, "heron", "badger", "otter")
    moderator = house.people[Role.MODERATOR]
    for number, post in enumerate(Post.objects.order_by("pk")):
        classes = ["gruesome"] if number == 0 else []
        answer(moderator, question_of(post, Purpose.REVIEW), *classes, now=timezone.now())
    # On the hold-out side one answer is not enough to measure by, and these may lie there.
    Truth.objects.update(votes=2)
    Image.objects.update(straddles_split=False)
    return datasets.freeze(house.founded.schema, now=timezone.now() + timedelta(seconds=1))


def test_a_dataset_leads_to_an_image_and_what_it_taught(house: House, sign_in: Any) -> None:
    dataset = frozen(house)
    page = sign_in("engineer", f"/models/datasets/{dataset.pk}/")
    assert page.is_visible("text=Where the truths come from")
    assert page.locator(".samples img").count() == 3
    page.click(".balance-table >> text=Gruesome")
    page.wait_for_selector(".samples img")
    page.click(".samples a")
    page.wait_for_selector("h1:has-text('taught')")
    assert page.is_visible(f"text=Dataset {dataset.number}")


def test_a_posts_story_leads_to_what_its_decisions_rest_on(house: House, sign_in: Any) -> None:
    dataset = frozen(house)
    post = Post.objects.earliest("pk")
    page = sign_in("engineer", f"/posts/{post.pk}/")
    page.click("#lineage")
    page.wait_for_selector("h1:has-text('What the decisions rest on')")
    assert page.is_visible("text=No model had scored") or page.is_visible("text=no model had scored")
    page.click(f"text=Dataset {dataset.number}")
    page.wait_for_url(f"**/models/datasets/{dataset.pk}/")
