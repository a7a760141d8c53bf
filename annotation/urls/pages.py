from django.urls import path

from annotation.views import dataset_pages, pages, playground_api

urlpatterns = [
    path("models/datasets/<int:dataset_id>/", dataset_pages.dataset, name="dataset"),
    path("models/datasets/<int:dataset_id>/manifest/", dataset_pages.dataset_manifest, name="dataset_manifest"),
    path("models/images/<int:image_id>/", dataset_pages.image_lineage, name="image_lineage"),
    path("models/playground/<int:pk>/<slug:kind>/", playground_api.Picture.as_view(), name="playground_picture"),
    path("label/", pages.label, name="label"),
    path("desks/<slug:desk>/lanes/", pages.lane_counts, name="lane_counts"),
]
