"""This will serve the queue over HTTP, and images to members: translate in, one room call, translate out."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import images, leases, queue
from annotation.models import Desk, Image, Lane
from annotation.serializers import (
    ClaimIn,
    EscalateIn,
    JobOut,
    JobsOut,
    LeaseOut,
    ManyIn,
    ManyOut,
    SkipIn,
    TokenIn,
)
from config.accounts.models import Role
from config.accounts.rules import ANY_ROLE, People, here
from config.asked import said

ANSWERERS = frozenset({Role.MODERATOR, Role.ANNOTATOR, Role.MANAGER, Role.ADMIN})
# A derivative never changes: its address names an image, and an image is its bytes.
CACHE_SECONDS = 86_400


class Claim(APIView):
    """Lease the next jobs of one's desks; 204 when there is none."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(request=ClaimIn, responses={200: JobsOut, 204: None})
    def post(self, request: Request) -> Response:
        given = said(ClaimIn, request.data)
        jobs = queue.claim(
            here(request).person,
            project=here(request).project,
            roles=here(request).roles,
            desk=Desk(given["desk"]) if given["desk"] else None,
            lanes=[Lane(one) for one in given["lanes"]] or list(Lane),
            count=given["count"],
            now=timezone.now(),
        )
        if not jobs:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response({"jobs": JobOut(jobs, many=True).data})


class Extend(APIView):
    """Give a lease its full time again."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(request=TokenIn, responses={200: LeaseOut})
    def post(self, request: Request, pk: int) -> Response:
        given = said(TokenIn, request.data)
        job = queue.extend(pk, person=here(request).person, token=given["lease_token"], now=timezone.now())
        return Response(LeaseOut(job).data)


class Release(APIView):
    """Give a job back unanswered."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(request=TokenIn, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        given = said(TokenIn, request.data)
        queue.release(pk, person=here(request).person, token=given["lease_token"], now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExtendMany(APIView):
    """Give many leases their full time again; says of each job whether it was still one's own."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(operation_id="jobs_extend_many", request=ManyIn, responses={200: ManyOut})
    def post(self, request: Request) -> Response:
        tokens = _tokens(request)
        extended = leases.extend(tokens, person=here(request).person, now=timezone.now())
        results = [
            {"job": job, "code": "extended", "lease_until": extended[job]} if job in extended else _lost(job)
            for job in tokens
        ]
        return Response(ManyOut({"results": results}).data)


class ReleaseMany(APIView):
    """Give many jobs back unanswered; says of each whether it was still one's own."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(operation_id="jobs_release_many", request=ManyIn, responses={200: ManyOut})
    def post(self, request: Request) -> Response:
        tokens = _tokens(request)
        released = set(leases.release(tokens, person=here(request).person, now=timezone.now()))
        results = [{"job": job, "code": "released"} if job in released else _lost(job) for job in tokens]
        return Response(ManyOut({"results": results}).data)


def _tokens(request: Request) -> dict[int, UUID]:
    return {one["job"]: one["lease_token"] for one in said(ManyIn, request.data)["jobs"]}


def _lost(job: int) -> dict[str, Any]:
    return {"job": job, "code": queue.LeaseLost.code}


class Skip(APIView):
    """Give a job back and not be asked again; the third skip escalates it."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(request=SkipIn, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        given = said(SkipIn, request.data)
        queue.skip(
            pk, person=here(request).person, token=given["lease_token"], reason=given["reason"], now=timezone.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class Escalate(APIView):
    """Hand a job to managers, with a reason, and not be asked again."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(request=EscalateIn, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        given = said(EscalateIn, request.data)
        queue.hand_up(
            pk, person=here(request).person, token=given["lease_token"], reason=given["reason"], now=timezone.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class OneImage(APIView):
    """Serve a derivative to a member of its project; originals are never served."""

    permission_classes = [People]
    roles = ANY_ROLE

    @extend_schema(responses={(200, "image/jpeg"): bytes, 302: None})
    def get(self, request: Request, pk: int, kind: str) -> HttpResponseBase:
        mine = Image.objects.for_member(here(request).person).filter(project=here(request).project)
        found = mine.select_related("project").filter(pk=pk).first()
        if found is None or kind not in images.KINDS or found.decoded_at is None:
            raise Http404
        key = images.full_size(found) if kind == "full" else getattr(found, kind)
        if settings.S3_BUCKET:
            return HttpResponseRedirect(default_storage.url(key))
        response = FileResponse(default_storage.open(key), content_type="image/jpeg")
        response["Cache-Control"] = f"private, max-age={CACHE_SECONDS}, immutable"
        return response
