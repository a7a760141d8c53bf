"""This will register model versions that can be asked: each gives every image one score."""

import json
from pathlib import Path

import onnx
from django.utils import timezone

from models_registry.models import ModelVersion
from moderation import policies
from moderation.models import PolicyMode, Post
from tests.browser import house as building
from tests.browser.house import House
from tests.models_registry import networks
from tests.moderation import builders
from tests.moderation.builders import World


def saying(house: House, probability: float, *, folder: Path, is_champion: bool = False) -> ModelVersion:
    """Register a version that says ``gruesome`` with this probability, whatever it is shown."""
    path = networks.says(probability, to=folder / f"{probability}.onnx")
    model = onnx.load(str(path))
    (about,) = model.metadata_props
    about.value = json.dumps(json.loads(about.value) | {"class_keys": ["gruesome"]})
    onnx.save(model, str(path))
    founded = house.founded
    place = World(house.project, founded.schema, founded.detector, founded.policy, house.client, "")
    make = builders.deploy if is_champion else builders.register
    return make(place, path, now=timezone.now())


def flipping(house: House, *titles: str, folder: Path) -> None:
    """Post what the champion lets pass, and register a version that would not."""
    rules = house.founded.policy.rules
    bands = {key: {**one, "review": {"threshold": 0.5}} for key, one in rules["classes"].items()}
    now = timezone.now()
    draft = policies.draft(house.project, mode=PolicyMode.ASSISTED, rules={**rules, "classes": bands}, now=now)
    policies.put_in_force(draft, now=now)
    saying(house, 0.125, folder=folder, is_champion=True)
    building.post(house, *titles)
    Post.objects.update(status="passed")
    saying(house, 0.875, folder=folder)
