"""Take over labeled images that the company already has, from a folder or zip of class/name.jpg."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotation.exchange import Labeled, Source, UnknownSource, import_labeled
from config.accounts.models import Project
from models_registry.registry import current_schema


class Command(BaseCommand):
    help = "Import labeled images. Folders named like a class violate it; those named by --fine break no rule."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("path", type=Path, help="A folder or zip of class/name.jpg.")
        parser.add_argument("--fine", required=True, help="The folders of fine images, comma-separated.")
        parser.add_argument(
            "--violations-kept",
            type=_probability,
            help="With which probability a violation of the past was kept, if that is known: 1 if all were.",
        )
        parser.add_argument("--fine-kept", type=_probability, help="The same for fine images: 0.05 for one in twenty.")

    def handle(self, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        schema, fine = current_schema(project), frozenset(options["fine"].split(","))
        try:
            source = Source.open(options["path"])
        except UnknownSource as error:
            raise CommandError(str(error)) from None
        odd = {source.folder_of(name) for name in source.names} - fine - set(schema.keys)
        if odd:
            raise CommandError(f"Neither a class nor named by --fine: {', '.join(sorted(odd))}.")
        items = (
            self._labeled(name, data, folder=source.folder_of(name), fine=fine, options=options)
            for name, data in source.read(source.names)
        )
        self.stdout.write(str(import_labeled(items, project=project, schema=schema, now=timezone.now())))

    def _labeled(
        self, name: str, data: bytes, *, folder: str, fine: frozenset[str], options: dict[str, Any]
    ) -> Labeled:
        is_fine = folder in fine
        classes: frozenset[str] = frozenset() if is_fine else frozenset({folder})
        return Labeled(name, data, classes, options["fine_kept" if is_fine else "violations_kept"])


def _probability(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise ValueError("A probability lies above 0 and at most at 1.")
    return value
