from django.urls import path

from annotation.views import pages, playground_api

urlpatterns = [
    path("models/playground/<int:pk>/<slug:kind>/", playground_api.Picture.as_view(), name="playground_picture"),
    path("label/", pages.label, name="label"),
    path("desks/<slug:desk>/lanes/", pages.lane_counts, name="lane_counts"),
]
