"""This will serve over HTTP what a training run cost: translate in, one room call, translate out."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.rules import People, here
from models_registry.models import Run
from models_registry.views.api import READERS
from moderation.costs import Line, runs


class RunCostLine(serializers.Serializer[Any]):
    """Hours of one resource, ``cpu`` or ``gpu``. ``cost`` is null where the price table has no price for that day."""

    resource = serializers.CharField()
    hours = serializers.FloatField(source="quantity.estimate")
    steps = serializers.IntegerField(source="rows")
    measured_steps = serializers.IntegerField(source="measured_rows")
    cost = serializers.SerializerMethodField()

    def get_cost(self, line: Line) -> float | None:
        return float(line.cost.amount.estimate) if line.cost.is_complete else None


class RunCostOut(serializers.Serializer[Any]):
    currency = serializers.CharField()
    lines = RunCostLine(many=True)


class RunCost(APIView):
    """What a run used of processors and graphics processors, at the prices of the days it ran on."""

    permission_classes = [People]
    roles = READERS

    @extend_schema(responses={200: RunCostOut})
    def get(self, request: Request, pk: int) -> Response:
        mine = Run.objects.for_member(here(request).person).filter(detector__project=here(request).project)
        run = generics.get_object_or_404(mine, pk=pk)
        return Response(RunCostOut(runs.of_run(run)).data)
