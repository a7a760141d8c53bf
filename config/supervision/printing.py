"""This will print lines with the name of the process that said them, and follow the embedded servers' log."""

import sys
from dataclasses import dataclass
from pathlib import Path

_WIDTH = 9
_COLORS = (36, 33, 35, 32, 34, 31)


def say(name: str, line: str) -> None:
    """Print one line as ``name | line``, colored by name on a terminal."""
    label = f"{name:<{_WIDTH}} |"
    if sys.stdout.isatty():
        label = f"\x1b[{_COLORS[sum(name.encode()) % len(_COLORS)]}m{label}\x1b[0m"
    print(label, line, flush=True)


def is_news(line: str) -> bool:
    """Tell whether a line of the servers' log is worth a person's eye; all of it is in the file."""
    return bool(line) and not line.startswith("LOG:") and "Memory overcommit must be enabled" not in line


@dataclass
class Follower:
    """Reads what was added to a log file since the last time; starts over when the file does."""

    path: Path
    position: int = 0
    unfinished: str = ""

    def new_lines(self) -> list[str]:
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return []
        if size == self.position:
            return []
        start = self.position if size > self.position else 0
        with self.path.open(errors="replace") as file:
            file.seek(start)
            *lines, self.unfinished = (self.unfinished + file.read()).split("\n")
            self.position = file.tell()
        return lines
