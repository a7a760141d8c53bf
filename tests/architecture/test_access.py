"""Tests that walk every address with everybody: nobody, each role, a client, and those of another project.

``RULES`` names every address of the service. One that is missing fails the test: whoever adds an address says here who
may come in.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from annotation import playground, rescoring
from annotation.models import Purpose
from config.accounts.models import Role, User
from models_registry.models import Study
from moderation import flips, policies
from moderation.models import PolicyMode
from moderation.rollouts import alerts
from tests.moderation.builders import (
    NOW,
    World,
    answer,
    claim,
    deploy,
    person,
    photo,
    post,
    question_of,
    screen_all,
    world,
)
from tests.moderation.guarded_worlds import stopped_by_guard
from tests.moderation.rollout_worlds import begin, passed

ALL = frozenset(Role)
SEARCH = "canvas: {size_px: 16}\nbatch_size: {choices: [16, 32]}\nstudy: {trials: 2}\n"
NOBODY: frozenset[Role] = frozenset()
ANSWERERS = frozenset({Role.MODERATOR, Role.ANNOTATOR, Role.MANAGER, Role.ADMIN})
REVIEWERS = frozenset({Role.MODERATOR, Role.MANAGER, Role.ADMIN})
LABELERS = frozenset({Role.ANNOTATOR, Role.MANAGER, Role.ADMIN})
ENGINEERS = frozenset({Role.ENGINEER, Role.ADMIN})
MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})
READERS = frozenset({Role.ENGINEER, Role.MANAGER, Role.ADMIN})
WATCHERS = READERS | {Role.MODERATOR}
IN, REDIRECTED = frozenset({200, 201, 202, 204}), frozenset({302})
# Let in, and then refused for what was sent or for the state of things.
HEARD = frozenset({400, 409, 422})


@dataclass(frozen=True)
class Rule:
    """Who may call an address, and what they are told: ``granted`` for those, ``foreign`` for other projects' people.

    ``foreign`` is what somebody with every role in another project is told; without an object in the address they
    see their own project, so that is IN.
    """

    method: str
    roles: frozenset[Role]
    granted: frozenset[int] = IN
    foreign: frozenset[int] = IN
    clients: bool = False
    is_page: bool = False


def get(roles: frozenset[Role], **more: Any) -> Rule:
    return Rule("get", roles, **more)


def change(roles: frozenset[Role], **more: Any) -> Rule:
    return Rule("post", roles, **{"granted": IN | HEARD, "foreign": IN | HEARD, **more})


def page(roles: frozenset[Role], **more: Any) -> Rule:
    return Rule("get", roles, is_page=True, **more)


GONE = {"foreign": frozenset({404})}
# Nobody here has answered a page: whoever may ask is told that there is none.
UNKNOWN = {"granted": frozenset({404}), "foreign": frozenset({404})}
LOST = {"foreign": frozenset({409, 400})}

RULES: dict[str, list[Rule]] = {
    "home": [page(ALL, granted=REDIRECTED, foreign=REDIRECTED)],
    "choose_project": [Rule("post", ALL, granted=REDIRECTED, foreign=REDIRECTED, is_page=True)],
    "review": [page(REVIEWERS)],
    "complaints": [page(REVIEWERS)],
    "appeals": [page(REVIEWERS)],
    "label": [page(LABELERS)],
    "lane_counts": [page(REVIEWERS)],
    "posts": [page(WATCHERS)],
    "post": [page(WATCHERS, **GONE)],
    "post_gold": [Rule("post", MANAGERS, granted=REDIRECTED, is_page=True, **GONE)],
    "dashboard": [page(WATCHERS)],
    "dashboard_days": [page(WATCHERS)],
    "costs": [page(READERS), Rule("post", MANAGERS, is_page=True, granted=HEARD, foreign=HEARD)],
    "queues": [page(WATCHERS)],
    "queue_plan": [page(WATCHERS, granted=HEARD, foreign=HEARD)],
    "dashboard_trend": [page(WATCHERS)],
    "incidents": [Rule("post", MANAGERS, granted=REDIRECTED, foreign=REDIRECTED, is_page=True)],
    "report": [page(WATCHERS)],
    "report_notes": [Rule("post", MANAGERS, granted=REDIRECTED, foreign=REDIRECTED, is_page=True)],
    "investigations": [Rule("post", MANAGERS, granted=REDIRECTED, foreign=REDIRECTED, is_page=True)],
    "investigation_steps": [Rule("post", MANAGERS, granted=REDIRECTED, foreign=REDIRECTED, is_page=True)],
    "decisions": [page(WATCHERS)],
    "decisions_guard": [page(WATCHERS)],
    "set_criteria": [change(MANAGERS, is_page=True)],
    "decide": [change(MANAGERS, is_page=True)],
    "decision_evidence": [page(WATCHERS, **GONE)],
    "decision_verify": [page(WATCHERS, **GONE)],
    "acknowledge_alert": [change(MANAGERS, is_page=True, granted=REDIRECTED, foreign=frozenset({404}))],
    "lab": [page(READERS)],
    "lab_curves": [page(READERS, **UNKNOWN)],
    "lab_save": [Rule("post", READERS, is_page=True, granted=HEARD, foreign=HEARD)],
    "lab_draft": [page(READERS, **GONE)],
    "lab_put_in_force": [Rule("post", MANAGERS, is_page=True, granted=IN | HEARD | REDIRECTED, **GONE)],
    "people": [page(ALL)],
    "models": [page(READERS)],
    "rollouts": [page(READERS)],
    "rollout": [page(READERS, **GONE)],
    "rollout_days": [page(READERS, **GONE)],
    "new_rollout": [page(ENGINEERS, **GONE)],
    "see_model_alert": [change(READERS, is_page=True, granted=REDIRECTED, foreign=frozenset({404}))],
    "run": [page(READERS, **GONE)],
    "run_epochs": [page(READERS, **GONE)],
    "model_version": [page(READERS, **GONE)],
    "runs": [page(READERS)],
    "compare_runs": [page(READERS, granted=HEARD, foreign=HEARD)],
    "version_file": [page(ENGINEERS, **GONE)],
    "dataset": [page(READERS, **GONE)],
    "dataset_manifest": [page(ENGINEERS, **UNKNOWN)],
    "image_lineage": [page(READERS, **GONE)],
    "post_lineage": [page(READERS, **GONE)],
    "api_label_lineage": [get(READERS, **GONE)],
    "api_decision_lineage": [get(READERS, **GONE)],
    "api_datasets": [get(READERS)],
    "api_dataset": [get(READERS, **GONE)],
    "watch": [page(READERS)],
    "schedule": [page(READERS)],
    "api_watch": [get(READERS)],
    "rescorings": [page(READERS), Rule("post", ENGINEERS, granted=HEARD, foreign=HEARD, is_page=True)],
    "rescoring": [page(READERS, **GONE)],
    "rescoring_gallery": [page(READERS, **GONE)],
    "playground": [page(READERS)],
    "playground_history": [page(READERS)],
    "playground_result": [page(READERS, **GONE)],
    "playground_picture": [get(READERS, **UNKNOWN)],
    "image": [get(ALL, **GONE)],
    "image_by_sha256": [get(ALL, **GONE)],
    "api_posts": [get(READERS, clients=True), change(NOBODY, clients=True, foreign=frozenset({403}))],
    "api_post": [
        get(READERS, clients=True, **GONE),
        Rule("delete", NOBODY, clients=True, foreign=frozenset({403})),
    ],
    "api_bulk": [change(MANAGERS)],
    "api_claim": [change(ANSWERERS)],
    "api_label": [change(ANSWERERS, **LOST)],
    "api_extend": [change(ANSWERERS, **LOST)],
    "api_release": [change(ANSWERERS, **LOST)],
    "api_skip": [change(ANSWERERS, **LOST)],
    "api_escalate": [change(ANSWERERS, **LOST)],
    "api_label_many": [change(ANSWERERS)],
    "api_extend_many": [change(ANSWERERS)],
    "api_release_many": [change(ANSWERERS)],
    "api_retract_many": [change(ANSWERERS, **UNKNOWN)],
    "api_reasons": [get(ANSWERERS)],
    "api_today": [get(ANSWERERS)],
    "api_retract": [change(ANSWERERS, **LOST)],
    "api_rollouts": [get(READERS), change(ENGINEERS)],
    "api_rollout": [get(READERS, **GONE)],
    "api_rollout_share": [change(ENGINEERS, **GONE)],
    "api_rollout_stop": [change(ENGINEERS, **GONE)],
    "api_rollout_promote": [change(ENGINEERS, **GONE)],
    "api_rollout_discard": [change(ENGINEERS, **GONE)],
    "api_impressions": [change(NOBODY, clients=True, foreign=frozenset({403}))],
    "api_complaints": [change(NOBODY, clients=True, foreign=frozenset({403}))],
    "api_appeals": [change(NOBODY, clients=True, foreign=frozenset({403}))],
    "api_measurements": [get(READERS)],
    "api_decisions": [get(READERS)],
    "api_rescorings": [get(READERS), change(ENGINEERS, granted=HEARD, foreign=HEARD)],
    "api_rescoring": [get(READERS, **GONE)],
    "api_pause_rescoring": [change(ENGINEERS, **GONE)],
    "api_resume_rescoring": [change(ENGINEERS, **GONE)],
    "api_cancel_rescoring": [change(ENGINEERS, **GONE)],
    "api_compare_again": [change(ENGINEERS, **GONE)],
    "api_flips": [get(READERS, **GONE), change(READERS, **GONE)],
    "api_playground": [get(READERS), change(ENGINEERS, granted=HEARD, foreign=HEARD)],
    "api_playground_image": [
        get(READERS, **GONE),
        Rule("delete", ENGINEERS, granted=frozenset({403}), foreign=frozenset({404})),
    ],
    "api_run_playground": [change(ENGINEERS, granted=HEARD, foreign=HEARD)],
    "api_models": [get(READERS)],
    "api_model": [get(READERS, **GONE)],
    "api_deploy": [change(ENGINEERS, **GONE)],
    "api_measure": [change(ENGINEERS, **GONE)],
    "api_waive": [change(ENGINEERS, **GONE)],
    "api_roll_back": [change(ENGINEERS, **GONE)],
    "api_runs": [get(READERS), change(ENGINEERS, granted=HEARD, foreign=HEARD)],
    "api_run": [get(READERS, **GONE)],
    "api_run_cost": [get(READERS, **GONE)],
    "api_cancel": [change(ENGINEERS, **GONE)],
    "api_resume": [change(ENGINEERS, **GONE)],
    "api_waive_check": [change(ENGINEERS, **GONE)],
    "api_check_config": [change(ENGINEERS)],
    "api_studies": [get(READERS), change(ENGINEERS, granted=HEARD, foreign=HEARD)],
    "api_study": [get(READERS, **GONE)],
    "api_cancel_study": [change(ENGINEERS, **GONE)],
    "api_train_best": [change(ENGINEERS, **GONE)],
    "new_run": [page(ENGINEERS), Rule("post", ENGINEERS, granted=HEARD, foreign=HEARD, is_page=True)],
    "study": [page(READERS, **GONE)],
    "study_trials": [page(READERS, **GONE)],
    "train_best": [Rule("post", ENGINEERS, granted=REDIRECTED, is_page=True, **GONE)],
    "api_preferences": [get(ALL), Rule("patch", ALL)],
    "api_schema": [get(ALL, clients=True)],
    "api_docs": [get(ALL, clients=True)],
}
# The description of the API is no project's.
ANYBODYS = {"api_schema", "api_docs"}
OPEN = {"health", "javascript_catalog", "choose_language"}
OPEN |= {"account_login", "account_inactive", "account_reset_password", "account_reset_password_done"}
OPEN |= {"account_signup", "account_reset_password_from_key", "account_reset_password_from_key_done"}
OPEN |= {"account_confirm_email", "account_email_verification_sent", "account_confirm_login_code"}
# Signed in is enough: one's own account.
OWN = {"account_logout", "account_reauthenticate", "account_email", "account_change_password", "account_set_password"}
OWN |= {"mfa_index", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp"}
OWN |= {"mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"}
HALF_WAY = {"mfa_authenticate"}  # Between password and second factor; on its own it leads back to the start.


def addresses() -> Iterator[tuple[str, str]]:
    """Yield (namespace, name) of every address, nameless ones too."""

    def walk(resolver: URLResolver, space: str) -> Iterator[tuple[str, str]]:
        for one in resolver.url_patterns:
            if isinstance(one, URLPattern):
                yield space, one.name or str(one.pattern)
            else:
                yield from walk(one, one.namespace or space)

    return walk(get_resolver(), "")


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    found = {name for space, name in addresses() if space != "admin"}
    assert found == set(RULES) | OPEN | OWN | HALF_WAY


@dataclass
class Everybody:
    """One project with something of everything in it, and all who may ask for it."""

    place: World
    arguments: dict[str, list[Any]]
    browsers: dict[str, Browser] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)


@pytest.fixture
def everybody(db: None, white_is_bright: Any) -> Everybody:
    place, elsewhere = world(), world()
    made = post(place, photo())
    screen_all(place)
    holder = person(place.project, *Role)
    given = answer(holder, question_of(made, Purpose.REVIEW)).accepted.label
    waiting = post(place, photo())
    screen_all(place)
    job = claim(holder, question_of(waiting, Purpose.REVIEW))
    version = deploy(place, white_is_bright)
    numbers = {
        "run": version.run_id,
        "run_epochs": version.run_id,
        "model_version": version.pk,
        "api_post": made.pk,
        "post": made.pk,
        "post_gold": made.pk,
        "api_retract": given.pk,
        "api_roll_back": place.detector.pk,
    }
    numbers |= dict.fromkeys(["api_run", "api_run_cost", "api_cancel", "api_resume", "api_waive_check"], version.run_id)
    study = Study.objects.create(detector=place.detector, dataset=version.dataset, config_text=SEARCH, requested_at=NOW)
    numbers |= dict.fromkeys(
        ["study", "study_trials", "train_best", "api_study", "api_cancel_study", "api_train_best"],
        study.pk,
    )
    numbers |= dict.fromkeys(["dataset", "dataset_manifest", "api_dataset"], version.dataset_id)
    numbers |= {"image_lineage": made.image_id, "post_lineage": made.pk, "api_label_lineage": given.pk}
    numbers |= {"api_decision_lineage": made.decisions.earliest("pk").pk}
    draft = policies.draft(place.project, mode=PolicyMode.MANUAL, rules=place.policy.rules, now=NOW)
    numbers |= dict.fromkeys(["lab_draft", "lab_put_in_force"], draft.pk)
    ended = begin(place, passed(place, white_is_bright))
    of_model = alerts.raise_for_rollout(ended, detail={"guardrail": "failures", "seen": 3, "limit": 3}, now=NOW)
    of_rollout = ["share", "stop", "promote", "discard"]
    numbers |= dict.fromkeys([f"api_rollout_{one}" for one in of_rollout], ended.pk)
    numbers |= dict.fromkeys(["rollout", "rollout_days", "api_rollout"], ended.pk)
    numbers |= {"new_rollout": version.pk, "see_model_alert": of_model.pk}
    numbers |= dict.fromkeys(["rescoring", "rescoring_gallery", "api_rescoring"], rescored(place, holder))
    numbers |= dict.fromkeys([f"api_{way}_rescoring" for way in ("pause", "resume", "cancel")], numbers["rescoring"])
    numbers |= dict.fromkeys(["api_compare_again", "api_flips"], numbers["rescoring"])
    tried = playground.bring(place.project, photo(), versions=[version], by=holder, now=NOW)[0]
    numbers |= {"api_playground_image": tried.pk, "playground_result": tried.pk}
    alert = stopped_by_guard(place)
    numbers |= {"acknowledge_alert": alert.pk}
    numbers |= dict.fromkeys(["decision_evidence", "decision_verify"], alert.decision_id)
    numbers |= dict.fromkeys(["api_model", "api_deploy", "api_measure", "api_waive"], version.pk)
    numbers |= dict.fromkeys(["api_label", "api_extend", "api_release", "api_skip", "api_escalate"], job.pk)
    arguments: dict[str, list[Any]] = {name: [number] for name, number in numbers.items()}
    arguments |= {"api_retract_many": [uuid.uuid4()], "image": [made.image_id, "view"], "lane_counts": ["review"]}
    arguments |= {"version_file": [version.pk, "network"]}
    arguments |= {"investigation_steps": [1]}
    arguments |= {"image_by_sha256": [made.image.sha256, "view"]}
    arguments |= {"playground_picture": [tried.pk, "view"]}
    found = Everybody(place, arguments)
    for role in Role:
        found.browsers[role] = signed_in(person(place.project, role))
    found.browsers["foreigner"] = signed_in(person(elsewhere.project, *Role))
    found.headers = {
        "client": {"Authorization": f"Token {place.token}"},
        "foreign client": {"Authorization": f"Token {elsewhere.token}"},
    }
    return found


def rescored(place: World, by: User) -> int:
    """Have history run with the champion, so that there is something to compare; returns the re-scoring's id."""
    assert place.version
    made = rescoring.request(place.version, rescoring.Scope(), by=by, now=NOW)
    rescoring.score_chunk(now=NOW)
    flips.compare_all(now=NOW)
    return made.pk


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def ask(everybody: Everybody, name: str, rule: Rule, who: str, **query: str) -> int:
    browser = everybody.browsers.get(who, Browser())
    address = reverse(name, args=everybody.arguments.get(name, []))
    if name == "api_measurements":
        query |= {"from": "2026-03-01", "to": "2026-03-02"}
    headers = everybody.headers.get(who, {})
    if rule.method == "get":
        return browser.get(address, query, headers=headers).status_code
    send = getattr(browser, rule.method)
    is_form = name in {"api_posts", "api_playground"}
    kind = "multipart/form-data; boundary=x" if is_form else "application/json"
    return send(address, b"" if is_form else "{}", content_type=kind, headers=headers, query_params=query).status_code


@pytest.mark.parametrize("who", ["anonymous", "client", "foreign client", "foreigner", *Role])
def test_each_may_do_what_the_rules_say_and_nothing_more(everybody: Everybody, who: str) -> None:
    wrong = []
    for name, rules in RULES.items():
        for rule in rules:
            # What one request changes must not be there for the next.
            with transaction.atomic():
                told, allowed = ask(everybody, name, rule, who), answers_to(who, name, rule)
                transaction.set_rollback(True)
            if told not in allowed:
                wrong.append(f"{rule.method} {name}: {told}, not one of {sorted(allowed)}")
    assert wrong == []


def answers_to(who: str, name: str, rule: Rule) -> frozenset[int]:
    """Return what this asker may be told."""
    turned_away = REDIRECTED if rule.is_page else frozenset({401})
    if who in Role.values:
        return rule.granted if who in rule.roles else frozenset({403})
    if who == "foreigner":
        return rule.foreign
    if who == "anonymous" or rule.is_page:
        return turned_away
    if who == "foreign client" and rule.clients and name == "api_post":
        return frozenset({404})
    return rule.granted if rule.clients else frozenset({403})


def test_a_project_one_has_no_part_in_is_not_there(everybody: Everybody) -> None:
    for name, rules in RULES.items():
        for rule in rules:
            if rule.roles and name not in ANYBODYS:
                told = ask(everybody, name, rule, "foreigner", project=everybody.place.project.slug)
                assert told == 404, f"{rule.method} {name}: {told}"


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(OPEN | HALF_WAY))
def test_open_doors_open_and_let_nobody_through(name: str) -> None:
    arguments = {"account_reset_password_from_key": ["1", "x-y"], "account_confirm_email": ["key"]}
    told = Browser().get(reverse(name, args=arguments.get(name, [])))
    # 503: the broker of these tests is not up. 405: a door for forms alone.
    assert told.status_code in {200, 302, 405, 503}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(OWN))
def test_an_account_is_its_owners(name: str) -> None:
    told = Browser().get(reverse(name))
    assert told.status_code == 302
    assert told["Location"].startswith(("/accounts/login/", "/"))


@pytest.mark.django_db
def test_nobody_signs_up() -> None:
    said = {"username": "eve", "password1": "a-long-password", "password2": "a-long-password"}
    Browser().post(reverse("account_signup"), said)
    assert not User.objects.filter(username="eve").exists()


def admin_addresses() -> list[str]:
    arguments = {"app_label": "moderation", "object_id": 1, "content_type_id": 1, "id": 1, "url": "x"}

    def address(one: URLPattern) -> str:
        wanted = one.pattern.regex.groupindex
        return reverse(f"admin:{one.name}", kwargs={key: arguments[key] for key in wanted})

    (admin,) = [one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "admin"]

    def walk(resolver: URLResolver) -> Iterator[URLPattern]:
        for one in resolver.url_patterns:
            if isinstance(one, URLPattern):
                yield one
            else:
                yield from (inner for inner in walk(one))

    return sorted({address(one) for one in walk(admin) if one.name})


@pytest.mark.django_db
def test_the_admin_is_for_staff_alone() -> None:
    place = world()
    moderator = signed_in(person(place.project, *Role))
    for address in admin_addresses():
        for who, browser in (("nobody", Browser()), ("a member who is no staff", moderator)):
            told = browser.get(address)
            assert told.status_code in {302, 403, 404}, f"{who} was told {told.status_code} at {address}"
    staff = User.objects.create_superuser("chief", password="a-long-password")
    assert signed_in(staff).get("/admin/").status_code == 200
