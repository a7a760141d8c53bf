from django.urls import path

from models_registry.views import config_pages, files, pages, run_list

urlpatterns = [
    path("models/", pages.models, name="models"),
    path("models/runs/", run_list.runs, name="runs"),
    path("models/compare/", run_list.compare, name="compare_runs"),
    path("models/versions/<int:version_id>/files/<slug:kind>/", files.version_file, name="version_file"),
    path("models/runs/new/", config_pages.new_run, name="new_run"),
    path("models/runs/<int:run_id>/", pages.run, name="run"),
    path("models/runs/<int:run_id>/epochs/", pages.run_epochs, name="run_epochs"),
    path("models/studies/<int:study_id>/", config_pages.study, name="study"),
    path("models/studies/<int:study_id>/trials/", config_pages.study_trials, name="study_trials"),
    path("models/studies/<int:study_id>/train/", config_pages.train_best, name="train_best"),
    path("models/versions/<int:version_id>/", pages.model_version, name="model_version"),
]
