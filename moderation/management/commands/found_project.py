"""Set a project up: its classes, a manual policy, a detector, and the first client with its key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from config.accounts.models import ApiKey, Client, Membership, Project, Role, User
from moderation import founding


class Command(BaseCommand):
    help = "Set a project up: its classes, a manual policy, a detector, a client with a key, and its admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--classes", required=True, help="Keys of the classes of violation, comma-separated.")
        parser.add_argument("--admin", required=True, help="The user name of somebody who has an account.")

    def handle(self, **options: Any) -> None:
        admin = User.objects.filter(username=options["admin"]).first()
        if admin is None:
            raise CommandError(f"There is no account {options['admin']!r}; make one with manage.py createsuperuser.")
        if Project.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"There is a project {options['slug']!r} already.")
        classes = [
            {"key": key, "name": key.replace("_", " ").capitalize(), "severity": 1}
            for key in options["classes"].split(",")
        ]
        with transaction.atomic():
            founded = founding.found(slug=options["slug"], name=options["name"], classes=classes, now=timezone.now())
            Membership.objects.create(user=admin, project=founded.project, role=Role.ADMIN)
            client = Client.objects.create(project=founded.project, name=options["name"])
            _, token = ApiKey.issue(name="first key", client=client)
        self.stdout.write(f"{founded.project} is set up. Its client's token, shown only now: {token}")
