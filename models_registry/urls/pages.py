from django.urls import path

from models_registry.views import pages

urlpatterns = [
    path("models/", pages.models, name="models"),
    path("models/runs/<int:run_id>/", pages.run, name="run"),
    path("models/runs/<int:run_id>/epochs/", pages.run_epochs, name="run_epochs"),
    path("models/versions/<int:version_id>/", pages.model_version, name="model_version"),
]
