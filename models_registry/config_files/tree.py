"""This will read YAML into values that know their line and column, and nothing else that YAML can do.

No tags, no anchors, one document, plain values as in YAML 1.2 (``1e-4`` is a number, ``no`` is a word), a bounded size
and depth: reading costs little, whatever was sent.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any

import yaml
from django.utils.translation import gettext

MOST_CHARACTERS = 20_000
MOST_DEPTH = 6
MOST_FAULTS = 20
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Place:
    """Where something stands in the text: line and column from 1, and where it begins and ends, in characters."""

    line: int
    column: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where; ``path`` is the dotted name of the value, empty for the text as a whole."""

    line: int
    column: int
    path: str
    message: str


class ConfigFileWrong(ValueError):
    """The text is no config; ``faults`` says what is wrong where, from top to bottom."""

    code = "bad_config_file"

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults, key=lambda one: (one.line, one.column))[:MOST_FAULTS]
        first = self.faults[0]
        # What an HTTP answer about this says beside the sentence.
        self.more = {"errors": [asdict(one) for one in self.faults]}
        super().__init__(f"Line {first.line}, column {first.column}: {first.message}")


@dataclass(frozen=True)
class Value:
    """One plain value."""

    place: Place
    value: None | bool | int | float | str


@dataclass(frozen=True)
class Items:
    """A list; ``is_flow`` where it is written in brackets."""

    place: Place
    items: list["Node"]
    is_flow: bool = False


@dataclass(frozen=True)
class Fields:
    """Keys and their values, in the order of the text; a key may be there twice. ``is_flow`` where in braces."""

    place: Place
    fields: list[tuple[Value, "Node"]]
    is_flow: bool = False


Node = Value | Items | Fields


def read(text: str) -> Fields:
    """Read the text. Raises ConfigFileWrong where it is not YAML, or more of it than a config needs."""
    if len(text) > MOST_CHARACTERS:
        said = gettext("The text has %(given)s characters; %(most)s are the most.")
        raise _wrong(1, 1, said % {"given": len(text), "most": MOST_CHARACTERS})
    try:
        _refuse_cleverness(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error) from None
    except yaml.YAMLError as error:
        raise _unreadable(text, error) from None
    if not isinstance(root, yaml.MappingNode):
        raise _wrong(1, 1, gettext("A config is a list of keys with values, such as “backbone: compact”."))
    made = _node(root)
    assert isinstance(made, Fields)
    return made


def _refuse_cleverness(text: str) -> None:
    """Look at the stream of events, which is flat, before anything recursive or expanding is built from it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        mark: Any = event.start_mark
        at = (mark.line + 1, mark.column + 1)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            raise _wrong(*at, gettext("This is nested too deep."))
        if getattr(event, "anchor", None):
            raise _wrong(*at, gettext("Anchors and aliases (& and *) are not used in a config; write the value twice."))
        if getattr(event, "tag", None):
            raise _wrong(*at, gettext("Tags (!) are not used in a config; write the plain value."))


def _wrong(line: int, column: int, message: str) -> ConfigFileWrong:
    return ConfigFileWrong([Fault(line, column, "", message)])


def _not_yaml(error: yaml.MarkedYAMLError) -> ConfigFileWrong:
    mark: Any = error.problem_mark or error.context_mark
    said = ", ".join(one for one in (error.context, error.problem) if one)
    return _wrong(mark.line + 1, mark.column + 1, gettext("This is no YAML: %(said)s.") % {"said": said})


def _unreadable(text: str, error: yaml.YAMLError) -> ConfigFileWrong:
    before = text[: getattr(error, "position", 0)]
    column = len(before) - before.rfind("\n")
    return _wrong(before.count("\n") + 1, column, gettext("This character cannot stand in a config."))


def _node(node: yaml.Node) -> Node:
    place = Place(node.start_mark.line + 1, node.start_mark.column + 1, node.start_mark.index, node.end_mark.index)
    if isinstance(node, yaml.MappingNode):
        return Fields(place, [(_key(key), _node(value)) for key, value in node.value], bool(node.flow_style))
    if isinstance(node, yaml.SequenceNode):
        return Items(place, [_node(one) for one in node.value], bool(node.flow_style))
    assert isinstance(node, yaml.ScalarNode)
    return Value(place, _plain(node.value) if node.style is None else node.value)


def _key(node: yaml.Node) -> Value:
    made = _node(node)
    if not isinstance(made, Value):
        raise _wrong(made.place.line, made.place.column, gettext("A key is one word."))
    return made


def _plain(text: str) -> None | bool | int | float | str:
    """Tell what a value without quotes means."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _WHOLE.fullmatch(text):
        # Python refuses to read a number of thousands of digits.
        return int(text) if len(text) < 20 else float(text)
    return float(text) if _NUMBER.fullmatch(text) else text
