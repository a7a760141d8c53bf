"""Tests that no page or script says a word that cannot be translated."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.jslexer import tokenize

from config.embedded.paths import CHECKOUT

TEMPLATES = sorted((CHECKOUT / "templates").rglob("*.html"))
SCRIPTS = sorted((CHECKOUT / "static" / "js").rglob("*.js"))
# Our name, and what is written alike in every language.
NAMES = {"Second Look", "HTTP", "SHA-256", "v", "id"}
# What is typed, and the names on the keys of a keyboard.
VERBATIM = {"pre", "code", "kbd", "script", "style"}
KEY_NAMES = {"Enter", "Esc", "Escape", "Tab", "Space", "Ctrl", "Shift", "Home", "End", "Backspace", "Delete"}
SPOKEN = {"title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label", "summary"}

BLOCK = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.S)
# Blocks that hold no words: the classes of a page.
CLASSES = re.compile(r"{%\s*block \w+_class\s*%}.*?{%\s*endblock\s*%}", re.S)
COMMENT = re.compile(r"{#.*?#}|{%\s*comment\b.*?{%\s*endcomment\s*%}", re.S)
TAG = re.compile(r"{%.*?%}|{{.*?}}", re.S)
TRANSLATED = re.compile(r"""{%\s*trans(?:late)?\b.*?%}|_\(("[^"]*"|'[^']*')\)""", re.S)
LITERAL = re.compile(r"""(["'])([A-Z][a-z]+(?: [^"']*)?)\1""")
DATE = re.compile(r"""\|(?:date|time):(["'])(?!c\1|[A-Z_]+_FORMAT\1)""")


class Words(HTMLParser):
    """Collects what a reader or a screen reader would say of a page whose Django tags are gone."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VERBATIM:
            self.open.append(tag)
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        text = data.strip()
        is_key = self.open[-1:] == ["kbd"]
        if not self.open or (is_key and len(text) > 1 and text not in KEY_NAMES):
            self.found.append(text)


def bare(text: str) -> list[str]:
    """Return the words of a template that stand outside every translate tag."""
    reader = Words()
    reader.feed(TAG.sub(" ", CLASSES.sub(" ", BLOCK.sub(" ", COMMENT.sub(" ", text)))))
    return [one for one in reader.found if re.search(r"[A-Za-z\u3041-\u9fff]", without_names(one))]


def without_names(text: str) -> str:
    for name in sorted(NAMES, key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", "", text)
    return text


def handed_over(text: str) -> list[str]:
    """Return the sentences that tags hand to other templates or fall back to, untranslated."""
    rest = TRANSLATED.sub(" ", BLOCK.sub(" ", COMMENT.sub(" ", text)))
    return [found[1] for tag in TAG.findall(rest) for found in LITERAL.findall(tag)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(CHECKOUT / "templates")))
def test_a_template_says_nothing_outside_translate_tags(path: Path) -> None:
    text = path.read_text()
    assert bare(text) + handed_over(text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(CHECKOUT / "templates")))
def test_a_template_writes_dates_by_the_formats_of_the_language(path: Path) -> None:
    """``date:"j M Y"`` would be English in every language: config/formats names ours."""
    assert DATE.findall(path.read_text()) == []


def unsaid(source: str) -> list[str]:
    """Return the string literals of a script that look like words for people and are not handed to gettext."""
    found, before = [], ["", "", "", ""]
    for token in tokenize(source):
        text = token.value[1:-1]
        is_text = token.type in ("string", "template_string") and looks_spoken(text)
        is_said = before[-2:] in (["gettext", "("], ["ngettext", "("]) or before[-4:-2] == ["ngettext", "("]
        if is_text and not is_said and text not in KEY_NAMES:
            found.append(text)
        before = [*before[-3:], token.value]
    return found


def looks_spoken(text: str) -> bool:
    """Two words, or one with a capital: not a selector, an address, the name of an event or of a key."""
    plain = re.sub(r"\$\{.*?\}", "", text)
    return bool(re.fullmatch(r"\s*[A-Z][a-z]+(?:[ ,.:!?…][^<>{}=#\[\]]*)?\s*", plain, re.S))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(CHECKOUT / "static" / "js")))
def test_a_script_says_nothing_outside_gettext(path: Path) -> None:
    assert unsaid(path.read_text()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<img alt="A heron">', ["A heron"]),
        ("<p>{% translate 'Hello' %} <kbd>Esc</kbd></p>", []),
        ("{% blocktranslate %}Hello{% endblocktranslate %}", []),
        ("<p>{# Hello #}{{ hello }} Second Look · HTTP {{ status }}</p>", []),
    ],
)
def test_bare_words_are_found(text: str, words: list[str]) -> None:
    assert bare(text) == words


def test_handed_over_words_are_found() -> None:
    assert handed_over('{{ one|default:"Nothing here" }}{{ one|default:_("Nothing") }}') == ["Nothing here"]


def test_unsaid_words_of_scripts_are_found() -> None:
    source = 'say("Nothing waits"); say(gettext("Saved")); ngettext("One post", "Posts", n); on("Enter"); q("a.b")'
    assert unsaid(source) == ["Nothing waits"]
