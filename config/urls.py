"""This will name every address; each view carries the rule of who may come in."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from annotation.urls import api as annotation_api
from annotation.urls import pages as annotation_pages
from annotation.views.api import OneImage
from annotation.views.image_files import ImageByHash
from config.accounts import urls as accounts_api
from config.accounts.views import choose_language
from config.health import health
from config.schedule.views import schedule
from models_registry.urls import api as models_registry_api
from models_registry.urls import pages as models_registry_pages
from moderation.urls import api as moderation_api
from moderation.urls import pages as moderation_pages

# Staff sign in by the same door as everybody, or a second factor could be walked around.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Second Look"

handler404 = "config.errors.not_found"
handler500 = "config.errors.broke"

# What scripts say. Only our own words, in the language of the asker; the page's address of it names the language.
WORDS = cache_control(private=True, max_age=3600)(JavaScriptCatalog.as_view(packages=["config"]))

urlpatterns = [
    path("health/", health, name="health"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("jsi18n/", WORDS, name="javascript_catalog"),
    path("language/", choose_language, name="choose_language"),
    path("images/<int:pk>/<str:kind>/", OneImage.as_view(), name="image"),
    path("images/by-hash/<str:sha256>/<str:kind>/", ImageByHash.as_view(), name="image_by_sha256"),
    path("schedule/", schedule, name="schedule"),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api_schema"), name="api_docs"),
    path("api/v1/", include(accounts_api.urlpatterns)),
    path("api/v1/", include(moderation_api.urlpatterns)),
    path("api/v1/", include(annotation_api.urlpatterns)),
    path("api/v1/", include(models_registry_api.urlpatterns)),
    path("", include(moderation_pages.urlpatterns)),
    path("", include(annotation_pages.urlpatterns)),
    path("", include(models_registry_pages.urlpatterns)),
]
