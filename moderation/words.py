"""This will cut text of any language into lexemes, for an index and for a question to it. Pure.

PostgreSQL's own parser leaves Japanese in one piece, and the embedded server brings no extension for it, so the
``tsvector`` is made here. Words of scripts that write spaces are one lexeme each, without case and accents, and are
found by their beginning. Scripts that write none (Japanese, Chinese, Thai …; Korean too, whose words carry endings)
become overlapping pairs of characters at consecutive positions, so that any run of one or more characters is found,
exactly, as a phrase of pairs.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

# Between fields, so that no phrase reaches from the end of one into the beginning of the next.
_GAP = 2
# PostgreSQL keeps positions up to 16383, and lexemes up to 2 kB.
_LAST_POSITION = 16_000
_LONGEST_WORD = 80
# A beginning of one or two letters fits half of the dictionary: such short words are taken whole.
SHORTEST_BEGINNING = 3
MOST_LEXEMES = 60

_UNSEGMENTED = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # Radicals
    (0x3005, 0x30FF),  # Iteration marks, hiragana, katakana
    (0x3100, 0x31FF),  # Bopomofo, small katakana
    (0x3400, 0x9FFF),  # Han
    (0xAC00, 0xD7AF),  # Hangul
    (0xF900, 0xFAFF),  # Han, for compatibility
    (0x20000, 0x3FFFF),  # Han, the rarer ones
)


@dataclass(frozen=True)
class Piece:
    """A word, or a run of characters without spaces; ``at`` is the position of its first one.

    A word takes one position, a run one for each character.
    """

    text: str
    at: int
    is_word: bool


@lru_cache(maxsize=8192)
def _kind(letter: str) -> str:
    """Return "word", "run" for what is written without spaces and for symbols such as emoji, or "" for what parts."""
    category = unicodedata.category(letter)
    if category == "So":
        return "run"
    if category[0] not in "LMN":
        return ""
    code = ord(letter)
    return "run" if any(low <= code <= high for low, high in _UNSEGMENTED) else "word"


@lru_cache(maxsize=8192)
def _plain(letter: str) -> str:
    """Return a letter without its accents; scripts in which a mark makes another letter are left alone."""
    if letter.isascii() or _kind(letter) == "run":
        return letter
    return "".join(one for one in unicodedata.normalize("NFD", letter) if not "\u0300" <= one <= "\u036f")


def fold(text: str) -> str:
    """Return text without what people do not type: case, accents, full and half width."""
    return "".join(map(_plain, unicodedata.normalize("NFKC", text).casefold()))


def pieces(text: str) -> Iterator[Piece]:
    """Yield the words and runs of a text, in order."""
    at, kind, letters = 1, "", ""
    for letter in [*fold(text), " "]:
        found = _kind(letter)
        if found == kind:
            letters += letter
            continue
        if kind:
            yield Piece(letters, at, is_word=kind == "word")
            at += 1 if kind == "word" else len(letters)
        kind, letters = found, letter


def vector(fields: Iterable[tuple[str, str]]) -> str:
    """Return the literal of a ``tsvector`` of (text, weight) fields; the weight is one of A, B, C, D."""
    where: dict[str, list[str]] = {}
    start = 0
    for text, weight in fields:
        end = start
        for lexeme, at in _lexemes(text):
            end = start + at
            if end > _LAST_POSITION:
                break
            where.setdefault(lexeme, []).append(f"{end}{weight}")
        start = end + _GAP
    return " ".join(f"'{lexeme}':{','.join(found)}" for lexeme, found in where.items())


def _lexemes(text: str) -> Iterator[tuple[str, int]]:
    """Yield what a text is found by: whole words, and each character of a run with the one after it."""
    for piece in pieces(text):
        if piece.is_word:
            yield piece.text[:_LONGEST_WORD], piece.at
            continue
        for number in range(len(piece.text)):
            yield piece.text[number : number + 2], piece.at + number


def query(text: str, *, weights: str = "") -> str:
    """Return the literal of a ``tsquery`` that finds every term of ``text``; "" where it holds nothing to look for.

    Terms are parted by spaces. Within a term all must follow each other; its last word may go on. ``weights`` names
    the fields to look into, all where it is empty. Of a very long text the beginning counts.
    """
    phrases, left = [], MOST_LEXEMES
    for term in text.split():
        wanted = list(_wanted(list(pieces(term)), weights=weights))[:left]
        left -= len(wanted)
        if wanted:
            phrases.append(f"({_phrase(wanted)})")
    return " & ".join(phrases)


def _wanted(found: Sequence[Piece], *, weights: str) -> Iterator[tuple[str, int]]:
    """Yield what must stand in the text, and where, counted from the start of the term."""
    for number, piece in enumerate(found):
        if piece.is_word:
            is_beginning = number == len(found) - 1 and len(piece.text) >= SHORTEST_BEGINNING
            yield _asked(piece.text[:_LONGEST_WORD], weights, is_beginning=is_beginning), piece.at
        elif len(piece.text) == 1:
            yield _asked(piece.text, weights, is_beginning=True), piece.at
        else:
            for one in range(len(piece.text) - 1):
                yield _asked(piece.text[one : one + 2], weights, is_beginning=False), piece.at + one


def _asked(lexeme: str, weights: str, *, is_beginning: bool) -> str:
    marks = ("*" if is_beginning else "") + weights
    return f"'{lexeme}'" + (f":{marks}" if marks else "")


def _phrase(wanted: Sequence[tuple[str, int]]) -> str:
    phrase, last = wanted[0]
    for lexeme, at in wanted[1:]:
        phrase, last = f"{phrase} <{at - last}> {lexeme}", at
    return phrase
