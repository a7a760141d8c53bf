"""Examples: shown to members as derivatives, kept when the classes get another version."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from annotation import examples, images
from annotation.examples import ExampleRefused
from annotation.models import Example, Image
from config.accounts.models import Project, Role
from models_registry import registry
from tests.annotation.builders import CLASSES, NOW, encoded, person_of, picture, project_of, schema_of

pytestmark = pytest.mark.django_db


def add(seed: int = 1, *, class_key: str = "gruesome", is_violation: bool = True, **words: str) -> Example:
    project = project_of()
    schema_of(project)
    data = encoded(picture(seed))
    return examples.add(project, data, class_key=class_key, is_violation=is_violation, now=NOW, **words)


def test_a_guideline_shows_violations_first_and_names_the_address_of_a_derivative() -> None:
    only_seems = add(1, is_violation=False, caption="Ketchup")
    breaks = add(2, caption="Blood")
    shown = examples.shown(schema_of(project_of()))
    assert [one["caption"] for one in shown] == ["Blood", "Ketchup"]
    assert shown[0]["image_url"] == images.url(breaks.image, "view")
    assert (shown[1]["class_key"], shown[1]["is_violation"]) == ("gruesome", False)
    assert only_seems.image.original not in str(shown)


def test_the_same_image_again_only_changes_its_words() -> None:
    first = add(1, caption="Blood")
    again = add(1, caption="A wound")
    assert again == first
    assert Example.objects.get().caption == "A wound"
    assert Image.objects.count() == 1


def test_an_example_stays_when_the_classes_get_another_version_and_goes_with_its_class() -> None:
    add(1)
    add(2, class_key="")
    project = project_of()
    assert len(examples.shown(registry.add_schema(project, classes=CLASSES, now=NOW))) == 2
    without = registry.add_schema(project, classes=CLASSES[1:], now=NOW)
    assert [one["class_key"] for one in examples.shown(without)] == [None]


def test_an_example_of_an_unknown_class_is_refused_and_nothing_is_stored() -> None:
    with pytest.raises(ExampleRefused, match="no class blood"):
        add(class_key="blood")
    assert not Image.objects.exists()


def test_members_get_an_example_without_its_metadata_and_others_get_nothing(client) -> None:
    project = project_of()
    schema_of(project)
    exif = Picture.Exif()
    exif[0x010E] = "taken at home"
    data = encoded(picture(3), exif=exif)
    example = examples.add(project, data, class_key="", is_violation=False, now=NOW)
    client.force_login(person_of(project, "annotator", Role.ANNOTATOR))
    answer = client.get(images.url(example.image, "view"))
    seen = b"".join(answer.streaming_content)
    assert b"taken at home" in data
    assert b"taken at home" not in seen
    assert not Picture.open(io.BytesIO(seen)).getexif()
    client.force_login(person_of(project_of("elsewhere"), "stranger", Role.ADMIN))
    assert client.get(images.url(example.image, "view")).status_code == 404


def form(project: Project, data: bytes, **changed: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("example.jpg", data, "image/jpeg")
    said = {"project": project.pk, "class_key": "gruesome", "is_violation": "on", "caption": "Blood", "position": 0}
    return said | {"file": file} | changed


def test_an_admin_uploads_an_example_changes_its_words_and_takes_it_out(admin_client: Any) -> None:
    project = project_of()
    schema_of(project)
    added = admin_client.post("/admin/annotation/example/add/", form(project, encoded(picture(4))))
    example = Example.objects.get()
    assert added.status_code == 302
    assert (example.caption, example.created_by.username) == ("Blood", "admin")
    address = f"/admin/annotation/example/{example.pk}/"
    words = {"class_key": "elsewhere", "caption": "A wound", "position": 3}
    admin_client.post(f"{address}change/", words)
    example.refresh_from_db()
    assert (example.caption, example.position, example.is_violation) == ("A wound", 3, False)
    assert example.class_key == "gruesome"
    admin_client.post(f"{address}delete/", {"post": "yes"})
    assert not Example.objects.exists()
    assert Image.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"class_key": "blood"}, "no class blood"), ({"file": SimpleUploadedFile("a.jpg", b"text")}, "Not a JPEG")],
)
def test_an_odd_example_is_refused_beside_its_field(admin_client: Any, changed: dict[str, Any], said: str) -> None:
    project = project_of()
    schema_of(project)
    answer = admin_client.post("/admin/annotation/example/add/", form(project, encoded(picture(4)), **changed))
    assert said in answer.content.decode()
    assert not Example.objects.exists()
