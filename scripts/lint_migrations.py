"""This will refuse migrations under which the previous release, still serving, would break.

A column dropped or renamed, a NOT NULL without a database default: see django-migration-linter. The linter is a tool
and not part of what runs, so it is called here (``python -m scripts.lint_migrations``) and is no installed app.
"""

import logging
import os
import sys
from pathlib import Path

import django
from django_migration_linter import MigrationLinter

from config import embedded

ROOT = Path(__file__).resolve().parent.parent
# Looked at by a person, and fine: the linter cannot tell a longer column from another type.
LOOKED_AT = ["0006_wider_desk"]
OUR_APPS = ["accounts", "annotation", "models_registry", "moderation", "wiring"]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with embedded.servers():
        django.setup()
        logging.getLogger("django_migration_linter").setLevel(logging.WARNING)
        linter = MigrationLinter(
            str(ROOT),
            include_apps=OUR_APPS,
            ignore_name=LOOKED_AT,
            no_cache=True,
            quiet=["ok", "ignore"],
            # It knows databases by the name of Django's module, and ours is another.
            analyser_string="postgresql",
        )
        linter.lint_all_migrations()
        linter.print_summary()
    sys.exit(1 if linter.has_errors else 0)


if __name__ == "__main__":
    main()
