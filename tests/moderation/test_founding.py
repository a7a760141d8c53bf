"""A project gets its classes, and other ones later, without losing what was asked and answered."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation import datasets
from annotation.models import Question, Truth, TruthSource
from models_registry import registry
from models_registry.class_trees import BadSchema
from models_registry.models import Detector, LabelSchema, SchemaKind
from moderation import founding, policies
from moderation.models import PolicyVersion
from tests.annotation.builders import image_of, question_of
from tests.moderation.builders import CLASSES, NOW, Project, world

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
NEW: dict[str, Any] = {"key": "blood", "name": "Blood", "severity": 2, "parent": "grave"}


def test_open_questions_keep_their_version_and_the_next_ones_have_the_new_one() -> None:
    project = world().project
    before = question_of(project, 1)
    schema = founding.change_classes(project, classes=[*CLASSES, NEW], now=LATER)
    after = question_of(project, 2, schema=registry.current_schema(project))
    assert (schema.version, after.schema) == (2, schema)
    assert Question.objects.get(pk=before.pk).schema.version == 1
    assert Detector.objects.get(project=project).schema == schema


def test_a_policy_that_names_the_new_classes_comes_into_force_and_never_acts_on_them() -> None:
    project = world().project
    old = policies.in_force(project)
    founding.change_classes(project, classes=[CLASSES[1], NEW], now=LATER)
    new = policies.in_force(project)
    assert (new.number, new.mode) == (old.number + 1, old.mode)
    assert new.rules["classes"]["grave"] == old.rules["classes"]["grave"]
    assert new.rules["classes"]["blood"] == {"remove": None, "review": None, "hours_allowed": 24}
    assert "bright" not in new.rules["classes"]
    assert new.rules["audit"] == old.rules["audit"]


def truth(project: Project, schema: LabelSchema, *classes: str, seed: int) -> Truth:
    facts = {"source": TruthSource.IMPORT, "classes": list(classes), "settled_at": NOW}
    return Truth.objects.create(project=project, image=image_of(project, seed), schema=schema, **facts)


def test_where_only_words_change_the_policy_stays_and_truths_go_on_teaching() -> None:
    project = world().project
    truth(project, registry.current_schema(project), "grave", seed=1)
    schema = founding.change_classes(project, classes=CLASSES, guideline="Look twice.", now=LATER)
    truth(project, schema, seed=2)
    assert PolicyVersion.objects.filter(project=project).count() == 1
    assert datasets.fresh_truths(Detector.objects.get(project=project)) == 2
    version = datasets.freeze(schema, now=LATER)
    assert (version.schema, sum(one["images"] for one in version.counts.values())) == (schema, 2)


def test_truths_about_other_classes_do_not_teach_the_new_ones() -> None:
    project = world().project
    truth(project, registry.current_schema(project), "grave", seed=1)
    schema = founding.change_classes(project, classes=[*CLASSES, NEW], now=LATER)
    assert datasets.fresh_truths(Detector.objects.get(project=project)) == 0
    with pytest.raises(datasets.NothingToFreeze):
        datasets.freeze(schema, now=LATER)


def test_odd_classes_change_nothing() -> None:
    project = world().project
    with pytest.raises(BadSchema):
        founding.change_classes(project, classes=[NEW], now=LATER)
    assert LabelSchema.objects.filter(project=project).count() == 1


def test_the_command_shows_the_classes_and_takes_them_back_changed(tmp_path: Path, capsys: Any) -> None:
    project = world().project
    call_command("change_classes", project.slug)
    written = json.loads(capsys.readouterr().out)
    file = tmp_path / "classes.json"
    file.write_text(json.dumps(written | {"kind": "single", "classes": [*written["classes"], NEW]}))
    call_command("change_classes", project.slug, classes=file)
    schema = registry.current_schema(project)
    assert (schema.version, schema.kind, schema.keys[-1]) == (2, SchemaKind.SINGLE, "blood")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("[]", "kind, guideline, classes"),
        ('{"classes": [], "kinds": 1}', "kind, guideline, classes"),
        ('{"classes": [{"key": "a"}], "kind": "any"}', "single or several"),
        ('{"classes": [{"key": "a"}], "guideline": 1}', "guideline of a schema is a text"),
    ],
)
def test_the_command_refuses_an_odd_file_with_the_reason(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "classes.json"
    file.write_text(text)
    with pytest.raises(CommandError, match=why):
        call_command("change_classes", world().project.slug, classes=file)
