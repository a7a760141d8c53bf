"""This will say on the pages of training runs what they cost; the price table is moderation's, which they know not."""

from django import template
from django.utils.translation import gettext

from models_registry.comparing import ComparePage
from models_registry.comparing.lines import Line, texts
from models_registry.models import Run
from moderation.costs import runs as run_costs

register = template.Library()


@register.simple_tag
def cost_of_run(run: Run) -> str:
    """Say what a run cost, "" where nothing was measured or a price is missing."""
    [cost] = run_costs.said(run.detector.project, [run])
    return cost


@register.simple_tag
def with_costs(page: ComparePage) -> list[Line]:
    """Return the lines about time, and one about cost below them where any is known."""
    compared = [column.run for column in page.columns]
    cost = texts(gettext("Cost"), run_costs.said(compared[0].detector.project, compared))
    return [*page.seconds, cost] if cost.is_known else page.seconds
