"""This will serve what belongs to a person rather than to a project: translate in, one room call, translate out."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts import language, preferences
from config.accounts.models import User
from config.accounts.rules import ANY_ROLE, People, here


class PreferencesOut(serializers.Serializer[object]):
    """For the description of the API; the room itself checks every key and value."""

    language = serializers.CharField(help_text="en, ja, or empty: what the browser asks for.")
    theme = serializers.CharField(help_text="light, dark, or empty: what the system prefers.")
    wellness = serializers.DictField(help_text="blur, greyscale, mute: never, always, or a list of classes.")
    grid_size = serializers.IntegerField(help_text="12 to 60.")
    exposure_budget = serializers.DictField(child=serializers.IntegerField(), help_text="{class: images a day}")


class MyPreferences(APIView):
    """What this person chose for their screens."""

    permission_classes = [People]
    roles = ANY_ROLE

    @extend_schema(responses={200: PreferencesOut})
    def get(self, request: Request) -> Response:
        return Response(preferences.to_json(preferences.of(here(request).person)))

    @extend_schema(request=PreferencesOut, responses={200: PreferencesOut})
    def patch(self, request: Request) -> Response:
        chosen = preferences.change(here(request).person, request.data, now=timezone.now())
        response = Response(preferences.to_json(chosen))
        language.remember(response, chosen.language)
        return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Speak this language from now on: in this browser, and wherever the person signs in. Anybody may ask.

    A language that we do not speak changes nothing.
    """
    onward = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()})
    response = redirect(onward if is_ours else "home")
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        if isinstance(request.user, User):
            preferences.change(request.user, {"language": chosen}, now=timezone.now())
        language.remember(response, chosen)
    return response
