"""This will take answers over HTTP, one or a page at a time, and take them back: translate, one room call, answer."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import labels
from annotation.models import Desk, Lane
from annotation.serializers import ClaimIn, JobOut
from annotation.views.api import ANSWERERS
from config.accounts.rules import People, Place, here
from config.asked import said
from models_registry.nudge import nudge
from moderation import batches, decisions, reasons, revealing, sight, tasks, turns
from moderation.serializers import LabelIn, LabelOut

MOST_ITEMS = 60


class AnswerAndNextIn(LabelIn):
    next = ClaimIn(required=False, allow_null=True, default=None)


class AnswerAndNextOut(LabelOut):
    """``next`` is null where it was not asked for, and empty where there is nothing to do."""

    next = JobOut(many=True, allow_null=True)


class Answer(APIView):
    """Answer the job that a lease token holds."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(
        request=AnswerAndNextIn,
        responses={201: AnswerAndNextOut, 200: AnswerAndNextOut},
        description="201 for a new answer; 200 with what is stored when the very same answer is sent again. "
        "With ``next``, which asks for what a claim asks for, the next jobs are leased in the same request.",
    )
    def post(self, request: Request, pk: int) -> Response:
        given = said(AnswerAndNextIn, request.data)
        now = timezone.now()
        answered, ahead = turns.take(
            pk,
            person=here(request).person,
            token=given["lease_token"],
            answer=_answer(given),
            ahead=_ahead(here(request), given["next"]),
            now=now,
        )
        if answered.decisions and answered.is_new:
            nudge(tasks.deliver)
        seen = _sight(here(request), project_id=answered.accepted.question.project_id)
        body = {
            "label_id": answered.accepted.label.pk,
            "settled": answered.is_settled,
            "revealed": revealing.after(answered, sight=seen, now=now),
            "next": None if ahead is None else JobOut(ahead, many=True).data,
        }
        code = status.HTTP_201_CREATED if answered.is_new else status.HTTP_200_OK
        return Response(body, status=code)


def _ahead(place: Place, given: dict[str, Any] | None) -> turns.Ahead | None:
    """Return what the answer asks for besides; in the project that the address names, as a claim does."""
    if given is None:
        return None
    return turns.Ahead(
        project=place.project,
        roles=place.roles,
        desk=Desk(given["desk"]) if given["desk"] else None,
        lanes=[Lane(one) for one in given["lanes"]] or list(Lane),
        count=given["count"],
    )


def _sight(place: Place, *, project_id: int) -> sight.Sight:
    """Return what they see of the job's project, which may be another than the one that the address names."""
    if project_id == place.project.pk:
        return sight.of_roles(place.roles)
    return sight.of(place.person, project_id=project_id)


def _answer(given: dict[str, Any]) -> labels.Answer:
    return labels.Answer(
        classes=tuple(given["answer"]["classes"]),
        regions=tuple(given["answer"]["regions"]),
        is_unsure=given["answer"]["unsure"],
        note=given["note"],
        reason=given["reason"],
        seconds=given["seconds"],
    )


class ItemIn(LabelIn):
    job = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class BatchIn(serializers.Serializer[Any]):
    batch_id = serializers.UUIDField()
    answers = serializers.ListField(child=ItemIn(), allow_empty=False, max_length=MOST_ITEMS)


class ResultOut(serializers.Serializer[Any]):
    """``label_id`` and ``settled`` where the code is ``stored``, else ``detail``."""

    job = serializers.IntegerField()
    code = serializers.CharField()
    label_id = serializers.IntegerField(required=False)
    settled = serializers.BooleanField(required=False)
    detail = serializers.CharField(required=False)


class BatchOut(serializers.Serializer[Any]):
    batch_id = serializers.UUIDField()
    results = ResultOut(many=True)


class AnswerMany(APIView):
    """Answer a page of jobs. Each is decided on its own: one that is refused holds up no other."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(operation_id="jobs_label_many", request=BatchIn, responses={200: BatchOut})
    def post(self, request: Request) -> Response:
        given = said(BatchIn, request.data)
        items = [batches.Item(one["job"], one["lease_token"], _answer(one)) for one in given["answers"]]
        results = batches.answer(given["batch_id"], items, person=here(request).person, now=timezone.now())
        if any(one.answered and one.answered.decisions for one in results):
            nudge(tasks.deliver)
        return Response({"batch_id": str(given["batch_id"]), "results": [_result(one) for one in results]})


def _result(one: batches.Result) -> dict[str, Any]:
    if one.answered is None:
        return {"job": one.job_id} | _refused(one.refusal)
    accepted = one.answered.accepted
    return {
        "job": one.job_id,
        "code": "stored",
        "label_id": accepted.label.pk,
        "settled": one.answered.is_settled,
    }


def _refused(refusal: Any) -> dict[str, str]:
    return {"code": refusal.code, "detail": str(refusal)}


class Retract(APIView):
    """Take one's own answer back, within ten minutes; the job is leased anew, or null where somebody else is asked."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(request=None, responses={200: JobOut})
    def post(self, request: Request, pk: int) -> Response:
        retracted = decisions.retract(pk, person=here(request).person, now=timezone.now())
        nudge(tasks.deliver)
        return Response({"job": JobOut(retracted.job).data if retracted.job else None})


class TakenBackOut(serializers.Serializer[Any]):
    """``job`` where the code is ``retracted`` (null where somebody else is asked now), else ``detail``."""

    label_id = serializers.IntegerField()
    code = serializers.CharField()
    job = JobOut(required=False, allow_null=True)
    detail = serializers.CharField(required=False)


class TakenBackManyOut(serializers.Serializer[Any]):
    results = TakenBackOut(many=True)


class RetractMany(APIView):
    """Take back every answer of a page; each that can be is leased anew."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(request=None, responses={200: TakenBackManyOut})
    def post(self, request: Request, batch_id: Any) -> Response:
        results = batches.retract(batch_id, person=here(request).person, now=timezone.now())
        nudge(tasks.deliver)
        return Response({"results": [_taken_back(one) for one in results]})


def _taken_back(one: batches.TakenBack) -> dict[str, Any]:
    if one.retracted is None:
        return {"label_id": one.label_id} | _refused(one.refusal)
    job = one.retracted.job
    return {"label_id": one.label_id, "code": "retracted", "job": JobOut(job).data if job else None}


class ReasonOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    class_key = serializers.CharField(allow_null=True)
    text = serializers.CharField()


class Reasons(APIView):
    """The texts that tell a poster why; the key of one is sent along with an answer."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(responses={200: ReasonOut(many=True)})
    def get(self, request: Request) -> Response:
        found = reasons.listed(here(request).project)
        return Response([{"key": one.key, "class_key": one.class_key or None, "text": one.text} for one in found])
