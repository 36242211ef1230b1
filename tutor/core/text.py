"""Neutralise control and escape characters, wherever text that is not ours comes in.

Terminals obey escape sequences in whatever is printed, and no Textual widget holds them back:
lesson text, learner's output, file names and exception messages all pass through here.
"""

import re

_TABLE: dict[int, int | None] = {
    # C0 controls but newline and tab become their pictures, C1 and bidi controls the replacement.
    **{code: 0x2400 + code for code in range(32) if code not in (9, 10)},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys((0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF), 0xFFFD),
    **dict.fromkeys(range(0x202A, 0x202F), 0xFFFD),
    **dict.fromkeys(range(0x2066, 0x206A), 0xFFFD),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
    0x0D: None,
}

_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI ... final byte
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC ... BEL or ST
    r"|[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS, SOS, PM, APC ... ST
    r"|[ -/]*[0-~])"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)


def visible(text: str) -> str:
    """Make every control character visible and harmless; newlines and tabs stay."""
    if text.isprintable():  # nothing in the table is: most short texts need no look at each letter
        return text
    return text.translate(_TABLE)


def plain_log(text: str) -> str:
    """A log as a person would have seen it: no escape sequences, of each line what came last.

    Progress bars overwrite their line with carriage returns; what stands after the last one of a
    line is kept.
    """
    text = _SEQUENCE.sub("", text.replace("\r\n", "\n"))
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return visible("\n".join(lines))
