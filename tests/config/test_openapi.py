"""The description of the API, from which others make their clients: complete, valid, and with names that last."""

from pathlib import Path

import yaml
from django.core.management import call_command


def test_the_api_is_described_without_a_warning_and_names_are_those_of_the_code(tmp_path: Path) -> None:
    found = tmp_path / "api.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(found))

    said = yaml.safe_load(found.read_text())

    assert said["components"]["schemas"]["PostStatus"]["enum"][0] == "waiting"
    names = {one["operationId"] for path in said["paths"].values() for one in path.values()}
    assert {"posts_list", "posts_create", "jobs_label_create", "jobs_label_many", "jobs_extend_many"} <= names
    assert not any(name[-1].isdigit() for name in names)
