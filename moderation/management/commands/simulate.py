"""Play a season of posts, viewers and people through the real rooms."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from annotation.exchange import UnknownSource
from moderation.progress import Bars
from moderation.simulation import Audience, NotEnoughImages, Plan, Plant, Season
from moderation.simulation.table import table


class Command(BaseCommand):
    help = "Play a season of posts, viewers and people through the real rooms; only the final table knows the truth."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--images", type=Path, required=True, help="A folder or zip of class/name.jpg.")
        parser.add_argument("--violations", required=True, help="The folders that violate, comma-separated.")
        parser.add_argument("--history", type=int, default=4000, help="Labeled images the company already has.")
        parser.add_argument("--history-violations", type=_share, default=0.3, help="The share of them that violates.")
        parser.add_argument("--days", type=int, default=6)
        parser.add_argument("--posts-per-day", type=int, default=1500)
        parser.add_argument("--prevalence", type=_share, default=0.03)
        parser.add_argument("--reviewers", type=int, default=8, help="At least 6: split audits ask five others.")
        parser.add_argument("--reviewer-error", type=float, default=0.02)
        parser.add_argument("--audits-per-day", type=int, default=150)
        parser.add_argument("--retrain-every", type=int, default=2, help="Days; 0 for never.")
        parser.add_argument("--views-per-post", type=float, default=Audience.views, help="If it stays up, in all.")
        parser.add_argument("--complaints", type=_share, default=Audience.complains, help="Per view of a violation.")
        parser.add_argument(
            "--wrong-complaints", type=_share, default=Audience.complains_wrongly, help="Per view of a fine image."
        )
        parser.add_argument(
            "--plant", type=Plant, choices=list(Plant), default=Plant.NO, help="Have a bad model decide."
        )
        parser.add_argument(
            "--canary", type=_share, default=0.0, help="Try a version on this share of images, from the middle on."
        )
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
    if options["reviewers"] < 6:
        raise CommandError(
            "--reviewers should be at least 6: an audit on which people disagree asks five of them, and "
            "nobody who judged the image before."
        )
    audience = Audience(
        views=options["views_per_post"],
        complains=options["complaints"],
        complains_wrongly=options["wrong_complaints"],
    )
    names = {name: options[name] for name in Plan.__dataclass_fields__ if name not in ("violations", "audience")}
    return Plan(**names, violations=frozenset(options["violations"].split(",")), audience=audience)
