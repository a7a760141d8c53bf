"""This will bring the catalogs of translations up to date with what templates, Python and scripts say.

``make messages`` writes ``locale/<language>/LC_MESSAGES``: the ``.po`` files, which people translate, and from them the
``.mo`` files, which run. What is translated stays; what nobody says any more goes. It needs no gettext, only Babel.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages import extract as finding
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("ja",)
# What pages and rooms say, and what scripts in the browser say: Django serves the two apart.
DOMAINS = ("django", "djangojs")
PYTHON_ROOTS = ("config", "annotation", "models_registry", "moderation")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    # A sentence that is stored with its numbers, and worded when it is shown: models_registry/gate.
    "Sentence": None,
}
# Dates and tools would change with every run and say nothing.
NOISE = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid-Bugs-To):.*\n', re.M
)
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)

Found = Iterator[tuple[str, Any]]


def said(domain: str, root: Path = ROOT) -> Catalog:
    """Extract every message of a domain; each knows the files that say it."""
    catalog = Catalog(domain=domain)
    for path, message in _scripts(root) if domain == "djangojs" else _pages_and_rooms(root):
        context, text = _context(message)
        catalog.add(text, locations=[(path, 0)], context=context)
    return catalog


def _pages_and_rooms(root: Path) -> Found:
    for path in sorted((root / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            yield from _found(root, path, _as_python(path))
    for folder in PYTHON_ROOTS:
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _found(root, path, path.read_bytes())


def _scripts(root: Path) -> Found:
    for path in sorted((root / "static" / "js").rglob("*.js")):
        yield from _found(root, path, path.read_bytes(), method="javascript")


def _found(root: Path, path: Path, source: bytes, *, method: str = "python") -> Found:
    name = path.relative_to(root).as_posix()
    options = {"encoding": "utf-8", "parse_template_string": True}
    for _, message, _, context in finding.extract(method, io.BytesIO(source), keywords=KEYWORDS, options=options):
        yield name, (message, context)


def _as_python(path: Path) -> bytes:
    """Turn a template into the calls that its tags stand for.

    Django leaves the rest as rows of X, indented as the page was; in brackets, Python reads them without complaint.
    """
    return f"(\n{templatize(path.read_text(), origin=str(path))}\n)".encode()


def _context(message: Any) -> tuple[str | None, Any]:
    text, context = message
    return context, text


def known(language: str, domain: str, root: Path = ROOT) -> Catalog:
    """Read a ``.po`` file; an empty catalog where there is none yet."""
    path = catalog_path(language, domain, root)
    if not path.exists():
        return Catalog(locale=language, domain=domain)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def catalog_path(language: str, domain: str, root: Path = ROOT) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def updated(language: str, domain: str, root: Path = ROOT) -> Catalog:
    """Return the catalog with exactly what is said today; nothing is guessed from similar sentences."""
    catalog = known(language, domain, root)
    catalog.update(said(domain, root), no_fuzzy_matching=True)
    catalog.project, catalog.version, catalog.fuzzy = "Second Look", "1", False
    catalog.header_comment = f"# What Second Look says, in {language}. `make messages` adds what is new."
    return catalog


def as_po(catalog: Catalog) -> str:
    """Write a catalog as text, in an order and form that change only with what it says."""
    file = io.BytesIO()
    write_po(file, catalog, width=110, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    return NOISE.sub("", file.getvalue().decode())


def as_mo(po: Path, *, language: str) -> bytes:
    """Compile a ``.po`` file; the same text gives the same bytes."""
    with po.open("rb") as file:
        catalog = read_po(file, locale=language)
    catalog.creation_date = catalog.revision_date = NO_DATE
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()


def main() -> None:
    for language in LANGUAGES:
        for domain in DOMAINS:
            path = catalog_path(language, domain)
            path.parent.mkdir(parents=True, exist_ok=True)
            catalog = updated(language, domain)
            path.write_text(as_po(catalog))
            path.with_suffix(".mo").write_bytes(as_mo(path, language=language))
            waiting = sum(1 for one in catalog if one.id and not is_translated(one))
            print(f"{path.relative_to(ROOT)}: {len(catalog)} messages, {waiting} to translate")


def is_translated(message: Any) -> bool:
    """Say whether a message has words in every form, and a person has seen them."""
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return bool(forms) and all(forms) and not message.fuzzy


if __name__ == "__main__":
    main()
