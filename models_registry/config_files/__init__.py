"""This will read what people write to have a model trained: a YAML text, checked, with errors that name their line.

Out comes the plain JSON that a run keeps and its steps read: one config, one for each of several seeds, or the ranges
that a study tries values from. Every default is written down, so a run says the same when defaults change.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from models_registry import validation
from models_registry.config_files import ranges, tree
from models_registry.config_files.keys import MOST_SEEDS, PRUNING, SECTIONS, SEED, STUDY, Key
from models_registry.config_files.ranges import Range
from models_registry.config_files.tree import ConfigFileWrong, Fault, Fields, Items, Node, Place, Value
from models_registry.config_files.wording import unknown_key, wanted
from models_registry.training.configs import completed

__all__ = ["SECTIONS", "ConfigFile", "ConfigFileWrong", "Fault", "Range", "StudyPlan", "read"]


@dataclass(frozen=True)
class StudyPlan:
    """How long a study goes on, and whether it gives up hopeless trials early."""

    trials: int = 20
    prunes: bool = True


@dataclass(frozen=True)
class ConfigFile:
    """A config as read. ``config`` holds the first seed, and the first value of each range."""

    text: str
    config: dict[str, Any]
    seeds: tuple[int, ...]
    ranges: tuple[Range, ...]
    study: StudyPlan | None

    @property
    def is_study(self) -> bool:
        return bool(self.ranges)

    def configs(self) -> list[dict[str, Any]]:
        """Return what to run: one config per seed."""
        return [self.with_values({"fit.seed": seed}) for seed in self.seeds]

    def with_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the config with some values changed, each named by part and name, such as ``fit.seed``."""
        made = copy.deepcopy(self.config)
        for where, value in values.items():
            part, _, name = where.partition(".")
            made[part][name] = value
        return made


def read(text: str) -> ConfigFile:
    """Read a config file. Raises ConfigFileWrong with everything that is wrong with it."""
    reading = _Reading()
    root = tree.read(text)
    reading.section(root, SECTIONS, more=tuple(reading.others))
    reading.whole()
    if reading.faults:
        raise ConfigFileWrong(reading.faults)
    return reading.made(text)


class _Reading:
    """What one walk over a text has found so far."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.parts: dict[str, dict[str, Any]] = {"canvas": {}, "fit": {}}
        self.places: dict[str, Place] = {}
        self.ranges: list[Range] = []
        self.seeds: list[int] = []
        self.study: StudyPlan | None = None
        self.limits: dict[str, dict[str, Any]] = {}
        self.others = {"seeds": self._seeds, "study": self._study, "validation": self._validation}

    def say(self, place: Place, path: str, message: str) -> None:
        self.faults.append(Fault(place.line, place.column, path, message))

    def section(
        self, fields: Fields, known: Mapping[str, Any], *, prefix: str = "", more: tuple[str, ...] = ()
    ) -> None:
        for key, value in fields.fields:
            name, path = str(key.value), f"{prefix}{key.value}"
            if name not in known and name not in more:
                self.say(key.place, path, unknown_key(name, (*known, *more)))
            elif path in self.places:
                line = self.places[path].line
                self.say(key.place, path, gettext("This key stands in line %(line)s already.") % {"line": line})
            else:
                self.places[path] = key.place
                self._take(known.get(name), value, path=path)

    def _take(self, known: Key | Mapping[str, Key] | None, value: Node, *, path: str) -> None:
        if known is None:
            self.others[path](value)
        elif isinstance(known, Key):
            self._value(known, value, path=path)
        elif isinstance(value, Fields):
            self.section(value, known, prefix=f"{path}.")
        else:
            said = gettext("This is a section: %(keys)s stand below it, each in a line of its own, indented.")
            self.say(value.place, path, said % {"keys": ", ".join(known)})

    def _value(self, key: Key, value: Node, *, path: str) -> None:
        if isinstance(value, Fields):
            self._range(key, value, path=path)
        elif isinstance(value, Value) and key.kind.takes(value.value):
            self.parts[key.part][key.name] = value.value
        else:
            self.say(value.place, path, wanted(key.kind, value))

    def _range(self, key: Key, value: Fields, *, path: str) -> None:
        try:
            found = ranges.read(value, key=key, path=path)
        except ranges.NoRange as error:
            self.say(error.place, error.path, error.message)
            return
        self.ranges.append(found)
        self.parts[key.part][key.name] = found.first

    def _seeds(self, value: Node) -> None:
        if not isinstance(value, Items) or not 1 <= len(value.items) <= MOST_SEEDS:
            said = gettext("Seeds are a list of one to %(most)s whole numbers, in [ ].")
            self.say(value.place, "seeds", said % {"most": MOST_SEEDS})
            return
        for one in value.items:
            if not isinstance(one, Value) or not SEED.takes(one.value):
                self.say(one.place, "seeds", wanted(SEED, one))
            elif one.value in self.seeds:
                self.say(one.place, "seeds", gettext("This seed is listed twice."))
            else:
                self.seeds.append(int(str(one.value)))

    def _study(self, value: Node) -> None:
        if not isinstance(value, Fields):
            self.say(value.place, "study", gettext("A study has trials, and may have pruning, below it."))
            return
        taken: dict[str, Any] = {}
        for key, one in value.fields:
            name = str(key.value)
            if name in taken:
                self.say(key.place, f"study.{name}", gettext("This key stands here twice."))
            taken[name] = self._of_study(key, one)
        plan = StudyPlan()
        self.study = StudyPlan(taken.get("trials") or plan.trials, taken.get(PRUNING) is not False)

    def _of_study(self, key: Value, value: Node) -> Any:
        name, path = str(key.value), f"study.{key.value}"
        found = value.value if isinstance(value, Value) else None
        if name not in (*STUDY, PRUNING):
            self.say(key.place, path, unknown_key(name, (*STUDY, PRUNING)))
        elif name == PRUNING and not isinstance(found, bool):
            self.say(value.place, path, gettext("Pruning is true or false."))
        elif name in STUDY and not STUDY[name].takes(found):
            self.say(value.place, path, wanted(STUDY[name], value))
        return found

    def _validation(self, value: Node) -> None:
        """Read the limits of the checks of the data; the checks themselves say what each takes."""
        if not isinstance(value, Fields):
            self.say(value.place, "validation", gettext("Name checks below it, each with its limits."))
            return
        for key, given in value.fields:
            name = str(key.value)
            if name not in validation.NAMES:
                self.say(key.place, f"validation.{name}", unknown_key(name, validation.NAMES))
            elif name in self.limits:
                self.say(key.place, f"validation.{name}", gettext("This key stands here twice."))
            else:
                self.limits[name] = self._limits_of(name, given)

    def _limits_of(self, check: str, given: Node) -> dict[str, Any]:
        taken: dict[str, Any] = {}
        if not isinstance(given, Fields):
            self.say(
                given.place, f"validation.{check}", gettext("The limits of a check are keys with numbers or null.")
            )
            return taken
        for key, one in given.fields:
            limit = {str(key.value): one.value if isinstance(one, Value) else "?"}
            try:
                validation.read({check: limit})
            except validation.LimitsWrong as error:
                self.say(one.place, f"validation.{check}.{key.value}", str(error))
            taken |= limit
        return taken

    def whole(self) -> None:
        """Check what no line shows by itself."""
        here = self.places
        if "canvas.size_px" not in here:
            at = here.get("canvas", Place(1, 1))
            self.say(at, "canvas.size_px", gettext("The canvas needs a size_px: the side of the square a model sees."))
        if "seed" in here and "seeds" in here:
            self.say(here["seeds"], "seeds", gettext("A config has a seed or seeds, not both."))
        if self.ranges and len(self.seeds) > 1:
            self.say(here["seeds"], "seeds", gettext("A study takes one seed; its trials differ in their values."))
        if self.ranges and self.study is None:
            said = gettext("A range needs a section “study” that says how many trials there may be.")
            self.say(self.ranges[0].place, self.ranges[0].path, said)
        if self.study and not self.ranges and not self.faults:
            said = gettext(
                "A study needs a range to search, such as “learning_rate: {low: 1e-4, high: 1e-2, scale: log}”."
            )
            self.say(here["study"], "study", said)

    def made(self, text: str) -> ConfigFile:
        config = completed(self.parts | ({"validation": self.limits} if self.limits else {}))
        seeds = tuple(self.seeds) or (int(config["fit"]["seed"]),)
        config["fit"]["seed"] = seeds[0]
        return ConfigFile(text, config, seeds, tuple(self.ranges), self.study)
