"""Freeze what is known and train a model version from it."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotation import datasets
from models_registry import deployment, registry, training
from models_registry.models import Detector, ModelVersion, Run, RunStatus


class Command(BaseCommand):
    help = "Freeze a project's truths into a dataset version, and train, evaluate and gate a model version from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("--detector", default="rules")
        parser.add_argument("--config", type=Path, help="A JSON file; default: the detector's own config.")
        parser.add_argument("--resume", type=int, metavar="RUN", help="Go on with a failed or canceled run instead.")

    def handle(self, **options: Any) -> None:
        run = self._resumed(options["resume"]) if options["resume"] else self._requested(options)
        run = training.execute(run.pk, now=timezone.now())
        if run.status in (RunStatus.REQUESTED, RunStatus.RUNNING):
            self.stdout.write(f"A worker has taken run {run.pk} up; its page shows how it goes.")
            return
        for step in run.steps.all():
            self.stdout.write(f"{step.name:<10} {step.status:<8} {step.seconds or 0:7.1f} s  {step.log}")
        if run.status != RunStatus.SUCCEEDED:
            raise CommandError(f"Run {run.pk} {run.status}: {run.error}")
        version = ModelVersion.objects.get(run=run)
        card = deployment.standing_scorecard(version)
        self.stdout.write(f"{version}: gate {card.outcome if card else 'missing'}")

    def _requested(self, options: dict[str, Any]) -> Run:
        detector = Detector.objects.filter(project__slug=options["project"], slug=options["detector"]).first()
        if detector is None:
            raise CommandError(f"No detector {options['detector']!r} in a project {options['project']!r}.")
        config = self._config(options["config"]) if options["config"] else detector.config
        try:
            dataset = datasets.freeze(detector.schema, now=timezone.now())
            return registry.request_run(detector, dataset, config=config, now=timezone.now())
        except (datasets.NothingToFreeze, registry.RunRefused) as error:
            raise CommandError(str(error)) from None

    def _config(self, path: Path) -> Any:
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} is no readable JSON file: {error}") from None

    def _resumed(self, run_id: int) -> Run:
        run = Run.objects.filter(pk=run_id).first()
        if run is None:
            raise CommandError(f"There is no run {run_id}.")
        try:
            return registry.resume_run(run, now=timezone.now())
        except registry.RunRefused as error:
            raise CommandError(str(error)) from None
