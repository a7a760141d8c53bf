"""A config file is read whole or refused with the line of every fault; what comes out is what a fit takes."""

import pytest

from models_registry import config_files
from models_registry.config_files import ConfigFileWrong, tree, writing
from models_registry.ml.recipe import FitConfig
from models_registry.training.configs import CANVAS, FIT, check_config

SMALL = "canvas: {size_px: 32}\n"
STUDY = """# Which rate?
canvas: {size_px: 32}
optimizer:
  learning_rate:   # the usual suspect
    low: 1e-4
    high: 1e-2
    scale: log
  # decay matters less
  weight_decay: {low: 0, high: 0.1, step: 0.05}  # in steps
batch_size: {choices: [32, 64]}
epochs: {low: 2, high: 6}
study:
  trials: 5        # few
  pruning: false
backbone:
  choices:
    - compact
    - resnet18
# The end
"""


def faults(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(ConfigFileWrong) as wrong:
        config_files.read(text)
    return [(one.line, one.column, one.message) for one in wrong.value.faults]


def test_the_smallest_file_stands_for_every_default() -> None:
    found = config_files.read(SMALL)
    assert found.configs() == [found.config]
    assert FitConfig(**found.config["fit"]) == FitConfig()
    check_config(found.config)
    assert not found.is_study


def test_every_value_of_a_run_has_a_key_and_a_written_file_says_them_all() -> None:
    keys = [key for one in config_files.SECTIONS.values() for key in (one.values() if isinstance(one, dict) else [one])]
    assert {(key.part, key.name) for key in keys} == {
        *(("fit", name) for name in FIT),
        *(("canvas", name) for name in CANVAS),
    }
    config = {"canvas": {"size_px": 48}, "fit": {"epochs": 3, "learning_rate": 1e-5, "pretrained": "a: b # c"}}
    text = writing.write(config)
    read = config_files.read(text).config
    assert read["fit"] == FitConfig(**config["fit"]).to_dict()
    assert read["canvas"]["size_px"] == 48
    assert writing.write(read) == text


def test_seeds_make_one_run_each() -> None:
    made = config_files.read(SMALL + "seeds: [3, 1, 2]\n").configs()
    assert [one["fit"]["seed"] for one in made] == [3, 1, 2]
    assert all({**one["fit"], "seed": 0} == {**made[0]["fit"], "seed": 0} for one in made)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("backbone: compakt\n" + SMALL, 1, 11, "Did you mean “compact”?"),
        (SMALL + "optimiser:\n  name: sgd\n", 2, 1, "Did you mean “optimizer”?"),
        (SMALL + "optimizer:\n  learning_rat: 1\n", 3, 3, "Did you mean “learning_rate”?"),
        (SMALL + "zzz: 1\n", 2, 1, "“zzz” is unknown. There is backbone, pretrained, canvas"),
        (SMALL + "epochs: 3\nepochs: 4\n", 3, 1, "This key stands in line 2 already."),
        (SMALL + "loss: bce\n", 2, 7, "This is a section: name,"),
        (SMALL + "epochs: no\n", 2, 9, "This is a whole number from 1 to 10000, or null, not no."),
        (SMALL + "epochs: 0\n", 2, 9, "not 0."),
        (SMALL + "epochs: [1]\n", 2, 9, "not a list."),
        (SMALL + "optimizer: {learning_rate: .nan}\n", 2, 28, "This is a number from 1e-08 to 10"),
        (SMALL + "seed: 99999999999999999999999999\n", 2, 7, "This is a whole number from 0 to 2147483648"),
        (SMALL + "seeds: []\n", 2, 8, "Seeds are a list of one to 10"),
        (SMALL + "seeds: [1, 1]\n", 2, 12, "This seed is listed twice."),
        (SMALL + "validation: {leakag: {fail: 0}}\n", 2, 14, "Did you mean “leakage”?"),
        (SMALL + "validation:\n  label_drift:\n    fail: no\n", 4, 11, "validation.label_drift.fail"),
        (SMALL + "validation: {label_drift: 3}\n", 2, 27, "The limits of a check are keys"),
        (SMALL + "seed: 1\nseeds: [1, 2]\n", 3, 1, "not both"),
        ("backbone: compact\n", 1, 1, "The canvas needs a size_px"),
        ("canvas:\n  filter: box\n", 1, 1, "The canvas needs a size_px"),
        ("canvas: {size_px: 4}\n", 1, 19, "from 8 to 2048, not 4."),
        ("", 1, 1, "A config is a list of keys with values"),
        ("- compact\n", 1, 1, "A config is a list of keys with values"),
        ("backbone: [\n", 2, 1, "This is no YAML"),
        ("backbone: compact\n\tx: 1", 2, 1, "This is no YAML"),
        ("backbone: \x00", 1, 11, "This character cannot stand in a config."),
        ("a: 1\n---\nb: 2\n", 2, 1, "This is no YAML: expected a single document"),
        ("? [a, b]\n: 1\n", 1, 3, "A key is one word."),
        (SMALL + "epochs: {low: 5, high: 2}\nstudy: {}\n", 2, 24, "The high of a range is above its low."),
        (SMALL + "epochs: {low: 1}\nstudy: {}\n", 2, 9, "A range has a low and a high."),
        (SMALL + "epochs: {low: 1, hi: 2}\nstudy: {}\n", 2, 18, "Did you mean “high”?"),
        (SMALL + "epochs: {low: 1, high: 9, step: 0.5}\nstudy: {}\n", 2, 33, "is a whole number"),
        (SMALL + "epochs: {low: 1, high: 9, scale: lag}\nstudy: {}\n", 2, 34, "The scale is linear or log."),
        (SMALL + "augmentation: {flip: {low: 0, high: 1, scale: log}}\nstudy: {}\n", 2, 28, "begins above 0"),
        (SMALL + "backbone: {low: 1, high: 2}\nstudy: {}\n", 2, 11, "list what to try as choices"),
        (SMALL + "backbone: {choices: [compact, resnet19]}\nstudy: {}\n", 2, 31, "Did you mean “resnet18”?"),
        (SMALL + "backbone: {choices: [compact]}\nstudy: {}\n", 2, 21, "two values or more"),
        (SMALL + "backbone: {choices: [compact, compact]}\nstudy: {}\n", 2, 31, "listed twice"),
        (SMALL + "seed: {choices: [1, 2]}\nstudy: {}\n", 2, 7, "A study cannot search this"),
        (SMALL + "epochs: {low: 1, high: 9}\n", 2, 9, "A range needs a section “study”"),
        (SMALL + "study: {trials: 5}\n", 2, 1, "A study needs a range"),
        (SMALL + "study: {trials: 1}\nepochs: {low: 1, high: 2}\n", 2, 17, "from 2 to 200, not 1."),
        (SMALL + "study: {trails: 9}\nepochs: {low: 1, high: 2}\n", 2, 9, "Did you mean “trials”?"),
        (SMALL + "study: {pruning: maybe}\nepochs: {low: 1, high: 2}\n", 2, 18, "Pruning is true or false."),
        (SMALL + "study: 5\nepochs: {low: 1, high: 2}\n", 2, 8, "A study has trials"),
        (SMALL + "seeds: [1, 2]\nstudy: {}\nepochs: {low: 1, high: 2}\n", 2, 1, "A study takes one seed"),
    ],
)
def test_a_fault_is_named_with_its_line_and_column(text: str, line: int, column: int, said: str) -> None:
    found = faults(text)
    assert found[0][:2] == (line, column)
    assert said in found[0][2]


def test_all_faults_are_named_at_once_from_top_to_bottom() -> None:
    found = faults("backbone: compakt\nepochs: 0\nloss:\n  nme: bce\ncanvas: {size_px: 1}\n")
    assert [one[0] for one in found] == [1, 2, 4, 5]


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x\n",
        "\n".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9) if n else 1}]" for n in range(9)),
        "<<: &base {epochs: 1}\n",
    ],
)
def test_anchors_are_refused_before_anything_expands(text: str) -> None:
    assert "Anchors" in faults(text)[0][2]


@pytest.mark.parametrize("text", ["a: !!python/object/apply:os.system [ls]\n", "a: !own 1\n", "!!map {a: 1}\n"])
def test_tags_are_refused(text: str) -> None:
    assert "Tags" in faults(text)[0][2]


def test_what_is_too_large_or_too_deep_is_refused() -> None:
    assert "are the most" in faults("# " + "x" * tree.MOST_CHARACTERS)[0][2]
    assert "nested too deep" in faults("a: " + "[" * 5000)[0][2]
    assert len(faults("\n".join(f"key{n}: 1" for n in range(500)))) == tree.MOST_FAULTS


def test_numbers_are_read_as_people_write_them() -> None:
    text = SMALL + "optimizer:\n  learning_rate: 1e-4\n  weight_decay: .5\npretrained: 'null'\nepochs: ~\n"
    fit = config_files.read(text).config["fit"]
    assert (fit["learning_rate"], fit["weight_decay"], fit["pretrained"], fit["epochs"]) == (1e-4, 0.5, "null", None)


def test_ranges_make_a_study() -> None:
    found = config_files.read(STUDY)
    assert found.study is not None
    assert (found.study.trials, found.study.prunes) == (5, False)
    about = {one.path: one for one in found.ranges}
    rate = about["optimizer.learning_rate"]
    assert (rate.part, rate.name, rate.low, rate.high, rate.is_log) == ("fit", "learning_rate", 1e-4, 1e-2, True)
    assert about["backbone"].choices == ("compact", "resnet18")
    assert about["epochs"].is_whole
    assert about["optimizer.weight_decay"].step == 0.05
    check_config(found.config)


def test_the_best_values_take_the_place_of_the_ranges_and_all_else_stays() -> None:
    best = {
        "optimizer.learning_rate": 0.00123456789,
        "optimizer.weight_decay": 0.05,
        "batch_size": 64,
        "epochs": 4,
        "backbone": "resnet18",
    }
    text = writing.with_values(STUDY, best)
    read = config_files.read(text)
    assert not read.is_study
    assert read.config["fit"]["learning_rate"] == pytest.approx(best["optimizer.learning_rate"], rel=1e-5)
    assert (read.config["fit"]["backbone"], read.config["fit"]["batch_size"]) == ("resnet18", 64)
    assert text.startswith("# Which rate?")
    assert "# decay matters less" in text
    assert "# The end" in text
    assert "study" not in text


def test_limits_of_the_checks_of_the_data_are_read_and_written() -> None:
    text = SMALL + "validation:\n  label_drift: {warn: 0.2, fail: null}\n  few_positives: {fit: 50}\n"
    config = config_files.read(text).config
    assert config["validation"] == {"label_drift": {"warn": 0.2, "fail": None}, "few_positives": {"fit": 50}}
    check_config(config)
    assert config_files.read(writing.write(config)).config == config
