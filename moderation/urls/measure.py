"""This will name the addresses of the pages about numbers, under /measure/."""

from django.urls import path

from moderation.views import measure_overview

urlpatterns = [
    path("", measure_overview.overview, name="dashboard"),
    path("days/", measure_overview.days, name="dashboard_days"),
    path("trend/", measure_overview.trend, name="dashboard_trend"),
    path("incidents/", measure_overview.incidents, name="incidents"),
]
