"""This will measure what must stay fast, against its limits: ``python -m bench [part …]`` prints one table.

Each part is a module with ``run() -> list[Figure]``; what it prepares, it prepares in servers and a folder of its own
(bench/scratch.py). Fails where a limit is broken.
"""

import importlib
import sys
import time

import bench.scratch  # noqa: F401  It comes before all that reads settings.
from bench.figures import Figure, table

PARTS = ("answering", "painting", "lists", "measuring", "screening")
# They take minutes, or need photos that have to be named, so they are played only where they are named themselves.
LONG = (
    "estimators",
    "fitting",
    "few_second_looks",
    "guarding",
    "label_economy",
    "view_errors",
)


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - {*PARTS, *LONG})
    if unknown:
        print(f"There is no bench {', '.join(unknown)}; there is {', '.join((*PARTS, *LONG))}.", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in names or PARTS:
        start = time.monotonic()
        figures += importlib.import_module(f"bench.{name}").run()
        print(f"{name}: {time.monotonic() - start:.0f} s in all", flush=True)
    print(f"\n{table(figures)}")
    return 0 if all(figure.is_kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
