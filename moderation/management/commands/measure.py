"""Count days of a project anew, and measure by them; safe to repeat, and while everything runs."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.accounts.models import Project
from moderation.measurement import daily
from moderation.measurement.periods import Period
from moderation.progress import Bars


class Command(BaseCommand):
    help = "Count days of a project anew: after a change of slices, or of answers older than eight weeks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="YYYY-MM-DD, UTC.")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="YYYY-MM-DD, UTC; today if left out.")

    def handle(self, **options: Any) -> None:
        project = Project.objects.filter(slug=options["slug"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['slug']!r}.")
        now = timezone.now()
        period = Period.of_days(options["first"], options["last"] or now.date())
        if period.end <= period.start:
            raise CommandError("The first day comes after the last.")
        bars = Bars()
        try:
            daily.rebuild(project, period, now=now, say=bars.say)
        finally:
            bars.close()
        self.stdout.write(f"{period.days} days are counted.")
