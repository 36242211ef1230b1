"""Fewer bytes must draw the very same screen."""

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style

from tutor.ui.thrift import thrifty

ATTRIBUTES = {
    **{code: name for name, code in (("bold", "1"), ("dim", "2"), ("italic", "3"), ("under", "4"))},
    **{code: name for name, code in (("blink", "5"), ("reverse", "7"), ("strike", "9"))},
}


def drawn(text):
    """What a terminal shows: each character, or other sequence, with what can be seen of its pen."""
    ink = paper = ""
    rest, cells = set(), []
    for found in re.finditer(r"\x1b\[([0-9;]*)m|\x1b\[[^a-zA-Z]*[a-zA-Z]|.", text, re.DOTALL):
        if found[1] is None:
            seen = frozenset(rest - {"bold", "dim", "italic", "blink"} if found[0] == " " else rest)
            shown = ink if seen or found[0] != " " else ""
            cells.append((found[0], *(() if len(found[0]) > 1 else (shown, paper, seen))))
            continue
        codes = found[1].split(";")
        while codes:
            code = codes.pop(0) or "0"
            if code == "0":
                ink = paper = ""
                rest.clear()
            elif code in ("38", "48"):
                size = 4 if codes[0] == "2" else 2
                color, codes = ";".join(codes[:size]), codes[size:]
                ink, paper = (color, paper) if code == "38" else (ink, color)
            elif code in ("39", "49"):
                ink, paper = ("", paper) if code == "39" else (ink, "")
            elif code in ATTRIBUTES:
                rest.add(ATTRIBUTES[code])
            elif code[0] == "3" or code[0] == "9":
                ink = code
            else:
                paper = code
    return [each for each in cells if each[0] not in "\r\n"], (ink, paper, frozenset(rest))


colors = st.sampled_from([None, "#102030", "#ffffff", "red", "bright_blue", "color(17)"])
styles = st.builds(
    Style,
    color=colors,
    bgcolor=colors,
    bold=st.booleans(),
    underline=st.booleans(),
    reverse=st.booleans(),
)
words = st.text("ab ⠄─", max_size=5)
pieces = st.one_of(
    st.builds(
        lambda style, text: style.render(text, color_system=ColorSystem.TRUECOLOR), styles, words
    ),
    st.sampled_from(["\x1b[3;1H", "\r\n", "\n\x1b[12;40H", "\x1b[?2026h", "\x1b[6n", "   ", "x"]),
)


@given(st.lists(pieces, max_size=12).map("".join))
def test_it_draws_the_same_and_is_never_longer(text):
    assert drawn(thrifty(text)) == drawn(text)
    assert len(thrifty(text)) <= len(text)


def test_only_what_changes_is_sent():
    paper = "48;2;16;20;28"
    text = (
        f"\x1b[1;1H\x1b[{paper}m  \x1b[0m\x1b[38;5;9;{paper}mred\x1b[0m"
        f"\n\x1b[2;1H\x1b[38;5;9;{paper}mred too\x1b[0m\x1b[{paper}m   \x1b[0m"
        f"\x1b[1;38;5;9;{paper}mbold\x1b[0m"
    )
    assert thrifty(text) == (
        f"\x1b[1;1H\x1b[{paper}m  \x1b[38;5;9mred\n\x1b[2;1Hred too   \x1b[0;1;38;5;9;{paper}mbold\x1b[m"
    )


def test_what_is_not_about_colours_is_left_alone():
    for text in ("", "\x1b[?1049h", "\x1b[>25u", "\x1b[<u\x1b[?25h", "\x1b]8;;http://x\x1b\\x"):
        assert thrifty(text) == text
