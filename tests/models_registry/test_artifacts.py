"""Files of model versions: kept by content, fetched once, never used unless they are what was registered."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage

from models_registry import artifacts
from models_registry.artifacts import ArtifactDamaged
from models_registry.models import ModelVersion
from tests.models_registry.builders import each_in_a_thread
from tests.models_registry.builders import place as new_place
from tests.models_registry.builders import version as new_version

pytestmark = pytest.mark.django_db
CONTENT = b"what a model knows " * 1000


@pytest.fixture
def version(db: None, tmp_path: Path) -> ModelVersion:
    """A version whose file is stored, and not yet on this machine."""
    path = tmp_path / "model.onnx"
    path.write_bytes(CONTENT)
    made = new_version(new_place(), path)
    local_path(made).unlink(missing_ok=True)
    return made


def local_path(version: ModelVersion) -> Path:
    return Path(settings.VAR_DIR) / "models" / f"{version.artifact_sha256}.onnx"


def test_a_file_is_fetched_once_and_kept(version: ModelVersion) -> None:
    assert artifacts.fetch(version).read_bytes() == CONTENT
    default_storage.delete(version.artifact)
    assert artifacts.fetch(version) == local_path(version)


def test_nothing_is_left_beside_a_fetched_file(version: ModelVersion) -> None:
    path = artifacts.fetch(version)
    assert [one for one in path.parent.iterdir() if one.is_dir() or "partial" in one.name] == []


def test_a_file_that_was_damaged_here_is_fetched_again(version: ModelVersion) -> None:
    artifacts.fetch(version).write_bytes(CONTENT[:100])
    assert artifacts.fetch(version).read_bytes() == CONTENT


def test_a_file_that_was_damaged_in_storage_is_never_used(version: ModelVersion) -> None:
    Path(default_storage.path(version.artifact)).write_bytes(CONTENT[:100])
    with pytest.raises(ArtifactDamaged, match="does not match its checksum"):
        artifacts.fetch(version)
    assert not local_path(version).exists()


def test_a_file_that_storage_has_lost_is_named(version: ModelVersion) -> None:
    default_storage.delete(version.artifact)
    with pytest.raises(ArtifactDamaged, match="is no longer in storage"):
        artifacts.fetch(version)


def test_many_may_fetch_the_same_file_at_once(version: ModelVersion) -> None:
    results = each_in_a_thread(*[lambda: artifacts.fetch(version).read_bytes()] * 8)
    assert set(results) == {CONTENT}


def test_keeping_the_same_content_twice_keeps_one_file(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(CONTENT)
    key = artifacts.keep(path, key="models/same.onnx")
    assert artifacts.keep(path, key="models/same.onnx") == key
