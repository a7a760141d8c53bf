"""This will take posts in, list them and act on many of them over HTTP: translate in, one room call, translate out."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import generics, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from annotation.images import ImageRefused
from config.accounts.keys import ClientUser
from config.accounts.rules import ClientsOnly, People, PeopleOrClients, client_of, here
from models_registry.nudge import nudge
from moderation import bulk, intake, search, tasks
from moderation.models import Post
from moderation.serializers import NewPost, PostDetail, PostSummary
from moderation.sight import ACTORS, READERS
from moderation.views.queries import PostQuery, cursor_of, searcher_of

_LINK = serializers.URLField(allow_null=True)
_LISTED = inline_serializer(
    "PostList", {"next": _LINK, "previous": serializers.URLField(allow_null=True), "results": PostSummary(many=True)}
)


class Posts(APIView):
    """Find posts, newest first, or take one in."""

    permission_classes = [PeopleOrClients]
    parser_classes = [MultiPartParser]
    roles = READERS

    @extend_schema(operation_id="posts_list", parameters=[PostQuery], responses={200: _LISTED})
    def get(self, request: Request) -> Response:
        said = PostQuery(data=request.query_params)
        said.is_valid(raise_exception=True)
        asked = said.validated_data
        found = search.page(
            searcher_of(request), said.wanted(), cursor=cursor_of(asked["cursor"]), size=asked["page_size"]
        )
        return Response(
            {
                "next": _link(request, found.older),
                "previous": _link(request, found.newer),
                "results": PostSummary([one.post for one in found.found], many=True).data,
            }
        )

    @extend_schema(
        request={"multipart/form-data": NewPost},
        responses={201: PostSummary, 200: PostSummary},
        description="201 for a new post; 200 with the same post when the same content is sent again.",
    )
    def post(self, request: Request) -> Response:
        self._clients_only(request)
        _refuse_huge(request)
        said = NewPost(data=request.data)
        said.is_valid(raise_exception=True)
        post, is_new = intake.submit(client_of(request), _submission(said.validated_data), now=timezone.now())
        nudge(tasks.screen)
        return Response(PostSummary(post).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    def _clients_only(self, request: Request) -> None:
        if not ClientsOnly().has_permission(request, self):
            self.permission_denied(request, message="Posts are sent by clients, with a client's key.")


def _link(request: Request, cursor: Any) -> str | None:
    return None if cursor is None else replace_query_param(request.build_absolute_uri(), "cursor", str(cursor))


# What a form may hold besides its image: field names, texts, attributes, boundaries.
FORM_BYTES = 1024 * 1024


def _refuse_huge(request: Request) -> None:
    """Refuse by the announced length, before a byte of the body is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > settings.IMAGE_MAX_BYTES + FORM_BYTES:
        raise _too_large(int(length))


def _too_large(size_bytes: int) -> ImageRefused:
    return ImageRefused("image_too_large", f"{size_bytes:,} bytes were sent; {settings.IMAGE_MAX_BYTES:,} are allowed.")


def visible_posts(request: Request) -> QuerySet[Post]:
    """Return the posts of the client, or of the project that the person works in."""
    if isinstance(request.user, ClientUser):
        return Post.objects.for_client(client_of(request))
    return Post.objects.for_member(here(request).person).filter(project=here(request).project)


def _submission(said: dict[str, Any]) -> intake.Submission:
    file = said["image"]
    if file.size > settings.IMAGE_MAX_BYTES:
        raise ImageRefused(
            "image_too_large", f"The image has {file.size:,} bytes; {settings.IMAGE_MAX_BYTES:,} are allowed."
        )
    return intake.Submission(**{**said, "image": file.read()})


class OnePost(generics.RetrieveAPIView[Post]):
    """One post with its predictions, verdicts, decisions and events; or take it back."""

    permission_classes = [PeopleOrClients]
    roles = READERS
    serializer_class = PostDetail

    def get_queryset(self) -> QuerySet[Post]:
        return visible_posts(self.request).select_related("image")

    @extend_schema(responses={200: PostSummary}, description="The platform withdrew the post; safe to repeat.")
    def delete(self, request: Request, pk: int) -> Response:
        if not ClientsOnly().has_permission(request, self):
            self.permission_denied(request, message="Posts are withdrawn by the client that sent them.")
        post = generics.get_object_or_404(self.get_queryset(), pk=pk)
        return Response(PostSummary(intake.withdraw(post.pk, client=client_of(request), now=timezone.now())).data)


class BulkIn(serializers.Serializer[Any]):
    """``classes`` are needed to take down, and left out otherwise."""

    batch_id = serializers.UUIDField()
    action = serializers.ChoiceField(bulk.BulkKind.choices)
    classes = serializers.ListField(
        child=serializers.CharField(max_length=50), max_length=50, required=False, default=list
    )
    reason = serializers.CharField(max_length=200)
    posts = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=bulk.MOST_POSTS
    )


class BulkItemOut(serializers.Serializer[Any]):
    post = serializers.IntegerField(source="post_id")
    code = serializers.CharField()


class Bulk(APIView):
    """Act on up to 500 posts; the same batch sent again, in whole or in part, changes nothing twice."""

    permission_classes = [People]
    roles = ACTORS

    @extend_schema(
        request=BulkIn,
        responses={
            200: inline_serializer("BulkOut", {"batch_id": serializers.UUIDField(), "results": BulkItemOut(many=True)})
        },
    )
    def post(self, request: Request) -> Response:
        said = BulkIn(data=request.data)
        said.is_valid(raise_exception=True)
        given, place = said.validated_data, here(request)
        order = bulk.Order(
            batch_id=given["batch_id"],
            kind=bulk.BulkKind(given["action"]),
            classes=tuple(given["classes"]),
            reason=given["reason"],
        )
        items = bulk.act(order, post_ids=given["posts"], project=place.project, person=place.person, now=timezone.now())
        nudge(tasks.deliver)
        return Response({"batch_id": str(order.batch_id), "results": BulkItemOut(items, many=True).data})
