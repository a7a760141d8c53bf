"""Load the demo project, with drawn pictures."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import demo_access
from config.accounts.models import Project
from models_registry import tasks as registry_tasks
from models_registry.nudge import nudge
from moderation import demo, tasks
from moderation.progress import Bars


class Command(BaseCommand):
    help = "Load the demo project: AI Animals, with drawn pictures, accounts named for their roles, and posts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="Do nothing where there is any project.")

    def handle(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if options["if_empty"] and Project.objects.exists():
            return
        if Project.objects.filter(slug=demo.SLUG).exists():
            raise CommandError("The demo project is here already.")
        access, bars = demo_access.read_or_make(), Bars()
        try:
            demo.load(password=access.password, token=access.token, say=bars.say, now=timezone.now())
        finally:
            bars.close()
        nudge(tasks.screen)
        nudge(registry_tasks.train)
        self.stdout.write("The demo project AI Animals is loaded.")
