"""This will take a manager's choice of a gold item: translate in, one room call, translate out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.gold import AlreadyGold
from config.accounts.rules import here, page
from moderation import gold_posts
from moderation.models import Post
from moderation.sight import ACTORS


@require_POST
@page(*ACTORS)
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    place = here(request)
    mine = Post.objects.for_member(place.person).filter(project=place.project).select_related("image")
    one = get_object_or_404(mine, pk=pk)
    try:
        gold_posts.choose(one, by=place.person, now=timezone.now())
    except gold_posts.NothingKnown:
        messages.error(request, _("Nobody has answered yet what this image shows."))
    except AlreadyGold:
        messages.error(request, _("This image is a gold item already, or was one."))
    else:
        messages.success(request, _("This image is a gold item from now on."))
    return redirect("post", pk=one.pk)
