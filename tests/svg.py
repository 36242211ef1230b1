"""A screen as SVG: text as text; blocks, braille and lines as shapes, whatever fonts a reader has."""

from collections import defaultdict
from itertools import groupby, pairwise
from xml.sax.saxutils import escape

from rich.cells import cell_len

WIDE, HIGH, SIZE = 9, 18, 15
"""Pixels of a cell, and of its letters: those of a font whose letters are 0.6 of its size wide."""
HALF = HIGH // 2
PAD = 12
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
EIGHTHS = {char: i + 1 for i, char in enumerate("▁▂▃▄▅▆▇")}
LEFTS = {char: 7 - i for i, char in enumerate("▉▊▋▌▍▎▏")}
LINES = {
    **{"─": "lr", "━": "LR", "╌": "lr", "│": "ud", "┤": "lud", "├": "rud", "┬": "lrd", "┴": "lru"},
    **{"┼": "lrud", "└": "ur", "┘": "ul", "┌": "dr", "┐": "dl", "╰": "ur", "╯": "ul", "╭": "dr"},
    **{"╮": "dl"},
}
DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each bit of a braille character."""
SECONDS, HOLD = 0.5, 3.0
"""How long a frame is seen, and the last one."""


def svg(frames, theme, title):
    """A drawing of a screen, or of several that follow each other for ever.

    Each is drawn over the one before it, where it differs; what knows no animation shows the last.

    Args:
        frames: Screens of one size: for each row, stretches of text with their styles.
        theme: Colours of ink and paper where a style names none, as `#rrggbb`.
        title: What it shows, for those who cannot see it.
    """
    screens = [[_cells(row, theme) for row in rows] for rows in frames]
    width, height = len(screens[0][0]) * WIDE + 2 * PAD, len(screens[0]) * HIGH + 2 * PAD
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_film(len(screens))}</style>" if len(screens) > 1 else "",
        f'<rect width="{width}" height="{height}" rx="8" fill="{theme[1]}"/>',
        f'<g transform="translate({PAD} {PAD})" font-family="{FONTS}" font-size="{SIZE}" '
        'xml:space="preserve">',
        *_layer(screens[0], theme[1]),
    ]
    for i, (before, after) in enumerate(pairwise(screens), 1):
        changed = [
            [now if now != was else None for was, now in zip(*rows, strict=True)]
            for rows in zip(before, after, strict=True)
        ]
        parts += [f'<g style="animation-name:f{i}">', *_layer(changed, None), "</g>"]
    return "\n".join(filter(None, [*parts, "</g>", "</svg>"])) + "\n"


def _film(count):
    """Rules by which each frame comes at its time and stays until the first one comes again."""
    whole = (count - 1) * SECONDS + HOLD
    rules = [f"g{{animation:{whole:g}s step-end infinite}}"]
    rules += [
        f"@keyframes f{i}{{0%{{visibility:hidden}}{100 * i * SECONDS / whole:.3f}%"
        "{visibility:visible}}"
        for i in range(1, count)
    ]
    return "".join([*rules, "@media(prefers-reduced-motion:reduce){g{animation:none!important}}"])


def _cells(row, theme):
    """Character, ink, upper and lower paper, and boldness of each cell of a row."""
    cells = []
    for part in row:
        pen = _pen(part.style, theme)
        for char in part.text:
            wide = cell_len(char)
            if not wide and cells:  # it stands over the one before it
                cells[-1] = (cells[-1][0] + char, *cells[-1][1:])
            cells += [_cell(char if not i else " ", *pen) for i in range(wide)]
    return cells


def _pen(style, theme):
    if style is None:
        return *theme, False
    ink, paper = (
        "#{:02x}{:02x}{:02x}".format(*colour.triplet) if colour else instead
        for colour, instead in zip((style.color, style.bgcolor), theme, strict=True)
    )
    return (paper, ink, False) if style.reverse else (ink, paper, bool(style.bold))


def _cell(char, ink, paper, bold):
    """A cell whose half blocks are paper."""
    upper, lower = ink if char in "▀█" else paper, ink if char in "▄█" else paper
    return (" ", "", upper, lower, False) if char in " ▀▄█" else (char, ink, upper, lower, bold)


def _layer(rows, ground):
    """What draws these cells; None is a cell that stays as it is."""
    inks, dots, words = defaultdict(list), defaultdict(list), defaultdict(list)
    for y, cells in enumerate(rows):
        x = 0
        for (kind, ink, bold), part in groupby(cells, key=_kind):
            chars = [cell[0] if cell else " " for cell in part]
            for i, char in enumerate(chars if kind in ("dots", "lines") else ()):
                if kind == "dots":
                    dots[ink] += _dots(char, (x + i) * WIDE, y * HIGH)
                else:
                    inks[ink] += _shape(char, (x + i) * WIDE, y * HIGH)
            if kind == "words":
                words[ink, "bold" if bold else "normal"].append(_text(chars, x, y))
            x += len(chars)
    return [
        '<g shape-rendering="crispEdges">',
        *(f'<path fill="{c}" d="{"".join(d)}"/>' for c, d in _papers(rows, ground).items()),
        *(f'<path fill="{c}" d="{"".join(d)}"/>' for c, d in inks.items()),
        *(f'<path stroke="{c}" stroke-width="2" d="{_joined(d)}"/>' for c, d in dots.items()),
        "</g>",
        *(
            f'<g fill="{ink}" font-weight="{weight}">{"".join(texts)}</g>'
            for (ink, weight), texts in words.items()
        ),
    ]


def _kind(cell):
    if not cell or cell[0] == " ":
        return "", "", False
    char, ink, _, _, bold = cell
    if "\u2800" <= char <= "\u28ff":
        return "dots", ink, False
    return ("lines", ink, False) if char in LINES or "▀" <= char <= "▐" else ("words", ink, bold)


def _papers(rows, ground):
    """The papers by colour, each as few boxes: half rows of cells, joined to right and down."""
    found, open_ = defaultdict(list), {}
    halves = [[cell and cell[2 + lower] for cell in cells] for cells in rows for lower in (0, 1)]
    for y, half in enumerate([*halves, []]):
        spans, x = {}, 0
        for paper, part in groupby(half):
            count = len(list(part))
            if paper and paper != ground:
                spans[x, count, paper] = open_.pop((x, count, paper), y)
            x += count
        for (x, count, paper), top in open_.items():
            found[paper].append(_box(x * WIDE, top * HALF, count * WIDE, (y - top) * HALF))
        open_ = spans
    return found


def _box(x, y, wide, high):
    return f"M{x} {y}h{wide}v{high}h-{wide}z"


def _shape(char, x, y):
    """A character as boxes."""
    if char in EIGHTHS:
        high = round(HIGH * EIGHTHS[char] / 8)
        return [_box(x, y + HIGH - high, WIDE, high)]
    if char in LEFTS:
        return [_box(x, y, max(1, round(WIDE * LEFTS[char] / 8)), HIGH)]
    thick, middle_x, middle_y = 3 if "L" in LINES[char] else 1, x + WIDE // 2, y + HALF
    ways = {
        "l": (x, middle_y, WIDE // 2 + 1, thick),
        "r": (middle_x, middle_y, WIDE - WIDE // 2, thick),
        "u": (middle_x, y, thick, HALF + 1),
        "d": (middle_x, middle_y, thick, HIGH - HALF),
    }
    return [_box(*ways[way]) for way in LINES[char].lower()]


def _dots(char, x, y):
    """Where the dots of a braille character begin."""
    bits = ord(char) - 0x2800
    return [
        (y + (3, 7, 12, 16)[row], x + 1 + 4 * column)
        for i, (column, row) in enumerate(DOTS)
        if bits >> i & 1
    ]


def _joined(dots):
    """Dots as short strokes, each from the end of the one before it."""
    pieces, end_y, end_x = [], 0, 0
    for y, x in sorted(dots):
        pieces.append(f"m{x - end_x} {y - end_y}h3")
        end_y, end_x = y, x + 3
    return "".join(pieces)


def _text(chars, x, y):
    length = f' textLength="{len(chars) * WIDE}"' if len(chars) > 1 else ""
    return f'<text x="{x * WIDE}" y="{y * HIGH + 14}"{length}>{escape("".join(chars))}</text>'
