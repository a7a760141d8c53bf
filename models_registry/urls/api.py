"""This will name the API addresses of the registry, under /api/v1/."""

from django.urls import path

from models_registry.views import api, datasets_api, runs_api, studies_api

urlpatterns = [
    path("models/", api.Models.as_view(), name="api_models"),
    path("models/<int:pk>/", api.OneModel.as_view(), name="api_model"),
    path("models/<int:pk>/deploy/", api.Deploy.as_view(), name="api_deploy"),
    path("models/<int:pk>/measure/", api.Measure.as_view(), name="api_measure"),
    path("models/<int:pk>/waive/", api.Waive.as_view(), name="api_waive"),
    path("detectors/<int:pk>/roll_back/", api.RollBack.as_view(), name="api_roll_back"),
    path("datasets/", datasets_api.Datasets.as_view(), name="api_datasets"),
    path("datasets/<int:pk>/", datasets_api.OneDataset.as_view(), name="api_dataset"),
    path("runs/", runs_api.Runs.as_view(), name="api_runs"),
    path("runs/<int:pk>/", runs_api.OneRun.as_view(), name="api_run"),
    path("runs/<int:pk>/cancel/", runs_api.Cancel.as_view(), name="api_cancel"),
    path("runs/<int:pk>/resume/", runs_api.Resume.as_view(), name="api_resume"),
    path("runs/<int:pk>/waive/", runs_api.WaiveCheck.as_view(), name="api_waive_check"),
    path("configs/check/", studies_api.CheckConfig.as_view(), name="api_check_config"),
    path("studies/", studies_api.Studies.as_view(), name="api_studies"),
    path("studies/<int:pk>/", studies_api.OneStudy.as_view(), name="api_study"),
    path("studies/<int:pk>/cancel/", studies_api.Cancel.as_view(), name="api_cancel_study"),
    path("studies/<int:pk>/train/", studies_api.TrainBest.as_view(), name="api_train_best"),
]
