"""What people already have comes in once, whole, from a folder or a zip."""

import zipfile
from datetime import timedelta

import pytest

from annotation import exchange, images
from annotation.exchange import Labeled, Source, UnknownSource
from annotation.models import Image, Truth
from tests.annotation.builders import NOW, encoded, picture, project_of, schema_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _children():
    yield
    images.decoders().close()


FILES = {
    "gruesome/1.jpg": encoded(picture(1)),
    "gruesome/deep/2.PNG": encoded(picture(2), "PNG"),
    "fine/3.webp": encoded(picture(3), "WEBP"),
    "fine/broken.jpg": encoded(picture(4))[:300],
    "fine/empty.jpg": b"",
    "fine/page.gif": b"<html></html>",
    "fine/notes.txt": b"no image",
    "top.jpg": encoded(picture(5)),
    "__MACOSX/fine/._3.jpg": b"left by an operating system",
    "fine/.hidden.jpg": encoded(picture(6)),
}
NAMES = ("fine/3.webp", "fine/broken.jpg", "fine/empty.jpg", "fine/page.gif", "gruesome/1.jpg", "gruesome/deep/2.PNG")


@pytest.fixture
def folder(tmp_path):
    for name, data in FILES.items():
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(data)
    return tmp_path / "photos"


@pytest.fixture
def archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as file:
        for name, data in FILES.items():
            file.writestr(name, data)
    return tmp_path / "photos.zip"


@pytest.fixture(params=["folder", "archive"])
def source(request):
    return Source.open(request.getfixturevalue(request.param))


def labeled(source):
    for name, data in source.read(source.names):
        classes = frozenset({source.folder_of(name)} & {"gruesome"})
        yield Labeled(name=name, data=data, classes=classes, inclusion_probability=0.5)


def bring_in(items, now=NOW):
    project = project_of()
    return exchange.import_labeled(items, project=project, schema=schema_of(project), now=now)


def test_a_source_lists_images_in_folders_and_nothing_else(source):
    assert source.names == NAMES
    assert source.folder_of("gruesome/1.jpg") == "gruesome"


def test_labeled_images_become_truths_and_the_unreadable_are_counted(source):
    result = bring_in(labeled(source))
    assert (result.truths, result.refused, result.repeated) == (3, 3, 0)
    assert sorted(Truth.objects.values_list("classes", "source", "inclusion_probability")) == [
        ([], "import", 0.5),
        ([], "import", 0.5),
        (["gruesome"], "import", 0.5),
    ]
    assert not Truth.objects.filter(image__split_key="").exists()


def test_bringing_in_the_same_twice_adds_nothing(source):
    bring_in(labeled(source))
    n_images = Image.objects.count()
    again = bring_in(labeled(source), now=NOW + timedelta(days=1))
    assert (again.truths, again.repeated) == (0, 3)
    assert (Image.objects.count(), Truth.objects.count()) == (n_images, 3)


def test_of_the_same_bytes_under_two_classes_the_first_stands():
    data = encoded(picture(1))
    items = [Labeled("a", data, frozenset({"gruesome"}), None), Labeled("b", data, frozenset(), None)]
    result = bring_in(items)
    assert (result.truths, result.repeated) == (1, 1)
    assert Truth.objects.get().classes == ["gruesome"]


def test_nothing_to_bring_in_is_nothing():
    assert bring_in([]) == exchange.Imported()


def test_names_that_point_out_of_the_archive_are_only_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "slip.zip", "w") as file:
        file.writestr("../../gruesome/evil.jpg", encoded(picture(1)))
        file.writestr("/etc/gruesome/evil.jpg", encoded(picture(2)))
    before = sorted(tmp_path.parent.rglob("*"))
    result = bring_in(labeled(Source.open(tmp_path / "slip.zip")))
    assert result.truths + result.refused in {1, 2}
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_an_entry_that_is_too_large_damaged_or_encrypted_is_counted_and_the_rest_comes_in(tmp_path, settings):
    settings.IMAGE_MAX_BYTES = 100_000
    with zipfile.ZipFile(tmp_path / "odd.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("fine/bomb.jpg", b"\0" * 10_000_000)
        file.writestr("fine/good.jpg", encoded(picture(1)))
        file.writestr("fine/secret.jpg", encoded(picture(2)))
    data = bytearray((tmp_path / "odd.zip").read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "odd.zip").write_bytes(data)
    source = Source.open(tmp_path / "odd.zip")
    assert max(len(one) for _, one in source.read(source.names)) <= 100_001
    result = bring_in(labeled(source))
    assert (result.truths, result.refused) == (1, 2)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_what_is_no_source_is_refused_with_a_sentence(tmp_path, make):
    make(tmp_path / "it")
    with pytest.raises(UnknownSource):
        Source.open(tmp_path / "it")
