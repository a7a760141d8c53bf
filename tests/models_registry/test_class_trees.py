"""Classes that make a schema, those that cannot, and what an answer within a tree says."""

from typing import Any

import pytest

from models_registry import registry
from models_registry.class_trees import BadSchema, check, closest, with_parents
from models_registry.models import SchemaKind
from tests.models_registry.builders import NOW
from tests.models_registry.builders import place as new_place

TREE: list[dict[str, Any]] = [
    {"key": "gruesome", "name": "Gruesome", "severity": 3},
    {"key": "blood", "name": "Blood", "parent": "gruesome"},
    {"key": "fresh", "name": "Fresh blood", "parent": "blood"},
    {"key": "copyright", "name": "Copyright"},
]


@pytest.mark.parametrize(
    ("classes", "why"),
    [
        ([], "at least one class"),
        ([{"name": "Keyless"}], "Class 1 needs a key"),
        ([{"key": "two words"}], "Class 1 needs a key"),
        (["gruesome"], "Class 1 needs a key"),
        ([{"key": "a"}, {"key": "a"}], "Two classes have the key a"),
        ([{"key": "a", "guidline": ""}], "a field that nobody reads: guidline"),
        ([{"key": "a", "severity": 4}], "severity of class a"),
        ([{"key": "a", "name": " "}], "empty name"),
        ([{"key": "a", "name": 7}], "name of class a is a text"),
        ([{"key": "a", "parent": "b"}], "stands under b, which is no class"),
        ([{"key": "a", "parent": "a"}], "stands under itself"),
        ([{"key": "a", "parent": "b"}, {"key": "b", "parent": "a"}], "stands under itself"),
    ],
)
def test_classes_that_cannot_make_a_schema_are_refused_with_the_reason(classes: Any, why: str) -> None:
    with pytest.raises(BadSchema, match=why):
        check(classes, kind="several")


def test_a_kind_nobody_knows_is_refused() -> None:
    with pytest.raises(BadSchema, match="single or several"):
        check(TREE, kind="many")


def test_a_class_names_every_class_above_it() -> None:
    assert with_parents(TREE, ["fresh", "copyright"]) == ["blood", "copyright", "fresh", "gruesome"]
    assert with_parents(TREE, []) == []


def test_what_a_person_meant_is_what_nothing_closer_was_named_under() -> None:
    assert closest(TREE, ["gruesome", "blood", "copyright"]) == ["blood", "copyright"]
    assert closest(TREE, ["gruesome"]) == ["gruesome"]


@pytest.mark.django_db
def test_a_class_without_a_name_is_called_by_its_key() -> None:
    schema = registry.add_schema(new_place().project, classes=[{"key": "blood"}], now=NOW)
    assert schema.classes == [{"key": "blood", "name": "blood"}]
    assert schema.kind == SchemaKind.SEVERAL


@pytest.mark.django_db
def test_versions_ask_the_same_when_only_words_and_severities_differ() -> None:
    project = new_place().project
    first = registry.add_schema(project, classes=TREE, now=NOW)
    reworded = [one | {"guideline": "Look twice.", "severity": 1} for one in TREE]
    assert registry.add_schema(project, classes=reworded, now=NOW).asks_the_same(first)
    assert not registry.add_schema(project, classes=TREE, kind=SchemaKind.SINGLE, now=NOW).asks_the_same(first)
    flat = [{"key": one["key"]} for one in TREE]
    assert not registry.add_schema(project, classes=flat, now=NOW).asks_the_same(first)
