from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from config.pieces import Piece, joined


def test_what_is_filled_in_is_escaped_and_what_is_html_already_is_not() -> None:
    piece = Piece('<b title="{}">{}</b>{}{}')

    said = piece('"x" & <y>', gettext_lazy("Kept"), piece("", 7, "", ""), format_html("<i>{}</i>", "<z>"))

    assert said == ('<b title="&quot;x&quot; &amp; &lt;y&gt;">Kept</b><b title="">7</b><i>&lt;z&gt;</i>')
    assert isinstance(said, SafeString)


def test_blanks_are_filled_by_name_and_what_has_no_blank_is_left_out() -> None:
    piece = Piece('<b class="{tone}">{text}</b>')

    assert piece(text="<a>", tone="good", other=object()) == '<b class="good">&lt;a&gt;</b>'


def test_braces_that_are_filled_in_are_text() -> None:
    assert Piece("<b>{}</b>")("{0.__class__}") == "<b>{0.__class__}</b>"


def test_pieces_are_joined_without_being_escaped_again() -> None:
    assert joined(Piece("<b>{}</b>")(one) for one in "<&") == "<b>&lt;</b><b>&amp;</b>"
