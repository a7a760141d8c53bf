"""This will name the API addresses of moderation, under /api/v1/."""

from django.urls import path

from moderation.views import answers, api, decisions_api, mine, platform, posts_api

urlpatterns = [
    path("posts/", posts_api.Posts.as_view(), name="api_posts"),
    path("posts/bulk/", posts_api.Bulk.as_view(), name="api_bulk"),
    path("posts/<int:pk>/", posts_api.OnePost.as_view(), name="api_post"),
    path("jobs/label/", answers.AnswerMany.as_view(), name="api_label_many"),
    path("jobs/<int:pk>/label/", answers.Answer.as_view(), name="api_label"),
    path("labels/<int:pk>/retract/", answers.Retract.as_view(), name="api_retract"),
    path("batches/<uuid:batch_id>/retract/", answers.RetractMany.as_view(), name="api_retract_many"),
    path("me/today/", mine.MyToday.as_view(), name="api_today"),
    path("reasons/", answers.Reasons.as_view(), name="api_reasons"),
    path("impressions/", platform.Impressions.as_view(), name="api_impressions"),
    path("complaints/", platform.Complaints.as_view(), name="api_complaints"),
    path("appeals/", platform.Appeals.as_view(), name="api_appeals"),
    path("decisions/", decisions_api.Decisions.as_view(), name="api_decisions"),
    path("measurements/", api.Measurements.as_view(), name="api_measurements"),
]
