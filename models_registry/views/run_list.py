"""This will show the runs of a project as a list, and any of them side by side."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from config.accounts.models import Role
from config.accounts.rules import here, page
from models_registry import comparing, listing
from models_registry.listing import choices
from models_registry.views.queries import BACKBONES, MOST_COMPARED, CompareQuery, PageQuery

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)
# The columns that sort, in the order of the table: its name, what it is called, and how it first sorts.
COLUMNS = {
    "number": (_("Run"), "-number"),
    "version": (_("Model version"), "-version"),
    "average_precision": (_("Average precision"), "-average_precision"),
    "machine_recall": (_("Machine recall, 10 % flagged"), "-machine_recall"),
    "seconds": (_("Took"), "-seconds"),
    "requested": (_("Requested"), "-requested"),
}


@require_GET
@page(*READERS)
def runs(request: HttpRequest) -> HttpResponse:
    """The list, or only its results when htmx asks."""
    said = PageQuery(data=request.GET)
    is_whole_page = not request.htmx  # type: ignore[attr-defined]
    context: dict[str, Any] = {"said": request.GET, "most": MOST_COMPARED}
    if said.is_valid():
        context |= _results(request, said)
    else:
        context |= {"errors": sorted(said.errors)}
    if is_whole_page:
        context |= {"choices": choices.of(here(request).project), "backbones": [(one, one) for one in BACKBONES]}
    template = "models_registry/runs.html" if is_whole_page else "models_registry/_runs.html"
    return render(request, template, context, status=400 if "errors" in context and is_whole_page else 200)


def _results(request: HttpRequest, said: PageQuery) -> dict[str, Any]:
    wanted = said.wanted()
    found = listing.page(here(request).project, wanted, number=said.validated_data["page"])
    return {
        "found": found,
        "rows": [listing.row(one) for one in found.runs],
        "columns": {name: _column(request.GET, name, sorted_by=wanted.sort) for name in COLUMNS},
        "is_filtered": not wanted.is_empty,
        "before": _address(request.GET, page=found.before) if found.before else "",
        "after": _address(request.GET, page=found.after) if found.after else "",
    }


def _column(asked: QueryDict, name: str, *, sorted_by: str) -> dict[str, str]:
    """Return how a column's head is called, sorted now, and the address that sorts by it or turns it around."""
    title, first = COLUMNS[name]
    is_sorted = sorted_by.removeprefix("-") == name
    other = name if sorted_by.startswith("-") else f"-{name}"
    state = ("descending" if sorted_by.startswith("-") else "ascending") if is_sorted else "none"
    return {"title": str(title), "state": state, "address": _address(asked, ordering=other if is_sorted else first)}


def _address(asked: QueryDict, **changed: Any) -> str:
    """Return the address of this list with something changed, and what asks for nothing left out."""
    kept = {name: value for name, value in asked.items() if value and name != "page"} | changed
    return f"?{urlencode(kept)}"


@require_GET
@page(*READERS)
def compare(request: HttpRequest) -> HttpResponse:
    """Two to six runs side by side; a form sends ``runs`` once for each."""
    given = ",".join(request.GET.getlist("runs"))
    said = CompareQuery(data={"runs": given, "all": request.GET.get("all", False)})
    ids = said.ids() if said.is_valid() else []
    found = comparing.runs(here(request).project, ids[:MOST_COMPARED])
    if len(found) < 2 or len(found) != len(ids):
        context = {"missing": [one for one in ids if one not in {run.pk for run in found}], "most": MOST_COMPARED}
        return render(request, "models_registry/compare_refused.html", context, status=400 if not found else 404)
    shown = comparing.page(found, is_whole=said.validated_data["all"])
    return render(request, "models_registry/compare.html", {"page": shown, "figures": shown.figures()})
