"""Play a season of posts and people through the real rooms."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from annotation.exchange import UnknownSource
from moderation.progress import Bars
from moderation.simulation import NotEnoughImages, Plan, Season
from moderation.simulation.report import table


class Command(BaseCommand):
    help = "Play a season of posts and people through the real rooms; only the final table knows the truth."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--images", type=Path, required=True, help="A folder or zip of class/name.jpg.")
        parser.add_argument("--violations", required=True, help="The folders that violate, comma-separated.")
        parser.add_argument("--history", type=int, default=4000, help="Labeled images the company already has.")
        parser.add_argument("--history-violations", type=_share, default=0.3, help="The share of them that violates.")
        parser.add_argument("--days", type=int, default=6)
        parser.add_argument("--posts-per-day", type=int, default=1500)
        parser.add_argument("--prevalence", type=_share, default=0.03)
        parser.add_argument("--reviewers", type=int, default=6, help="At least 5: split audits ask five people.")
        parser.add_argument("--reviewer-error", type=float, default=0.02)
        parser.add_argument("--audits-per-day", type=int, default=150)
        parser.add_argument("--retrain-every", type=int, default=2, help="Days; 0 for never.")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", type=Path, help="Write the report here as well.")

    def handle(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        plan = _plan(options)
        bars = Bars()
        try:
            report = Season(plan, say=bars.say).play()
        except (NotEnoughImages, UnknownSource) as error:
            raise CommandError(str(error)) from None
        finally:
            bars.close()
        if options["json"]:
            options["json"].write_text(json.dumps(report, indent=1))
        self.stdout.write(table(report))


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise ValueError("A share lies between 0 and 1.")
    return value


def _plan(options: dict[str, Any]) -> Plan:
    if options["reviewers"] < 5:
        raise CommandError("--reviewers should be at least 5: an audit on which people disagree asks five of them.")
    names = {field: options[field] for field in Plan.__dataclass_fields__ if field != "violations"}
    return Plan(**names, violations=frozenset(options["violations"].split(",")))
