"""Addresses of sign-up, login and profile."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
