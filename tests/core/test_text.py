"""No control character passes."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tutor.core.text import plain_log, visible

HOSTILE = "A\x1b]0;title\x07B\x1b[2JC\x9b5mD\x1b]52;c;UFdO\x1b\\E\u202eF\x00G\x1bcH\x85I\x1b[6nJ"


def harmless(text):
    return all(
        char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
        for char in text
    ) and not any(char in text for char in "\u202a\u202e\u2066\u2069\u200e\u200f")


@given(st.text())
def test_whatever_comes_in_is_harmless(text):
    assert harmless(visible(text))
    assert harmless(plain_log(text))


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_ordinary_text_is_left_alone(text):
    assert visible(text) == text


def test_hostile_sequences():
    assert "\x1b" not in visible(HOSTILE)
    assert plain_log(HOSTILE) == "ABCDEF".replace("F", "\ufffdF") + "␀GH\ufffdIJ"


def test_a_progress_bar_leaves_its_last_state():
    assert plain_log("10%\r50%\r100%\ndone\r\n") == "100%\ndone\n"


def test_markup_is_not_ours_to_touch():
    assert visible("tensor([nan]) w[i] [/x/y]") == "tensor([nan]) w[i] [/x/y]"
