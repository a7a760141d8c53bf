"""Give a project other classes of violation: show what it has as JSON, and take the next version back."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.accounts.models import Project
from models_registry.class_trees import BadSchema, Definition
from models_registry.models import SchemaKind
from models_registry.registry import current_schema
from moderation import founding


class Command(BaseCommand):
    help = "Show the classes of a project as JSON, or give it those of a JSON file as the next schema version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--classes", type=Path, help="JSON: {kind, guideline, classes}. Without it, show them.")

    def handle(self, **options: Any) -> None:
        project = Project.objects.filter(slug=options["slug"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['slug']!r}.")
        if options["classes"] is None:
            now = current_schema(project)
            self.stdout.write(Definition(now.classes, now.kind, now.guideline).to_json())
            return
        self._change(project, options["classes"])

    def _change(self, project: Project, file: Path) -> None:
        try:
            wanted = Definition.from_json(file.read_text())
        except (OSError, UnicodeDecodeError, BadSchema) as error:
            raise CommandError(str(error)) from None
        schema = founding.change_classes(
            project,
            classes=[dict(one) for one in wanted.classes],
            kind=SchemaKind(wanted.kind),
            guideline=wanted.guideline,
            now=timezone.now(),
        )
        self.stdout.write(f"{schema} is asked from now on; open questions keep the version they were asked under.")
