"""This will cut text of any language into lexemes, for an index and for a question to it. Pure.

PostgreSQL's own parser leaves Japanese in one piece, and the embedded server brings no extension for it, so the
``tsvector`` is made here. Words of scripts that write spaces are one lexeme each, without case and accents, and are
found by their beginning. Scripts that write none (Japanese, Chinese, Thai …; Korean too, whose words carry endings)
become overlapping pairs of characters at consecutive positions, so that any run of one or more characters is found,
exactly, as a phrase of pairs.

To look for a beginning, an index has to gather every lexeme that has it, which takes long where they are common. So
beginnings are lexemes too, marked by ``^``: an index answers a coarse query made of whole lexemes, and the exact one is
then asked of the few rows that remain.
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
_BEGINNINGS = (6, 3)
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
    beginnings: set[str] = set()
    start = 0
    for text, weight in fields:
        end = start
        for lexeme, at, is_word in _lexemes(text):
            end = start + at
            if end > _LAST_POSITION:
                break
            where.setdefault(lexeme, []).append(f"{end}{weight}")
            beginnings.update(_beginnings(lexeme, is_word=is_word))
        start = end + _GAP
    placed = (f"'{lexeme}':{','.join(found)}" for lexeme, found in where.items())
    return " ".join([*placed, *(f"'^{one}'" for one in sorted(beginnings))])


def _beginnings(lexeme: str, *, is_word: bool) -> Iterator[str]:
    if not is_word:
        yield lexeme[0]
        return
    yield from (lexeme[:length] for length in _BEGINNINGS if len(lexeme) >= length)


def _lexemes(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield what a text is found by: whole words, and each character of a run with the one after it."""
    for piece in pieces(text):
        if piece.is_word:
            yield piece.text[:_LONGEST_WORD], piece.at, True
            continue
        for number in range(len(piece.text)):
            yield piece.text[number : number + 2], piece.at + number, False


@dataclass(frozen=True)
class Lexeme:
    """What must stand in a text, ``at`` a position counted from the start of its term."""

    text: str
    at: int
    is_word: bool
    is_beginning: bool

    def exactly(self, weights: str) -> str:
        marks = ("*" if self.is_beginning else "") + weights
        return f"'{self.text}'" + (f":{marks}" if marks else "")

    @property
    def coarsely(self) -> str:
        """The same as a whole lexeme, which may stand in more texts."""
        if not self.is_beginning:
            return f"'{self.text}'"
        return f"'^{next(_beginnings(self.text, is_word=self.is_word))}'"


def query(text: str, *, weights: str = "") -> str:
    """Return the literal of a ``tsquery`` that finds every term of ``text``; "" where it holds nothing to look for.

    Terms are parted by spaces. Within a term all must follow each other; its last word may go on. ``weights`` names
    the fields to look into, all where it is empty. Of a very long text the beginning counts.
    """
    return " & ".join(f"({_phrase(term, weights)})" for term in _terms(text))


def coarse(text: str) -> str:
    """Return the literal of a ``tsquery`` of whole lexemes alone; it finds all that ``query`` finds, and maybe more."""
    return " & ".join(dict.fromkeys(lexeme.coarsely for term in _terms(text) for lexeme in term))


def _terms(text: str) -> Iterator[list[Lexeme]]:
    left = MOST_LEXEMES
    for term in text.split():
        wanted = list(_wanted(list(pieces(term))))[:left]
        left -= len(wanted)
        if wanted:
            yield wanted


def _wanted(found: Sequence[Piece]) -> Iterator[Lexeme]:
    for number, piece in enumerate(found):
        if piece.is_word:
            may_go_on = number == len(found) - 1 and len(piece.text) >= SHORTEST_BEGINNING
            yield Lexeme(piece.text[:_LONGEST_WORD], piece.at, is_word=True, is_beginning=may_go_on)
        elif len(piece.text) == 1:
            yield Lexeme(piece.text, piece.at, is_word=False, is_beginning=True)
        else:
            for one in range(len(piece.text) - 1):
                yield Lexeme(piece.text[one : one + 2], piece.at + one, is_word=False, is_beginning=False)


def _phrase(term: Sequence[Lexeme], weights: str) -> str:
    phrase, last = term[0].exactly(weights), term[0].at
    for lexeme in term[1:]:
        phrase, last = f"{phrase} <{lexeme.at - last}> {lexeme.exactly(weights)}", lexeme.at
    return phrase
