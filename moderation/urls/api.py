"""This will name the API addresses of moderation, under /api/v1/."""

from django.urls import path

from moderation.views import api

urlpatterns = [
    path("posts/", api.Posts.as_view(), name="api_posts"),
    path("posts/<int:pk>/", api.OnePost.as_view(), name="api_post"),
    path("jobs/<int:pk>/label/", api.Answer.as_view(), name="api_label"),
    path("labels/<int:pk>/retract/", api.Retract.as_view(), name="api_retract"),
    path("measurements/", api.Measurements.as_view(), name="api_measurements"),
]
