"""This will serve measurements over HTTP: translate in, one room call, translate out."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import Role
from config.accounts.rules import People, here
from moderation.measurement.catalog import METRICS
from moderation.measurement.periods import WHOLE, Part, PartKind, Period
from moderation.report.measured import measured

LAST_DAY = date(9999, 12, 30)
PARTS = {"class": PartKind.CLASS, "model": PartKind.MODEL, "policy": PartKind.POLICY, "slice": PartKind.SLICE}
_MOST_LETTERS = 120
# The largest number that a policy version may have in the database.
_MOST_NUMBER = 2**31 - 1


class MeasurementQuery(serializers.Serializer[Any]):
    """``from`` and ``to`` are days, both included; at most one part is named."""

    model = serializers.IntegerField(
        required=False, min_value=1, max_value=_MOST_NUMBER, help_text="The id of a model version."
    )
    policy = serializers.IntegerField(
        required=False, min_value=1, max_value=_MOST_NUMBER, help_text="The number of a policy version."
    )
    slice = serializers.CharField(
        required=False, max_length=_MOST_LETTERS, help_text="attribute=value, such as place=Kyoto."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        key = serializers.CharField(required=False, max_length=50, help_text="The key of a class.")
        ends = {"from": serializers.DateField(), "to": serializers.DateField()}
        return {**ends, "class": key, **super().get_fields()}

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if not data["from"] <= data["to"] <= LAST_DAY:
            raise serializers.ValidationError("to should not lie before from, nor at the end of time.")
        if len(PARTS.keys() & data.keys()) > 1:
            raise serializers.ValidationError("Name one part: a class, a model, a policy or a slice.")
        return data

    def period(self) -> Period:
        return Period.of_days(self.validated_data["from"], self.validated_data["to"])

    def part(self) -> Part:
        named = next((name for name in PARTS if name in self.validated_data), None)
        return Part(PARTS[named], str(self.validated_data[named])) if named else WHOLE


class ChangeOut(serializers.Serializer[Any]):
    """Against the period of the same length before; show ``estimate`` only where ``enough``."""

    estimate = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    enough = serializers.BooleanField()
    is_more_than_noise = serializers.BooleanField()


class MetricOut(serializers.Serializer[Any]):
    """One metric with its 95 % interval; show ``estimate`` only where ``enough``.

    ``finds`` of ``looks`` are what it rests on; ``needed`` are looks that would be enough, null where none can help.
    """

    estimate = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    finds = serializers.IntegerField()
    looks = serializers.IntegerField()
    enough = serializers.BooleanField()
    effective_finds = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    currency = serializers.CharField(required=False)
    needed = serializers.IntegerField(allow_null=True)
    to = serializers.DateField()
    change = ChangeOut(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "from": serializers.DateField()}


class MetricsOut(serializers.Serializer[Any]):
    """What a part can speak of; views, complaints, time to action and cost are known of the whole traffic alone."""

    pending = serializers.IntegerField(help_text="Looks that are not answered yet.")
    looks_still_needed = serializers.IntegerField(allow_null=True, help_text="For machine recall.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        each = {one.key: MetricOut(required=False, help_text=str(one.explained)) for one in METRICS}
        return {**each, **super().get_fields()}


class PartOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[one.value for one in PartKind])
    value = serializers.CharField(allow_blank=True)


class MeasurementOut(serializers.Serializer[Any]):
    """A part of a period: ``scored`` posts of it; final once every look that was drawn is answered."""

    to = serializers.DateField()
    part = PartOut()
    scored = serializers.IntegerField()
    is_final = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.IntegerField())
    metrics = MetricsOut()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {"from": serializers.DateField(), **super().get_fields()}


class Measurements(APIView):
    """The metrics of a period, each with its interval."""

    permission_classes = [People]
    roles = frozenset({Role.MANAGER, Role.ENGINEER, Role.ADMIN})

    @extend_schema(parameters=[MeasurementQuery], responses={200: MeasurementOut})
    def get(self, request: Request) -> Response:
        said = MeasurementQuery(data=request.query_params)
        said.is_valid(raise_exception=True)
        return Response(MeasurementOut(measured(here(request).project, said.period(), part=said.part())).data)
