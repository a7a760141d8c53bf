"""This will hear views, complaints and appeals that clients pass on: translate in, one room call, translate out."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.rules import ClientsOnly, client_of
from moderation import appeals, complaints, impressions
from moderation.models import Appeal, Complaint


class ImpressionIn(serializers.Serializer[Any]):
    """How often a post was seen on one day of UTC; the room says which days and counts can be."""

    external_id = serializers.CharField(max_length=200)
    date = serializers.DateField()
    views = serializers.IntegerField()


class ImpressionOut(serializers.Serializer[Any]):
    """What became of one count: ``code`` is stored or unknown_post."""

    external_id = serializers.CharField()
    date = serializers.DateField()
    code = serializers.ChoiceField([impressions.STORED, impressions.UNKNOWN_POST])


class ImpressionsOut(serializers.Serializer[Any]):
    results = ImpressionOut(many=True)


class Impressions(APIView):
    """How often posts were seen, day by day."""

    permission_classes = [ClientsOnly]

    @extend_schema(
        request=ImpressionIn(many=True),
        responses={200: ImpressionsOut},
        description="Up to 1,000 counts. Of one day of one post the largest counts, so sending again is safe.",
    )
    def post(self, request: Request) -> Response:
        sent: serializers.ListSerializer[Any] = serializers.ListSerializer(
            data=request.data, child=ImpressionIn(), allow_empty=False, max_length=impressions.MOST_AT_ONCE
        )
        sent.is_valid(raise_exception=True)
        counted = [impressions.Counted(**one) for one in sent.validated_data]
        codes = impressions.report(client_of(request), counted, now=timezone.now())
        told = [
            {"external_id": one.external_id, "date": one.date.isoformat(), "code": code}
            for one, code in zip(counted, codes, strict=True)
        ]
        return Response({"results": told})


class ComplaintIn(serializers.Serializer[Any]):
    """``external_id`` names the post; ``complaint_id`` is the client's own name for the complaint."""

    external_id = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=100)
    text = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    complaint_id = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    complained_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ComplaintOut(serializers.ModelSerializer[Complaint]):
    external_id = serializers.CharField(source="post.external_id")

    class Meta:
        model = Complaint
        fields = ["id", "complaint_id", "external_id", "reason", "text", "outcome", "complained_at", "received_at"]


class Complaints(APIView):
    """A viewer says that a post breaks a rule."""

    permission_classes = [ClientsOnly]

    @extend_schema(
        request=ComplaintIn,
        responses={201: ComplaintOut, 200: ComplaintOut},
        description="201 for a new complaint; 200 when the same one is sent again under its complaint_id.",
    )
    def post(self, request: Request) -> Response:
        said = ComplaintIn(data=request.data)
        said.is_valid(raise_exception=True)
        made, is_new = complaints.submit(client_of(request), complaints.Said(**said.validated_data), now=timezone.now())
        return Response(ComplaintOut(made).data, status=_status(is_new))


class AppealIn(serializers.Serializer[Any]):
    """``external_id`` names the post; ``appeal_id`` is the client's own name for the appeal."""

    external_id = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    appeal_id = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    appealed_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class AppealOut(serializers.ModelSerializer[Appeal]):
    external_id = serializers.CharField(source="post.external_id")

    class Meta:
        model = Appeal
        fields = ["id", "appeal_id", "external_id", "text", "appealed_at", "received_at"]


class Appeals(APIView):
    """The poster contests that a post was taken down; somebody who had no part in it judges."""

    permission_classes = [ClientsOnly]

    @extend_schema(
        request=AppealIn,
        responses={201: AppealOut, 200: AppealOut},
        description="201 for a new appeal; 200 when the same one is sent again under its appeal_id.",
    )
    def post(self, request: Request) -> Response:
        said = AppealIn(data=request.data)
        said.is_valid(raise_exception=True)
        made, is_new = appeals.submit(client_of(request), appeals.Said(**said.validated_data), now=timezone.now())
        return Response(AppealOut(made).data, status=_status(is_new))


def _status(is_new: bool) -> int:
    return status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
