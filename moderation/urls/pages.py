from django.urls import URLPattern, URLResolver, include, path

from moderation.urls import measure
from moderation.views import gold, history, lineage, pages, playground, posts, rollout_pages, watch

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("project/", pages.choose_project, name="choose_project"),
    path("review/", pages.review, name="review"),
    path("complaints/", pages.complaints, name="complaints"),
    path("appeals/", pages.appeals, name="appeals"),
    path("posts/", posts.posts, name="posts"),
    path("posts/<int:pk>/", posts.post, name="post"),
    path("posts/<int:pk>/lineage/", lineage.post_lineage, name="post_lineage"),
    path("posts/<int:pk>/gold/", gold.choose, name="post_gold"),
    path("models/playground/", playground.show, name="playground"),
    path("models/playground/history/", playground.history, name="playground_history"),
    path("models/playground/<int:pk>/", playground.result, name="playground_result"),
    path("models/rescorings/", history.show_all, name="rescorings"),
    path("models/rescorings/<int:pk>/", history.show, name="rescoring"),
    path("models/rescorings/<int:pk>/gallery/", history.gallery, name="rescoring_gallery"),
    path("measure/", include(measure.urlpatterns)),
    path("models/rollouts/", rollout_pages.rollouts, name="rollouts"),
    path("models/rollouts/<int:rollout_id>/", rollout_pages.rollout, name="rollout"),
    path("models/rollouts/<int:rollout_id>/days/", rollout_pages.rollout_days, name="rollout_days"),
    path("models/versions/<int:version_id>/try/", rollout_pages.new_rollout, name="new_rollout"),
    path("models/watch/", watch.show, name="watch"),
    path("models/alerts/<int:alert_id>/seen/", rollout_pages.see_alert, name="see_model_alert"),
]
