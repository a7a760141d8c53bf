"""This will show what moderation costs and what that bought, and take in prices."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from config.accounts.models import Role
from config.accounts.rules import here, page
from moderation import costs
from moderation.costs import prices, showing
from moderation.models import Resource
from moderation.views.periods import period_of

READERS = (Role.MANAGER, Role.ADMIN, Role.ENGINEER)
WRITERS = (Role.MANAGER, Role.ADMIN)
REFUSALS = {
    "bad_amount": gettext_lazy("A price is a number from 0 to a thousand million."),
    "bad_day": gettext_lazy("There is nothing from before 1970."),
    "bad_currency": gettext_lazy("A currency is three capital letters, such as USD."),
    "other_currency": gettext_lazy("The prices of this project are in another currency."),
}


class PriceForm(forms.Form):
    """A new row of the price table; the currency is asked for with the first one."""

    resource = forms.ChoiceField(choices=Resource.choices, label=gettext_lazy("Resource"))
    amount = forms.DecimalField(min_value=Decimal(0), max_digits=14, decimal_places=4, label=gettext_lazy("Price"))
    valid_from = forms.DateField(label=gettext_lazy("Valid from"))
    currency = forms.CharField(max_length=3, required=False, label=gettext_lazy("Currency"))


@require_http_methods(["GET", "HEAD", "POST"])
def costs_page(request: HttpRequest) -> HttpResponseBase:
    """The page of costs of a period; managers and admins add prices here."""
    return add_price(request) if request.method == "POST" else show(request)


@page(*READERS)
def show(request: HttpRequest) -> HttpResponse:
    return _page(request, form=None)


def _page(request: HttpRequest, *, form: PriceForm | None, status: int = 200) -> HttpResponse:
    place = here(request)
    shown, chart = showing.page(place.project, period_of(request))
    context: dict[str, Any] = {
        "shown": shown,
        "chart": chart,
        "may_write": bool(place.roles & set(WRITERS)),
        "form": form,
        "today": timezone.now().date(),
    }
    return render(request, "moderation/measure/costs.html", context, status=status)


@page(*WRITERS)
def add_price(request: HttpRequest) -> HttpResponse:
    """Add a price; a mistake is said beside its field."""
    place, form = here(request), PriceForm(request.POST)
    book = prices.book(place.project)
    if form.is_valid():
        said = form.cleaned_data
        try:
            costs.add(
                place.project,
                resource=Resource(said["resource"]),
                amount=said["amount"],
                valid_from=said["valid_from"],
                currency=(said["currency"] or book.currency).upper(),
                by=place.person,
                now=timezone.now(),
            )
        except costs.BadPrice as refusal:
            field = {"bad_amount": "amount", "bad_day": "valid_from"}.get(refusal.code, "currency")
            form.add_error(field, str(REFUSALS[refusal.code]))
        else:
            messages.success(request, _("The price is in the table. Days from then on are counted with it."))
            return redirect(f"{reverse('costs')}#prices")
    return _page(request, form=form, status=422)
