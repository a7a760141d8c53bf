"""Data is checked by name: each check with its number, its limit and a sentence."""

from typing import Any

import numpy as np
import pytest

from models_registry import validation
from models_registry.training.configs import ConfigWrong, check_config
from models_registry.validation import Finding, LimitsWrong, Outcome, comparing, twins

KEYS = ["gruesome", "no_animal"]
SIDES = ("fit", "fit", "calibration", "hold_out")


def row(number: int, *classes: str, **changed: Any) -> dict[str, Any]:
    """One sound row; each number is another image, and looks like no other."""
    random = np.random.default_rng(number)
    facts = {
        "sha256": f"{number:064x}",
        "original": f"{number}/original",
        "classes": list(classes),
        "split": SIDES[number % 4],
        "inclusion_probability": 0.5,
        "split_key": f"{number:064x}",
        "pdq": random.bytes(32).hex(),
        "width_px": 640,
        "height_px": 480,
        "brightness": float(random.beta(5, 5)),
        "answered_by": [str(number % 3)],
    }
    return facts | changed


def rows(n: int = 400, *, start: int = 0, violating: float = 0.3, **changed: Any) -> list[dict[str, Any]]:
    random = np.random.default_rng(start + 1)
    made = []
    for number in range(start, start + n):
        classes = [KEYS[number // 4 % 2]] if random.random() < violating else []
        made.append(row(number, *classes, **changed))
    return made


def examined(
    given: list[dict[str, Any]], *, before: list[dict[str, Any]] | None = None, **limits: Any
) -> dict[str, Finding]:
    found = validation.examine(given, before=before, class_keys=KEYS, limits=validation.read(limits))
    return {one.name: one for one in found}


def test_sound_data_passes_every_check_and_each_says_so_in_a_sentence() -> None:
    found = examined(rows(300, start=1000), before=rows())
    assert tuple(found) == validation.NAMES
    assert {one.outcome for one in found.values()} == {Outcome.PASSED}, found
    assert all(one.sentence.endswith((".", ").")) and "%(" not in one.sentence for one in found.values())


def test_a_first_version_has_nothing_to_drift_from() -> None:
    found = examined(rows())
    assert {found["label_drift"].outcome, found["image_drift"].outcome} == {Outcome.SKIPPED}
    assert found["label_drift"].sentence == "There is no version before this one to compare with."


@pytest.mark.parametrize(
    "odd",
    [
        {"classes": ["unheard of"]},
        {"split": "elsewhere"},
        {"inclusion_probability": 0.0},
        {"inclusion_probability": 1.5},
        {"inclusion_probability": float("nan")},
        {"sha256": ""},
        {"original": None},
        {"classes": None},
    ],
    ids=str,
)
def test_a_row_that_is_not_what_a_manifest_may_hold_fails_and_disturbs_no_other_check(odd: dict[str, Any]) -> None:
    found = examined([*rows(), row(9_000, **odd)])
    assert (found["schema"].outcome, found["schema"].value, found["schema"].limit) == (Outcome.FAILED, 1, 0)
    assert "401 rows, 1 of which" in found["schema"].sentence
    assert found["duplicates"].outcome == Outcome.PASSED


def test_a_manifest_without_rows_fails() -> None:
    found = examined([])
    assert found["schema"].outcome == Outcome.FAILED
    assert found["few_positives"].outcome == Outcome.FAILED


def test_unreadable_images_warn_and_more_of_them_fail() -> None:
    given = rows(1000)
    given[0]["is_readable"] = False
    assert examined(given)["unreadable_images"].outcome == Outcome.WARNING
    for one in given[:11]:
        one["is_readable"] = False
    found = examined(given)["unreadable_images"]
    assert (found.outcome, found.value, found.limit) == (Outcome.FAILED, 0.011, 0.01)
    assert found.sentence == "11 of 1,000 images cannot be read."


def test_too_few_positives_are_named_by_class_and_side() -> None:
    given = [one for one in rows() if not (one["split"] == "fit" and "gruesome" in one["classes"])]
    found = examined(given)["few_positives"]
    assert (found.outcome, found.value, found.limit) == (Outcome.FAILED, 0, 10)
    assert found.sentence == "Only 0 violations of class gruesome to fit on; at least 10 are needed."


def test_images_of_unknown_weight_do_not_count_where_models_are_calibrated_and_measured() -> None:
    given = rows(inclusion_probability=None)
    sentence = examined(given)["few_positives"].sentence
    assert "to calibrate on" in sentence
    assert "to measure on" in sentence
    assert "to fit on" not in sentence


def test_a_class_that_is_hardly_there_warns_with_its_share() -> None:
    given = [row(number) for number in range(4, 4000)] + [
        row(4 * n, "gruesome", "no_animal") for n in range(1000, 1012)
    ]
    found = examined(given)["class_balance"]
    assert (found.outcome, found.limit) == (Outcome.WARNING, 0.01)
    assert found.sentence == "The rarest class, gruesome, has 0.60 % of the images to fit on."


def test_a_class_that_became_common_is_label_drift() -> None:
    found = examined(rows(400, start=1000, violating=0.9), before=rows())["label_drift"]
    assert found.outcome == Outcome.FAILED
    assert found.value is not None
    assert found.value > 0.5
    assert "changed most" in found.sentence


def test_a_change_that_may_be_noise_is_no_drift() -> None:
    few = rows(60, start=1000, violating=0.42)
    found = examined(few, before=rows())["label_drift"]
    assert (found.outcome, found.value) == (Outcome.PASSED, 0.0)


def test_drift_is_weighed_to_the_traffic_and_not_to_what_was_chosen() -> None:
    new = rows(300, start=1000)
    chosen = rows(2000, start=5000, violating=1.0, inclusion_probability=None)
    assert examined(new + chosen, before=rows())["label_drift"].outcome == Outcome.PASSED


def test_only_what_is_new_is_compared() -> None:
    """A version contains the one before; a hundred odd images among ten thousand would drown in it."""
    before = rows(3000)
    new = rows(100, start=9000, violating=0.95)
    assert examined(before + new, before=before)["label_drift"].outcome == Outcome.FAILED


@pytest.mark.parametrize("changed", [{"brightness": 0.1}, {"width_px": 3000, "height_px": 2250}, {"height_px": 1137}])
def test_images_that_look_otherwise_are_image_drift(changed: dict[str, Any]) -> None:
    found = examined(rows(300, start=1000, **changed), before=rows())["image_drift"]
    assert found.outcome == Outcome.FAILED, found


def test_a_manifest_of_before_there_were_facts_is_not_compared_and_does_not_fail() -> None:
    facts = ("brightness", "width_px", "height_px", "pdq", "split_key", "answered_by")
    bare = [{name: value for name, value in one.items() if name not in facts} for one in rows()]
    found = examined([*bare, *rows(300, start=1000)], before=bare)
    assert found["image_drift"].outcome == Outcome.SKIPPED
    alone = examined(bare)
    assert alone["near_duplicates"].outcome == alone["annotator_imbalance"].outcome == Outcome.SKIPPED
    assert alone["leakage"].outcome == Outcome.PASSED


def test_the_same_bytes_twice_fail() -> None:
    given = rows()
    found = examined([*given, given[0] | {"split": "fit"}])
    assert (found["duplicates"].outcome, found["duplicates"].value) == (Outcome.FAILED, 1)


def near(digest: str, *, bits: int) -> str:
    """Change the last bits of a hash."""
    return f"{int(digest, 16) ^ (2**bits - 1):064x}"


def test_near_duplicates_on_two_sides_are_found_however_their_bits_lie() -> None:
    given = rows(400)
    fit, measured = given[0], given[3]
    measured["pdq"] = near(fit["pdq"], bits=31)
    found = examined(given)["near_duplicates"]
    assert (found.outcome, found.value) == (Outcome.WARNING, 1 / 200)
    measured["pdq"] = near(fit["pdq"], bits=32)
    assert examined(given)["near_duplicates"].outcome == Outcome.PASSED


def test_near_duplicates_of_calibration_and_hold_out_count_too_and_flat_images_never_do() -> None:
    given = rows(400)
    given[3]["pdq"] = near(given[2]["pdq"], bits=5)
    assert examined(given)["near_duplicates"].value == 1 / 200
    for one in given:
        one["pdq"] = ""
    assert examined(given)["near_duplicates"].outcome == Outcome.SKIPPED


def test_all_pairs_are_compared_also_in_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    others = random.integers(0, 2**63, (50, 4), dtype=np.uint64)
    asked = random.integers(0, 2**63, (97, 4), dtype=np.uint64)
    asked[[0, 13, 96]] = others[[3, 9, 49]]
    monkeypatch.setattr(twins, "_BLOCK_PAIRS", 200)
    assert np.flatnonzero(twins.near_to_any(asked, others)).tolist() == [0, 13, 96]


def test_one_person_who_gave_most_answers_is_a_warning_and_can_be_made_a_failure() -> None:
    given = rows(answered_by=["7"])
    found = examined(given)["annotator_imbalance"]
    assert (found.outcome, found.value) == (Outcome.WARNING, 1.0)
    assert found.sentence == "1 people gave 400 answers, one of them 100 %."
    stricter = {"annotator_imbalance": {"warn": None, "fail": 0.9}}
    assert examined(given, **stricter)["annotator_imbalance"].outcome == Outcome.FAILED


def test_relatives_on_two_sides_are_leakage() -> None:
    given = rows()
    given[3]["split_key"] = given[0]["split_key"]
    found = examined(given)["leakage"]
    assert (found.outcome, found.value) == (Outcome.FAILED, 1)
    assert "1 images that calibrate or measure have a relative on another side." in found.sentence


def test_an_image_that_measured_an_earlier_version_and_is_fitted_on_now_is_leakage() -> None:
    before = rows()
    given = [one | {"split": "fit"} if one is before[3] else one for one in before]
    found = examined(given, before=before)["leakage"]
    assert (found.outcome, found.value) == (Outcome.FAILED, 1)


def test_a_stability_index_of_one_population_is_no_more_than_noise() -> None:
    random = np.random.default_rng(0)
    for size in (60, 300, 3000):
        before, now = random.normal(size=2000), random.normal(size=size)
        weights = (np.ones(2000), np.ones(size))
        assert comparing.stability_index(before, now, weights=weights) == 0.0


def test_a_stability_index_is_the_sum_its_authors_define() -> None:
    before, now = np.repeat([0.0, 1.0], 500), np.repeat([0.0, 1.0], [900, 100])
    expected = (0.9 - 0.5) * np.log(0.9 / 0.5) + (0.1 - 0.5) * np.log(0.1 / 0.5)
    assert comparing.stability_index(before, now, weights=(np.ones(1000), np.ones(1000))) == pytest.approx(
        expected, rel=0.01
    )


def test_weights_make_fewer_images_count() -> None:
    assert comparing.effective(np.ones(10)) == 10
    assert comparing.effective(np.array([1.0, 0.0, 0.0])) == 1
    assert comparing.effective(np.array([])) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "is an object"),
        ({"colour": {}}, "colour is unknown"),
        ({"leakage": 3}, "validation.leakage is an object with warn, fail"),
        ({"leakage": {"most": 3}}, "warn, fail"),
        ({"leakage": {"fail": "many"}}, "validation.leakage.fail is a number from 0 on or null"),
        ({"leakage": {"fail": True}}, "not True"),
        ({"leakage": {"fail": float("nan")}}, "not nan"),
        ({"few_positives": {"fit": None}}, "validation.few_positives.fit is a number from 0 on, not None"),
    ],
)
def test_limits_that_cannot_be_read_are_refused_with_a_sentence(given: Any, said: str) -> None:
    with pytest.raises(LimitsWrong, match=said):
        validation.read(given)
    with pytest.raises(ConfigWrong, match=said):
        check_config({"canvas": {"size_px": 16}, "validation": given})


def test_limits_that_are_not_named_keep_their_defaults() -> None:
    read = validation.read({"leakage": {"warn": 1}, "few_positives": {"hold_out": 40}})
    assert (read.leakage.warn, read.leakage.fail) == (1, 0)
    assert (read.few_positives.fit, read.few_positives.hold_out) == (10, 40)
    assert validation.read({}) == validation.Limits()
