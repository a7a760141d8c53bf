"""This will name the API addresses of the registry, under /api/v1/."""

from django.urls import path

from models_registry.views import api, runs_api

urlpatterns = [
    path("models/", api.Models.as_view(), name="api_models"),
    path("models/<int:pk>/", api.OneModel.as_view(), name="api_model"),
    path("models/<int:pk>/deploy/", api.Deploy.as_view(), name="api_deploy"),
    path("models/<int:pk>/measure/", api.Measure.as_view(), name="api_measure"),
    path("models/<int:pk>/waive/", api.Waive.as_view(), name="api_waive"),
    path("detectors/<int:pk>/roll_back/", api.RollBack.as_view(), name="api_roll_back"),
    path("runs/", runs_api.Runs.as_view(), name="api_runs"),
    path("runs/<int:pk>/", runs_api.OneRun.as_view(), name="api_run"),
    path("runs/<int:pk>/cancel/", runs_api.Cancel.as_view(), name="api_cancel"),
    path("runs/<int:pk>/resume/", runs_api.Resume.as_view(), name="api_resume"),
    path("runs/<int:pk>/waive/", runs_api.WaiveCheck.as_view(), name="api_waive_check"),
]
