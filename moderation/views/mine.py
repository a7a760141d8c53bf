"""This will show people their own day over HTTP: translate in, one room call, translate out."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.views.api import ANSWERERS
from config.accounts.rules import People, here
from moderation import pace


class ExposureOut(serializers.Serializer[Any]):
    class_key = serializers.CharField()
    name = serializers.CharField()
    seen = serializers.IntegerField(help_text="Images answered with this class since midnight UTC.")
    budget = serializers.IntegerField(allow_null=True)
    is_reached = serializers.BooleanField()


class GivenOut(serializers.Serializer[Any]):
    label_id = serializers.IntegerField()
    job = serializers.IntegerField()
    classes = serializers.ListField(child=serializers.CharField())
    unsure = serializers.BooleanField()
    note = serializers.CharField()
    at = serializers.DateTimeField()
    is_retractable = serializers.BooleanField()
    batch_id = serializers.UUIDField(allow_null=True)
    thumbnail_url = serializers.CharField()


class TodayOut(serializers.Serializer[Any]):
    """``answers`` are the last ten that stand, newest first."""

    answered_today = serializers.IntegerField()
    per_hour = serializers.FloatField(allow_null=True)
    median_seconds = serializers.FloatField(allow_null=True)
    exposure = ExposureOut(many=True)
    answers = GivenOut(many=True)


class MyToday(APIView):
    """One's own pace, exposure and last answers."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(responses={200: TodayOut})
    def get(self, request: Request) -> Response:
        return Response(
            TodayOut(pace.today(here(request).person, project=here(request).project, now=timezone.now())).data
        )
