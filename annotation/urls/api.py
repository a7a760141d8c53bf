"""This will name the API addresses of annotation, under /api/v1/."""

from django.urls import path

from annotation.views import api, lineage_api, playground_api

urlpatterns = [
    path("labels/<int:pk>/lineage/", lineage_api.LabelLineage.as_view(), name="api_label_lineage"),
    path("playground/", playground_api.Playground.as_view(), name="api_playground"),
    path("playground/run/", playground_api.RunPlayground.as_view(), name="api_run_playground"),
    path("playground/<int:pk>/", playground_api.OnePlayground.as_view(), name="api_playground_image"),
    path("jobs/claim/", api.Claim.as_view(), name="api_claim"),
    path("jobs/extend/", api.ExtendMany.as_view(), name="api_extend_many"),
    path("jobs/release/", api.ReleaseMany.as_view(), name="api_release_many"),
    path("jobs/<int:pk>/escalate/", api.Escalate.as_view(), name="api_escalate"),
    path("jobs/<int:pk>/extend/", api.Extend.as_view(), name="api_extend"),
    path("jobs/<int:pk>/release/", api.Release.as_view(), name="api_release"),
    path("jobs/<int:pk>/skip/", api.Skip.as_view(), name="api_skip"),
]
