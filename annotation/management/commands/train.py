"""Freeze what is known and train a model version from it."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotation import datasets
from models_registry import config_files, deployment, registry, training
from models_registry.models import Detector, ModelVersion, Run, RunStatus


class Command(BaseCommand):
    help = "Freeze a project's truths into a dataset version, and train, evaluate and gate a model version from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("--detector", default="rules")
        parser.add_argument("--config", type=Path, help="A YAML config file, or JSON; else the detector's own.")
        parser.add_argument("--resume", type=int, metavar="RUN", help="Go on with a failed or canceled run instead.")

    def handle(self, **options: Any) -> None:
        for run in [self._resumed(options["resume"])] if options["resume"] else self._requested(options):
            self._execute(run)

    def _execute(self, run: Run) -> None:
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

    def _requested(self, options: dict[str, Any]) -> list[Run]:
        """Freeze and request a run, or one for each seed of a config file."""
        detector = Detector.objects.filter(project__slug=options["project"], slug=options["detector"]).first()
        if detector is None:
            raise CommandError(f"No detector {options['detector']!r} in a project {options['project']!r}.")
        path, now = options["config"], timezone.now()
        text, config = self._config(path) if path else ("", detector.config)
        try:
            dataset = datasets.freeze(detector.schema, now=now)
            if text:
                return registry.request_runs(detector, dataset, config_text=text, now=now)
            return [registry.request_run(detector, dataset, config=config, now=now)]
        except (datasets.NothingToFreeze, registry.RunRefused) as error:
            raise CommandError(str(error)) from None

    def _config(self, path: Path) -> tuple[str, Any]:
        """Read a config file: YAML as text, JSON as what it holds. Nothing is frozen before it is known to be sound."""
        try:
            text = path.read_text()
            if path.suffix not in (".yaml", ".yml"):
                return "", json.loads(text)
            config_files.read(text)
        except config_files.ConfigFileWrong as wrong:
            lines = [f"{path}:{one.line}:{one.column}: {one.message}" for one in wrong.faults]
            raise CommandError("\n".join(lines)) from None
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} is no readable JSON file: {error}") from None
        return text, None

    def _resumed(self, run_id: int) -> Run:
        run = Run.objects.filter(pk=run_id).first()
        if run is None:
            raise CommandError(f"There is no run {run_id}.")
        try:
            return registry.resume_run(run, now=timezone.now())
        except registry.RunRefused as error:
            raise CommandError(str(error)) from None
