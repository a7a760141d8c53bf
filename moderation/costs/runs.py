"""This will price what one training took: the processors its steps were measured on, at the price of their day.

The same rows and the same prices as the accounts of a period, so that the costs of a day's runs add up to its line
*training*. A step that was done again counts as it was done last.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from config.accounts.models import Project
from models_registry.models import Run, RunStep
from moderation.costs import accounts, showing
from moderation.costs.accounts import Line, Money
from moderation.costs.prices import Book, book
from moderation.costs.reading import Used
from moderation.costs.usage import TRAINING
from moderation.models import Resource

_MILLISECONDS = 1000


@dataclass(frozen=True)
class RunCost:
    """What a run used, a line for each resource; ``currency`` is "" where the project has no prices."""

    currency: str
    lines: list[Line]

    @property
    def total(self) -> Money:
        return accounts.total(self.lines)


def of_run(run: Run) -> RunCost:
    """Price one run. Four queries at most."""
    return _priced(run, book(run.detector.project))


def _priced(run: Run, known: Book) -> RunCost:
    used = (one for step in run.steps.all() for one in _used(step))
    return RunCost(known.currency, accounts.lines(used, known))


def said(project: Project, runs: Iterable[Run]) -> list[str]:
    """Return what each run cost, in words such as 0.0041 USD; "" where nothing was measured or a price is missing.

    Two queries, and one more for each run whose steps were not fetched.
    """
    known = book(project)
    return [_said(_priced(run, known)) for run in runs]


def _said(cost: RunCost) -> str:
    is_known = cost.lines and cost.total.is_complete
    return showing.money(float(cost.total.amount.estimate), cost.currency) if is_known else ""


def _used(step: RunStep) -> Iterator[Used]:
    """Say what a step used; nothing where it never ended.

    One from before its processors were measured counts by the clock, as if one had worked, and may have taken none.
    """
    if step.seconds is None:
        return
    cpu = step.seconds if step.cpu_seconds is None else step.cpu_seconds
    yield _amount(step, Resource.CPU, cpu, is_measured=step.cpu_seconds is not None)
    if step.gpu_seconds:
        yield _amount(step, Resource.GPU, step.gpu_seconds, is_measured=True)


def _amount(step: RunStep, resource: Resource, seconds: float, *, is_measured: bool) -> Used:
    quantity = round(seconds * _MILLISECONDS)
    low, rows = (quantity, 1) if is_measured else (0, 0)
    day = step.started_at.astimezone(UTC).date()
    return Used(day, resource, TRAINING, quantity, low, quantity, Decimal(0), 1, rows)
