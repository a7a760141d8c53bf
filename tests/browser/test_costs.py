"""What managers see of costs and queues, and that the desks time answers."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Label, Purpose
from moderation import costs
from moderation.models import DailyCost, DailyOutput, Price, Resource
from moderation.queues import samples as queue_samples
from tests.browser import house as building
from tests.browser.desk import ready, saved
from tests.browser.house import House


def worked(house: House, *, days: int = 10) -> None:
    """Have people look at a tenth of a thousand posts a day, for days."""
    for ago in range(1, days + 1):
        day = timezone.now().date() - timedelta(days=ago)
        facts = {"quantity": 500_000, "low": 500_000, "high": 500_000, "squares": 100 * 5000**2}
        DailyCost.objects.create(
            project=house.project,
            day=day,
            resource=Resource.MODERATOR,
            source=Purpose.REVIEW,
            rows=100,
            measured_rows=100,
            **facts,
        )
        counted = {"posts": 1000, "decisions": 100, "removals": 10, "machine_removals": 0}
        DailyOutput.objects.create(project=house.project, day=day, complaint_removals=0, complaints=0, **counted)


def test_costs_without_a_price_say_so_and_a_price_makes_them_known(house: House, sign_in: Any) -> None:
    worked(house)
    page = sign_in("manager", "/measure/costs/")
    expect(page.locator(".cost-missing")).to_contain_text("No price for: Moderators")
    expect(page.locator("#cost-posts").locator("..")).to_contain_text("A price is missing")
    page.fill("[name=amount]", "36")
    page.fill("[name=valid_from]", "2020-01-01")
    page.fill("[name=currency]", "usd")
    page.click("text=Add the price")
    expect(page.locator(".notice")).to_contain_text("The price is in the table")
    # 500 seconds at 36 an hour, for each thousand posts.
    expect(page.locator("#cost-posts").locator("..")).to_contain_text("5.00 USD")
    expect(page.locator("#way-everything").locator("..")).to_contain_text("500.00 USD")
    page.wait_for_selector("#cost-days canvas")
    page.click("#cost-table summary")
    expect(page.locator("#cost-rows tr")).to_have_count(28)
    assert Price.objects.get().created_by.username == "manager"


def test_a_price_in_another_currency_is_refused_beside_the_form(house: House, sign_in: Any) -> None:
    costs.add(
        house.project,
        resource=Resource.CPU,
        amount=Decimal(1),
        valid_from=timezone.now().date(),
        currency="EUR",
        now=timezone.now(),
    )
    page = sign_in("manager", "/measure/costs/")
    page.fill("[name=amount]", "2")
    page.evaluate("document.querySelector('[name=valid_from]').value = '1900-01-01'")
    page.evaluate("document.querySelector('.price-form').noValidate = true")
    page.click("text=Add the price")
    expect(page.locator(".price-errors")).to_contain_text("There is nothing from before 1970.")
    assert page.input_value("[name=amount]") == "2"


def test_an_engineer_reads_prices_and_adds_none(house: House, sign_in: Any) -> None:
    page = sign_in("engineer", "/measure/costs/")
    expect(page.locator("#price-table")).to_be_visible()
    expect(page.locator(".price-form")).to_have_count(0)


def test_the_planner_answers_while_one_drags(house: House, sign_in: Any) -> None:
    worked(house)
    page = sign_in("manager", "/measure/queues/")
    expect(page.locator(".plan-answer")).to_contain_text("1,000 posts a day")
    page.fill("#wish-posts", "80000")
    # 8,000 reviews and 200 audits of 5 seconds are 11.4 hours; a person spends 5.6 hours a day looking.
    expect(page.locator(".plan-answer")).to_contain_text("3 people for 80,000 posts a day")
    page.locator(".wish-slider[data-of=wish-share]").press("Home")
    expect(page.locator(".plan-answer")).to_contain_text("6 people")
    assert page.input_value("#wish-share") == "30"


def test_what_waits_is_shown_for_each_desk_and_over_time(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger", "otter")
    queue_samples.write(house.project, now=timezone.now())
    page = sign_in("moderator", "/measure/queues/")
    expect(page.locator(".desk-now").first).to_contain_text("3 waiting")
    page.wait_for_selector("#depth-chart canvas")
    page.click("#depth-table summary")
    expect(page.locator("#depth-rows tr")).to_have_count(1)


def test_who_answers_blind_questions_is_not_told_how_many_there_are(house: House, sign_in: Any) -> None:
    worked(house)
    page = sign_in("moderator", "/measure/queues/")
    page.fill("#wish-posts", "80000")
    expect(page.locator(".plan-answer")).to_contain_text("3 people for 80,000 posts a day")
    expect(page.locator(".plan-parts")).to_have_count(0)


def test_an_answer_carries_the_seconds_somebody_looked(house: House, sign_in: Any) -> None:
    building.post(house, "heron")
    page = sign_in("moderator", "/review/")
    ready(page)
    page.wait_for_timeout(700)
    page.keyboard.press("Space")
    saved(page)
    label = Label.objects.get()
    assert 0.7 <= label.looked_seconds <= label.seconds


def test_the_stopwatch_stops_while_nobody_is_there(house: House, sign_in: Any) -> None:
    page = sign_in("moderator", "/review/")
    seconds = page.evaluate(
        """async () => {
            const { Stopwatch } = await import("/static/js/answering/stopwatch.js");
            let at = 0;
            const watch = new Stopwatch(() => at);
            const read = [watch.seconds];
            const later = (seconds) => (at += seconds * 1000);
            watch.start();
            later(5);
            read.push(watch.seconds);
            later(600); // Nobody does anything: the clock stops after a minute.
            read.push(watch.seconds);
            watch.touch();
            later(2);
            read.push(watch.seconds);
            watch.pause(); // The page is hidden.
            later(30);
            read.push(watch.seconds);
            watch.touch();
            later(1);
            read.push(watch.seconds);
            watch.start();
            return [...read, watch.seconds];
        }"""
    )
    assert seconds == [0, 5, 60, 62, 62, 63, 0]
