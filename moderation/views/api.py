"""This will serve measurements over HTTP: translate in, one room call, translate out."""

from datetime import UTC, datetime, time, timedelta

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import Role
from config.accounts.rules import People, here
from moderation import measurement
from moderation.serializers import MeasurementQuery


class Measurements(APIView):
    """The metrics of a period, each with its interval."""

    permission_classes = [People]
    roles = frozenset({Role.MANAGER, Role.ENGINEER, Role.ADMIN})

    @extend_schema(
        parameters=[OpenApiParameter("from", str, required=True), OpenApiParameter("to", str, required=True)],
        responses={200: dict},
    )
    def get(self, request: Request) -> Response:
        said = MeasurementQuery(data=request.query_params)
        said.is_valid(raise_exception=True)
        start, last = (datetime.combine(said.validated_data[key], time(), tzinfo=UTC) for key in ("from", "to"))
        period = measurement.Period(start, last + timedelta(days=1))
        return Response(
            {
                "counts": measurement.counts(here(request).project, period),
                "metrics": measurement.to_json(measurement.measure(here(request).project, period), period),
            }
        )
