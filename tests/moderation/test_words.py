"""Tests of cutting text into lexemes: what a search for any part of it finds."""

import pytest
from django.db import connection

from moderation import words

FIELDS = [
    ("poster-3", "A"),
    ("Photo-17", "B"),
    ("東京タワーの猫", "C"),
    ("Café crème by the Ёлка. iPhone写真 ｶﾀｶﾅ สวัสดี 고양이가 🐶!", "D"),
]


def finds(text: str, *, weights: str = "", fields: list[tuple[str, str]] | None = None) -> bool:
    wanted = words.query(text, weights=weights)
    assert wanted, f"{text!r} asks for nothing"
    with connection.cursor() as cursor:
        vector = words.vector(fields or FIELDS)
        cursor.execute(
            "SELECT v @@ %s::tsquery, v @@ %s::tsquery FROM (SELECT %s::tsvector v)",
            [wanted, words.coarse(text), vector],
        )
        exact, coarse = cursor.fetchone()
    assert coarse or not exact, "The coarse query loses nothing."
    return bool(exact)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "東京",
        "京タワ",
        "タワーの猫",
        "東京タワーの猫",
        "猫",
        "の",
        "カタカナ",
        "ｶﾅ",
        "写真",
        "iphone写真",
        "สวัส",
        "고양이",
        "양이가",
        "🐶",
    ],
)
def test_any_part_of_what_is_written_without_spaces_is_found(text: str) -> None:
    assert finds(text)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["京東", "東京猫", "タワ猫", "猫の", "写真iphone", "東京都"])
def test_the_same_characters_in_another_order_or_apart_are_not(text: str) -> None:
    assert not finds(text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["cafe", "CAFÉ", "crem", "елка", "photo-17", "photo 17", "17 photo", "poster", "by the", "by-the", "猫 cafe"],
)
def test_words_are_found_without_case_and_accents_and_by_their_beginning(text: str) -> None:
    assert finds(text)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["afe", "th", "photo-18", "17-photo", "the-by", "cafe dog"])
def test_the_middle_of_a_word_and_what_is_not_there_are_not_found(text: str) -> None:
    assert not finds(text)


@pytest.mark.django_db
def test_a_search_can_leave_fields_out() -> None:
    assert finds("poster-3")
    assert not finds("poster-3", weights="BCD")
    assert finds("東京タワー photo", weights="BCD")


@pytest.mark.django_db
def test_no_phrase_reaches_from_one_field_into_the_next() -> None:
    assert not finds("17東京")
    assert not finds("猫cafe")


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["'; drop", "a & !b", "\\", "x:*", "<->", "'it''s'", "100% (sure)"])
def test_marks_of_the_query_language_are_only_text(text: str) -> None:
    if words.query(text):
        assert finds(text, fields=[(text, "D")])


@pytest.mark.django_db
def test_a_text_as_long_as_may_be_is_stored_and_found() -> None:
    fields = [
        ("p" * 200, "A"),
        ("i" * 200, "B"),
        ("題" * 500, "C"),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 10_000))), "D"),
    ]
    assert finds("p" * 200, fields=fields)
    assert finds("題題題", fields=fields)
    assert finds(chr(0x4E00 + 9_000) + chr(0x4E00 + 9_001), fields=fields)


@pytest.mark.parametrize("text", ["", "  ", "!?", "・・", "--- …"])
def test_what_holds_no_letter_asks_for_nothing(text: str) -> None:
    assert words.query(text) == ""


def test_a_very_long_question_is_cut() -> None:
    assert words.query("word " * 500).count("'word'") == words.MOST_LEXEMES
