"""What a schema takes for an answer: one class or several, and classes that stand under others."""

from typing import Any

import pytest

from annotation import exchange, labels, queue
from annotation.exchange import Labeled
from annotation.labels import Answer, BadAnswer
from annotation.models import Label, Purpose, Truth
from config.accounts.models import Project, Role
from models_registry import registry
from models_registry.models import LabelSchema, SchemaKind
from tests.annotation.builders import NOW, accept, encoded, people_of, picture, project_of, question_of

pytestmark = pytest.mark.django_db
TREE: list[dict[str, Any]] = [
    {"key": "gruesome", "name": "Gruesome", "severity": 3},
    {"key": "blood", "name": "Blood", "parent": "gruesome"},
    {"key": "wounds", "name": "Wounds", "parent": "gruesome"},
    {"key": "copyright", "name": "Copyright"},
]


def schema_of(kind: SchemaKind) -> LabelSchema:
    return registry.add_schema(project_of(), classes=TREE, kind=kind, now=NOW)


def say(project: Project, *answers: tuple[str, ...]) -> list[Label]:
    """Have one annotator after the other answer the label question."""
    given = []
    for person, classes in zip(people_of(project, len(answers), Role.ANNOTATOR), answers, strict=True):
        [job] = queue.claim(person, project=project, roles=frozenset({Role.ANNOTATOR}), now=NOW)
        answer = Answer(classes)
        given.append(accept(job.pk, person=person, token=job.lease_token, answer=answer, now=NOW).label)
    return given


@pytest.mark.parametrize("classes", [(), ("copyright",), ("blood",), ("gruesome", "blood")])
def test_a_single_schema_takes_one_class_and_what_is_above_it(classes: tuple[str, ...]) -> None:
    labels.check(Answer(classes), schema_of(SchemaKind.SINGLE))


@pytest.mark.parametrize("classes", [("copyright", "gruesome"), ("blood", "wounds")])
def test_a_single_schema_refuses_two_classes(classes: tuple[str, ...]) -> None:
    with pytest.raises(BadAnswer, match="one class at most"):
        labels.check(Answer(classes), schema_of(SchemaKind.SINGLE))


def test_several_classes_are_taken_where_the_schema_takes_several() -> None:
    labels.check(Answer(("copyright", "blood", "wounds")), schema_of(SchemaKind.SEVERAL))


def test_a_label_names_every_class_above_the_one_that_was_answered() -> None:
    schema = schema_of(SchemaKind.SEVERAL)
    question_of(schema.project, purpose=Purpose.LABEL, schema=schema)
    [label] = say(schema.project, ("blood",))
    assert label.classes == ["blood", "gruesome"]


def test_people_who_differ_in_the_closer_class_agree_on_the_one_above() -> None:
    schema = schema_of(SchemaKind.SINGLE)
    question_of(schema.project, purpose=Purpose.LABEL, schema=schema)
    say(schema.project, ("blood",), ("wounds",), ("gruesome",))
    assert Truth.objects.get().classes == ["gruesome"]


def test_an_imported_truth_names_every_class_above_too() -> None:
    schema = schema_of(SchemaKind.SEVERAL)
    past = [Labeled("1.jpg", encoded(picture(1)), ("wounds",), None)]
    exchange.import_labeled(past, project=schema.project, schema=schema, now=NOW)
    assert Truth.objects.get().classes == ["gruesome", "wounds"]
