"""Tests that hold the code to the plan: keys point down, the web stays light, rooms say what they are for."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

CHECKOUT = Path(__file__).resolve().parents[2]
FLOORS = ["moderation", "annotation", "models_registry", "accounts"]
OURS = [model for label in FLOORS for model in apps.get_app_config(label).get_models()]
KEYS = [field for model in OURS for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)]
HEAVY = ["torch", "torchvision", "onnxruntime", "onnx", "sklearn"]
FILES = sorted(
    path
    for package in ("moderation", "annotation", "models_registry", "config")
    for path in (CHECKOUT / package).rglob("*.py")
    if "migrations" not in path.parts and path.read_text().strip()
)

LIGHT = """
import json, sys
import config.wsgi
from config.celery import app
from django.urls import get_resolver
app.loader.import_default_modules()
def walk(resolver):
    for pattern in resolver.url_patterns:
        walk(pattern) if hasattr(pattern, "url_patterns") else pattern.callback
walk(get_resolver())
tasks = [name for name in app.tasks if not name.startswith("celery.")]
print(json.dumps([sorted(sys.modules), tasks]))
"""


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_a_key_that_crosses_floors_points_down_and_leaves_no_name_there(key: models.ForeignKey) -> None:
    from_label, to_label = key.model._meta.app_label, key.related_model._meta.app_label
    if from_label == to_label or to_label not in FLOORS:
        return
    assert FLOORS.index(from_label) < FLOORS.index(to_label), f"{key} points up"
    assert key.remote_field.hidden, f'{key} needs related_name="+"'


def test_the_web_process_never_loads_what_only_workers_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT],
        cwd=CHECKOUT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded, tasks = json.loads(done.stdout.splitlines()[-1])
    assert "moderation.tasks.screen" in tasks
    assert [name for name in HEAVY if name in loaded] == []


def test_everything_the_beat_sends_exists_and_is_routed_on_purpose() -> None:
    from django.conf import settings

    from config.celery import app

    app.loader.import_default_modules()
    sent = {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()} | set(settings.CELERY_TASK_ROUTES)
    assert sent <= set(app.tasks)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_file_and_its_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 50, f"{path}: {node.name} is longer than 50 lines"


ROOMS = [path for path in FILES if path.parent.name in {"moderation", "annotation", "models_registry"}]


@pytest.mark.parametrize(
    "path",
    [path for path in ROOMS if path.name not in {"apps.py", "__init__.py"}],
    ids=lambda path: str(path.relative_to(CHECKOUT)),
)
def test_a_room_opens_by_saying_what_it_will_do(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text()))
    assert said, f"{path} has no docstring"
