"""This will serve what is watched of versions over HTTP: translate in, one room call, translate out."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import Role
from config.accounts.rules import People, here
from moderation.watch import telling


class QuantityOut(serializers.Serializer[Any]):
    """How far a quantity of a day lies from the reference: ``value`` above ``bound``, the greater of ``limit`` and
    ``noise``, is drift. ``measure`` is ``stability_index``, ``cohens_h`` or ``standard_deviations``."""

    key = serializers.CharField()
    measure = serializers.CharField()
    value = serializers.FloatField()
    noise = serializers.FloatField()
    limit = serializers.FloatField()
    bound = serializers.FloatField()
    is_beyond = serializers.BooleanField()


class DifferentOut(serializers.Serializer[Any]):
    """An image whose score on the path of training is not what serving stored."""

    image = serializers.IntegerField()
    key = serializers.CharField()
    served = serializers.FloatField()
    again = serializers.FloatField()


class SkewOut(serializers.Serializer[Any]):
    """A random sample of a day scored again: ``beyond`` of the ``images`` differ by more than 0.001."""

    images = serializers.IntegerField()
    missing = serializers.IntegerField()
    largest = serializers.FloatField()
    mean = serializers.FloatField()
    beyond = serializers.IntegerField()
    is_beyond = serializers.BooleanField()
    worst = DifferentOut(many=True)


class WatchedDayOut(serializers.Serializer[Any]):
    """One day of a version; ``quantities`` holds what there is enough of to tell, ``skew`` is null until the night."""

    day = serializers.DateField()
    posts = serializers.IntegerField()
    flagged = serializers.IntegerField()
    above = serializers.IntegerField(allow_null=True)
    quantities = QuantityOut(many=True)
    skew = SkewOut(allow_null=True)


class WatchedOut(serializers.Serializer[Any]):
    """A version that was asked lately; ``reference`` is ``dataset``, ``first_days``, or null while there is none."""

    version = serializers.IntegerField()
    name = serializers.CharField()
    reference = serializers.CharField(allow_null=True)
    days = WatchedDayOut(many=True)


class Watch(APIView):
    """Input drift, score drift and train–serve skew of the last 60 days, for each version that was asked."""

    permission_classes = [People]
    roles = frozenset({Role.MANAGER, Role.ENGINEER, Role.ADMIN})

    @extend_schema(responses=WatchedOut(many=True))
    def get(self, request: Request) -> Response:
        told = telling.watched(here(request).project, now=timezone.now())
        return Response(WatchedOut(told, many=True).data)
