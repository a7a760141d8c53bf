#!/usr/bin/env python
"""This will run Second Look's commands, with the embedded servers up for those that need them."""

import os
import sys

# These never reach for the database, or start it themselves.
NEED_NO_SERVERS = {"", "-h", "--help", "help", "version", "--version", "check", "diffsettings", "up"}
NEED_NO_SERVERS |= {"collectstatic", "compilemessages", "makemessages"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command in NEED_NO_SERVERS or {"--help", "-h"} & set(sys.argv):
        _execute()
        return
    from config import embedded

    try:
        with embedded.servers():
            _execute()
    except embedded.ServersFailed as error:
        sys.exit(str(error))


def _execute() -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
