from django.urls import path

from annotation.views import pages

urlpatterns = [
    path("label/", pages.label, name="label"),
    path("desks/<slug:desk>/lanes/", pages.lane_counts, name="lane_counts"),
]
