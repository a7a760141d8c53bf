from django.urls import URLPattern, URLResolver, include, path

from moderation.urls import measure
from moderation.views import gold, pages, posts

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("project/", pages.choose_project, name="choose_project"),
    path("review/", pages.review, name="review"),
    path("complaints/", pages.complaints, name="complaints"),
    path("appeals/", pages.appeals, name="appeals"),
    path("posts/", posts.posts, name="posts"),
    path("posts/<int:pk>/", posts.post, name="post"),
    path("posts/<int:pk>/gold/", gold.choose, name="post_gold"),
    path("measure/", include(measure.urlpatterns)),
]
