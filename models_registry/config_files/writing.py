"""This will write config files: all that a run's config says, or a study's best values in place of its ranges."""

import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

from models_registry.config_files import tree
from models_registry.config_files.keys import SECTIONS, Key
from models_registry.config_files.tree import Fields, Items, Node, Value
from models_registry.training.configs import Choice, completed

_NOTES = {
    "backbone": "The network",
    "pretrained": "null, torchvision (weights in its cache) or the path of a state dict",
    "canvas": "The square every image is brought to; never cropped",
    "size_px": "Side of the square",
    "padding": "Grey level around an image that is not square",
    "augmentation": "How training images are varied",
    "flip": "Probability of mirroring",
    "shift": "Largest move, as a share of the side",
    "cutout": "Side of a covered square, as a share of the side",
    "jitter": "Largest relative change of brightness and contrast",
    "mixup": "Largest share of another image blended in",
    "focal_gamma": "For focal: how much easy images count less",
    "positive_weight": "root or balanced (of the imbalance), none, or a number",
    "momentum": "For sgd",
    "averaged_share": "The last share of the fit, over which weights are averaged",
    "epochs": "null: about 1,000 steps, between 12 and 60 epochs",
    "precision": "auto is bfloat16 where the hardware computes in it",
    "threads": "null: half of the cores",
    "seed": "Or seeds: [0, 1, 2] for one run each",
}
_NOTE_COLUMN = 28
_LONGEST_NOTE = 62
_LONGEST_LINE = 80


def write(config: Mapping[str, Any]) -> str:
    """Write a run's config as a config file, with every default in it and a note where a key needs one."""
    whole = completed(config)
    lines: list[str] = []
    for name, known in SECTIONS.items():
        if isinstance(known, Key):
            lines.append(_line(name, known, whole, note=name))
        else:
            lines += ["", _noted(f"{name}:", name)]
            lines += [_line(f"  {inner}", key, whole, note=inner) for inner, key in known.items()]
            lines += [""]
    if whole.get("validation"):
        lines += ["", "validation:"]
        for check, limits in whole["validation"].items():
            given = ", ".join(f"{name}: {scalar(limit)}" for name, limit in limits.items())
            lines.append(f"  {check}: {{{given}}}")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def differing(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a run's config says other than the defaults, by dotted names, in the order of a config file."""
    whole, plain = completed(config), completed({})
    return [
        (path, scalar(whole[key.part].get(key.name)))
        for path, key in _keys()
        if whole[key.part].get(key.name) != plain[key.part].get(key.name)
    ]


def every(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return all that a run's config says, defaults too, by dotted names, in the order of a config file."""
    whole = completed(config)
    said = [(path, scalar(whole[key.part].get(key.name))) for path, key in _keys()]
    for check, limits in whole.get("validation", {}).items():
        said += [(f"validation.{check}.{name}", scalar(limit)) for name, limit in limits.items()]
    return said


def _keys() -> list[tuple[str, Key]]:
    found: list[tuple[str, Key]] = []
    for name, known in SECTIONS.items():
        inner = [(name, known)] if isinstance(known, Key) else [(f"{name}.{one}", key) for one, key in known.items()]
        found += inner
    return found


def _line(name: str, key: Key, config: Mapping[str, Any], *, note: str) -> str:
    return _noted(f"{name}: {scalar(config[key.part].get(key.name))}", note, words=key.kind)


def _noted(line: str, name: str, *, words: Any = None) -> str:
    known = ", ".join(words.words) if isinstance(words, Choice) else ""
    note = "; ".join(one for one in (_NOTES.get(name, ""), known) if one)
    if len(note) > _LONGEST_NOTE:
        return "\n".join([*(f"# {one}" for one in textwrap.wrap(note, _LONGEST_LINE)), line])
    return f"{line:<{_NOTE_COLUMN}}# {note}" if note else line


def scalar(value: Any) -> str:
    """Write one value as YAML reads it back."""
    if isinstance(value, str):
        return str(yaml.safe_dump(value, width=10_000)).removesuffix("\n...\n").strip()
    if isinstance(value, float):
        return repr(float(f"{value:.6g}"))
    return "null" if value is None else str(value).lower()


def with_values(text: str, values: Mapping[str, Any]) -> str:
    """Put values in place of a study's ranges, by their dotted names, and take its section ``study`` out.

    Everything else, comments too, stays as it was written.
    """
    changes: list[tuple[int, int, str]] = []
    for path, key, node in _walk(tree.read(text)):
        if path in values:
            changes.append((key.place.end, _end(node), f": {scalar(values[path])}"))
        elif path == "study":
            changes.append((key.place.start, _end(node), ""))
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text.strip() + "\n"


def _walk(fields: Fields, prefix: str = "") -> list[tuple[str, Value, Node]]:
    found: list[tuple[str, Value, Node]] = []
    for key, node in fields.fields:
        found.append((f"{prefix}{key.value}", key, node))
        if isinstance(node, Fields):
            found += _walk(node, f"{prefix}{key.value}.")
    return found


def _end(node: Node) -> int:
    """Say where a value ends. YAML lets an indented one reach to the next key, over comments that are not its own."""
    if isinstance(node, Value):
        return node.place.end
    inner = [_end(one) for one in node.items] if isinstance(node, Items) else [_end(one) for _, one in node.fields]
    return node.place.end if node.is_flow or not inner else max(inner)
