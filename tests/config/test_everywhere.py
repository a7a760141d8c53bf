"""Tests of doing one thing in every project."""

import logging

import pytest

from config.accounts.everywhere import in_every_project
from config.accounts.models import Project

pytestmark = pytest.mark.django_db


def test_what_is_wrong_in_one_project_keeps_it_from_no_other(caplog: pytest.LogCaptureFixture) -> None:
    for slug in ("cats", "dogs", "birds"):
        Project.objects.create(slug=slug, name=slug)

    def act(project: Project) -> str:
        if project.slug == "dogs":
            raise RuntimeError("broken")
        return project.slug

    with caplog.at_level(logging.ERROR):
        assert in_every_project(act, what="Counting") == ["cats", "birds"]
    assert "Counting failed in dogs" in caplog.text
    assert in_every_project(act, what="Counting", among=Project.objects.filter(slug="cats")) == ["cats"]
