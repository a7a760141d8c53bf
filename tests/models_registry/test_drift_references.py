"""What a version was measured on, read back from a manifest and scores as they are stored, weighted to the traffic."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from models_registry.drift import bins, references
from models_registry.models import ModelVersion
from models_registry.training import scores
from models_registry.training.scores import Scores
from tests.models_registry.builders import place, version

pytestmark = pytest.mark.django_db
DARK, BRIGHT = 0.21, 0.81
# Of the bright ones a quarter was drawn, so of the traffic they are four fifths.
DRAWN = {DARK: 1.0, BRIGHT: 0.25}


def measured(folder: Path, *, pairs: int, unknown: int = 0) -> ModelVersion:
    """Register a version whose dataset has ``pairs`` dark and as many bright images, all of them held out but the
    first pair, and ``unknown`` ones that nobody knows the weight of; it gives bright images a score of 0.9."""
    looks = [DARK, BRIGHT] * pairs + [BRIGHT] * unknown
    drawn = [DRAWN[one] for one in looks[: 2 * pairs]] + [None] * unknown
    held = slice(2, 2 * pairs)
    is_bright = np.array(looks[held]) == BRIGHT
    said = Scores(
        sha256=[_name(number) for number in range(len(looks))][held],
        known=["bright"],
        class_keys=["bright"],
        probabilities=np.where(is_bright, 0.9, 0.01)[:, None],
        targets=is_bright[:, None],
        weights=1 / np.array(drawn[held], dtype=np.float64),
    )
    scores.write(said, to=folder / "scores.parquet")
    return version(place(), manifest=_manifest(looks, drawn), scores=folder / "scores.parquet")


def _manifest(looks: list[float], drawn: list[float | None]) -> str:
    columns = {
        "sha256": [_name(number) for number in range(len(looks))],
        "original": [f"originals/{number}" for number in range(len(looks))],
        "split": ["fit"] * 2 + ["hold_out"] * (len(looks) - 2),
        "inclusion_probability": pa.array(drawn, pa.float64()),
        "brightness": pa.array(looks, pa.float64()),
        "width_px": [1600] * len(looks),
        "height_px": [1200] * len(looks),
    }
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return default_storage.save("datasets/reference.parquet", ContentFile(out.getvalue()))


def _name(number: int) -> str:
    return f"{number:064d}"


def share_above(counts: list[float], ruler: bins.Ruler, value: float) -> float:
    place = np.searchsorted(ruler.edges, ruler.onto(np.array([value])))[0]
    return float(sum(counts[place:]) / sum(counts))


def test_inputs_and_scores_count_as_much_as_the_traffic_that_they_stand_for(tmp_path: Path) -> None:
    found = references.of_dataset(measured(tmp_path, pairs=300), threshold=0.5)

    assert found is not None
    assert share_above(found.histograms["brightness"], bins.BRIGHTNESS, 0.5) == pytest.approx(0.8)
    assert share_above(found.histograms["score:bright"], bins.SCORE, 0.5) == pytest.approx(0.8)
    assert found.above == pytest.approx(0.8)
    # (Σw)² / Σw² of 300 weights of 1 and 300 of 4; the scores are those of the 299 pairs that were held out.
    assert found.sizes["brightness"] == pytest.approx(1500**2 / 5100)
    assert found.sizes["score:bright"] == pytest.approx(1495**2 / 5083)


def test_without_an_operating_point_nothing_is_said_to_be_above_it(tmp_path: Path) -> None:
    found = references.of_dataset(measured(tmp_path, pairs=300), threshold=None)
    assert found is not None
    assert found.above is None


def test_an_image_that_nobody_knows_the_weight_of_speaks_for_no_traffic(tmp_path: Path) -> None:
    found = references.of_dataset(measured(tmp_path, pairs=300, unknown=500), threshold=0.5)
    assert found is not None
    assert share_above(found.histograms["brightness"], bins.BRIGHTNESS, 0.5) == pytest.approx(0.8)


def test_a_dataset_that_stands_for_too_few_images_of_equal_weight_is_no_reference(tmp_path: Path) -> None:
    # 130 pairs are 260 images, and those weigh as 191 of equal weight do.
    assert references.of_dataset(measured(tmp_path, pairs=130), threshold=0.5) is None
    assert references.of_dataset(measured(tmp_path, pairs=140), threshold=0.5) is not None


def test_scores_that_are_not_what_was_registered_are_no_reference(tmp_path: Path) -> None:
    made = measured(tmp_path, pairs=300)
    kept = made.evaluations.get().scores
    default_storage.delete(kept)
    default_storage.save(kept, ContentFile(b"other bytes"))
    assert references.of_dataset(made, threshold=0.5) is None


def test_a_manifest_that_is_gone_is_no_reference(tmp_path: Path) -> None:
    made = measured(tmp_path, pairs=300)
    default_storage.delete(made.dataset.manifest)
    assert references.of_dataset(made, threshold=0.5) is None
    assert references.hold_out(made)[0] == []


def test_embeddings_are_those_of_a_thousand_of_the_hold_out_with_their_weights(tmp_path: Path) -> None:
    images, weights = references.hold_out(measured(tmp_path, pairs=600, unknown=50))
    assert len(images) == len(weights) == references.MOST_EMBEDDED
    assert (images[0].sha256, images[0].original) == (_name(2), "originals/2")
    assert sorted(set(weights)) == [1.0, 4.0]
