"""Parts of a hold-out: what can be measured apart, from what a manifest says."""

import json

from models_registry.training.parts import parts_of


def found(*rows: dict[str, object]) -> dict[tuple[str, str], list[int]]:
    return {(dimension, value): is_in.nonzero()[0].tolist() for dimension, value, is_in in parts_of(rows)}


def test_brightness_and_size_are_cut_and_every_end_belongs_somewhere() -> None:
    rows = [
        {"brightness": 0.0, "width_px": 200, "height_px": 100},
        {"brightness": 0.25, "width_px": 512, "height_px": 10},
        {"brightness": 1.0, "width_px": 10, "height_px": 4000},
        {"brightness": None},
    ]
    assert found(*rows) == {
        ("brightness", "0-0.25"): [0],
        ("brightness", "0.25-0.5"): [1],
        ("brightness", "0.75-1"): [2],
        ("size", "0-256"): [0],
        ("size", "512-1024"): [1],
        ("size", "2048+"): [2],
    }


def test_source_and_attributes_are_parts_by_their_values() -> None:
    rows = [
        {"source": "question", "attributes": json.dumps({"place": "Kyoto", "is_night": True})},
        {"source": "import", "attributes": "{}"},
        {"attributes": json.dumps({"place": "Nara"})},
    ]
    assert found(*rows) == {
        ("source", "import"): [1],
        ("source", "question"): [0],
        ("attribute:place", "Kyoto"): [0],
        ("attribute:place", "Nara"): [2],
        ("attribute:is_night", "True"): [0],
    }


def test_an_attribute_of_many_values_is_no_slice_and_an_old_manifest_has_none() -> None:
    assert found(*({"attributes": json.dumps({"camera": str(number)})} for number in range(13))) == {}
    assert found({"sha256": "a"}, {"sha256": "b"}) == {}
