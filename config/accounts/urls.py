"""This will name the API addresses of what belongs to a person, under /api/v1/."""

from django.urls import path

from config.accounts import views

urlpatterns = [path("me/preferences/", views.MyPreferences.as_view(), name="api_preferences")]
