"""Tests that nothing is left in English: whatever templates, Python and scripts say has its words in every language."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.messages.catalog import Message
from django.apps import apps
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from config import errors
from config.embedded.paths import CHECKOUT
from scripts import messages

PLACES = re.compile(r"%\(\w+\)s|%%|</?\w+")
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
# What is written the same in Japanese: only places, signs and names.
SAME = {"Webhook", "%(n)s MB"}
# Terms that are everyday words too: a person answers a question, skips to the content, or is sent to the admin pages.
EVERYDAY = {"post", "question", "answer", "skip", "published", "admin"}
FOR_CLIENTS = {"external_id_conflict", "complaint_id_conflict", "appeal_id_conflict", "nothing_to_appeal"}
FOR_CLIENTS |= {"already_appealed", "unknown_post", "unknown_part", "nested_too_deep"}
OURS = ("accounts", "annotation", "models_registry", "moderation")
CATALOGS = [(language, domain) for language in messages.LANGUAGES for domain in messages.DOMAINS]


def said(domain: str) -> dict[Any, Message]:
    return {(one.context, one.id): one for one in messages.said(domain) if one.id}


def known(language: str, domain: str) -> dict[Any, Message]:
    return {(one.context, one.id): one for one in messages.known(language, domain) if one.id}


def forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple) else [message.string]


def sources(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, tuple) else [message.id]


def test_every_language_of_the_service_has_its_catalogs() -> None:
    assert {"en", *messages.LANGUAGES} == dict(settings.LANGUAGES).keys()


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_everything_that_is_said_is_translated_and_nothing_else_is_kept(language: str, domain: str) -> None:
    """`make messages` adds what is new and drops what nobody says; the words are for a person to write."""
    spoken, catalog = said(domain), known(language, domain)
    untranslated = [str(key) for key in spoken if key not in catalog or not messages.is_translated(catalog[key])]
    assert untranslated == []
    assert [str(key) for key in catalog if key not in spoken] == []


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_places_percent_signs_and_tags_are_all_kept(language: str, domain: str) -> None:
    wrong = [one.id for one in known(language, domain).values() if not keeps_places(one)]
    assert wrong == []


def keeps_places(message: Message) -> bool:
    """Say whether each form has what some form of the source has: a language may leave a number out, or name it."""
    wanted = [sorted(PLACES.findall(text)) for text in sources(message)]
    return all(sorted(PLACES.findall(text)) in wanted for text in forms(message))


@pytest.mark.parametrize("domain", messages.DOMAINS)
def test_japanese_is_japanese(domain: str) -> None:
    odd = [form for one in known("ja", domain).values() for form in forms(one) if not is_japanese(form)]
    assert odd == []


def is_japanese(text: str) -> bool:
    return bool(JAPANESE.search(text)) or text in SAME or not re.search(r"[A-Za-z]{2}", PLACES.sub("", text))


def terms() -> Iterator[tuple[str, str]]:
    """Yield each English term and its translation, as the glossary's table pairs them."""
    table = (CHECKOUT / "docs" / "glossary.md").read_text().split("## In Japanese")[1]
    for english, japanese in re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", table, re.M)[2:]:
        yield from zip(re.sub(r" \(.*\)", "", english).split(", "), japanese.split("、"), strict=True)


@pytest.mark.parametrize("domain", messages.DOMAINS)
def test_one_term_has_one_translation(domain: str) -> None:
    wrong = [
        (term, one.id)
        for one in known("ja", domain).values()
        for term, word in terms()
        if term not in EVERYDAY and speaks_of(term, one) and word not in " ".join(forms(one))
    ]
    assert wrong == []


def speaks_of(term: str, message: Message) -> bool:
    text = re.sub(r"%\(\w+\)s|<[^>]*>", " ", " ".join(sources(message)))
    return bool(re.search(rf"\b{re.escape(term)}s?\b", text, re.I))


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_what_runs_was_compiled_from_what_people_translate(language: str, domain: str) -> None:
    po = messages.catalog_path(language, domain)
    assert po.with_suffix(".mo").read_bytes() == messages.as_mo(po, language=language)


def test_the_extraction_misses_no_call_in_the_scripts() -> None:
    """A second, simpler eye: every text within gettext("…"), even inside a template string."""
    found = {text for one in said("djangojs").values() for text in sources(one)}
    literal = re.compile(r'\bn?gettext\(\s*"((?:[^"\\]|\\.)*)"')
    missed = [
        text
        for path in (CHECKOUT / "static" / "js").rglob("*.js")
        for text in literal.findall(path.read_text())
        if text.replace('\\"', '"') not in found
    ]
    assert missed == []


def test_pages_have_words_for_every_refusal() -> None:
    """Codes that only clients meet stay in the API's English: see static/js/refusals.js."""
    worded = set(re.findall(r"^  (\w+): \(\) =>", (CHECKOUT / "static/js/refusals.js").read_text(), re.M))
    assert {code for _, code in errors.TABLE.values() if code} - FOR_CLIENTS <= worded


def labels() -> Iterator[tuple[str, Any]]:
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for field in model._meta.get_fields():
                for value, label in getattr(field, "choices", None) or []:
                    yield f"{model.__name__}.{field.name}.{value}", label


def test_the_label_of_every_choice_waits_to_be_worded() -> None:
    """A label worded when its module loads would be English for everybody."""
    assert [name for name, label in labels() if not isinstance(label, Promise)] == []


def test_a_choice_is_worded_in_the_language_of_the_page() -> None:
    with translation.override("ja"):
        assert [name for name, label in labels() if not is_japanese(str(label))] == []
