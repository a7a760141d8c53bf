"""This will train a small model version for real, on drawn scenes, so that its page shows what was measured."""

from datetime import timedelta

from django.utils import timezone

from annotation import datasets, exchange
from annotation.exchange import Labeled
from models_registry import registry, training
from models_registry.models import ModelVersion, RunStatus
from moderation import scenes
from tests.browser.house import House

CONFIG = {"canvas": {"size_px": 32}, "fit": {"epochs": 4, "batch_size": 32, "threads": 1, "averaged_share": 0.5}}
LENIENT = {"validation": {"few_positives": {"fit": 3, "calibration": 1}, "near_duplicates": {"fail": None}}}


def train(house: House, *, images: int, epochs: int = 4, seed: int = 3) -> ModelVersion:
    """Import drawn scenes with their answers, freeze them, and train; gruesome ones are those that are not empty."""
    now = timezone.now() - timedelta(hours=1)
    pictures = scenes.draw_set(images, seed=seed, violation_share=0.35)
    items = (
        Labeled(f"{number}.jpg", scenes.jpeg(one), _classes(one.classes), 1.0 if one.classes else 0.2)
        for number, one in enumerate(pictures)
    )
    schema = house.founded.schema
    exchange.import_labeled(items, project=house.project, schema=schema, now=now)
    config = {**CONFIG, **LENIENT, "fit": {**CONFIG["fit"], "epochs": epochs}}
    run = registry.request_run(house.founded.detector, datasets.freeze(schema, now=now), config=config, now=now)
    done = training.execute(run.pk, now=now)
    assert done.status == RunStatus.SUCCEEDED, done.error
    return done.model_version


def _classes(drawn: frozenset[str]) -> frozenset[str]:
    return frozenset(key if key == "no_animal" else "gruesome" for key in drawn)
