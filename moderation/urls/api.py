"""This will name the API addresses of moderation, under /api/v1/."""

from django.urls import path

from moderation.views import (
    answers,
    api,
    decisions_api,
    lineage,
    mine,
    platform,
    posts_api,
    rescorings_api,
    rollouts_api,
    watch_api,
)

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
    path("rollouts/", rollouts_api.Rollouts.as_view(), name="api_rollouts"),
    path("rollouts/<int:pk>/", rollouts_api.OneRollout.as_view(), name="api_rollout"),
    path("rollouts/<int:pk>/share/", rollouts_api.ChangeShare.as_view(), name="api_rollout_share"),
    path("rollouts/<int:pk>/stop/", rollouts_api.Stop.as_view(), name="api_rollout_stop"),
    path("rollouts/<int:pk>/promote/", rollouts_api.Promote.as_view(), name="api_rollout_promote"),
    path("rollouts/<int:pk>/discard/", rollouts_api.Discard.as_view(), name="api_rollout_discard"),
    path("rescorings/", rescorings_api.Rescorings.as_view(), name="api_rescorings"),
    path("rescorings/<int:pk>/", rescorings_api.OneRescoring.as_view(), name="api_rescoring"),
    path("rescorings/<int:pk>/pause/", rescorings_api.Pause.as_view(), name="api_pause_rescoring"),
    path("rescorings/<int:pk>/resume/", rescorings_api.Resume.as_view(), name="api_resume_rescoring"),
    path("rescorings/<int:pk>/cancel/", rescorings_api.Cancel.as_view(), name="api_cancel_rescoring"),
    path("rescorings/<int:pk>/compare/", rescorings_api.CompareAgain.as_view(), name="api_compare_again"),
    path("rescorings/<int:pk>/flips/", rescorings_api.Flips.as_view(), name="api_flips"),
    path("decisions/<int:pk>/lineage/", lineage.DecisionLineage.as_view(), name="api_decision_lineage"),
    path("watch/", watch_api.Watch.as_view(), name="api_watch"),
    path("measurements/", api.Measurements.as_view(), name="api_measurements"),
]
