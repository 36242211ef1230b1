"""Only what changes is sent; what is seen is what Textual wrote, whatever happens in between."""

import threading
from itertools import chain
from random import Random

from emulator import Emulator
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size

from tutor.ui.grid import Grid, sparing_driver

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
WIDTH, HEIGHT = 12, 5
SMALL = 9, 3


def styled(style, text):
    return style.render(text, color_system=ColorSystem.TRUECOLOR)


def move(x, y):
    return f"\x1b[{y + 1};{x + 1}H"


COLORS = [None, None, "#102030", "#ffffff", "red", "bright_blue"]
STRANGE = ["漢", "a漢字", "e\u0301", "🙂b"]


def stretch(random):
    """Text in some style."""
    style = Style(color=random.choice(COLORS), bgcolor=random.choice(COLORS))
    if random.random() < 0.2:
        style += Style(**{random.choice(["bold", "underline", "reverse"]): True})
    chars = random.choice(["▀", "▄", " ", "ab", "ab ▀▄⠄─"])
    text = "".join(random.choices(chars, k=random.randint(1, 6)))
    return style, random.choice(STRANGE) if random.random() < 0.1 else text


def frame(seed):
    """A frame as the compositor writes it: stretches from top to bottom, then the cursor."""
    random = Random(seed)
    text, row = "", None
    for y in sorted(random.randrange(HEIGHT) for _ in range(random.randrange(7))):
        x = random.randrange(WIDTH - 1)
        text += ("" if row in (None, y) else "\n") + move(x, y)
        row, room = y, WIDTH - x
        for style, words in (stretch(random) for _ in range(random.randint(1, 4))):
            room -= cell_len(words)
            if room >= 0:
                text += styled(style, words)
    return BEGIN + text + move(random.randrange(WIDTH), random.randrange(HEIGHT)) + END


frames = st.tuples(st.just("frame"), st.integers(0, 9999).map(frame))
late = st.tuples(st.just("late"), st.integers(0, 9999).map(frame))
"""A frame of the old size, just after the terminal was made smaller."""
others = st.sampled_from(
    [
        ("raw", "\x1b[6n"),
        ("raw", "\x1b]22;default\x07"),
        ("raw", "\x07"),
        ("raw", "\x1b]52;c;Zm9v\x07"),
        ("raw", "\x1b[?25l"),
        ("raw", "\x1b[2J"),
        ("raw", f"{move(2, 1)}\x1b[31mred\x1b[0m\x1b[K"),
        ("raw", f"{move(1, 2)}\x1b]8;id=1;http://x\x1b\\link\x1b]8;;\x1b\\{move(0, 0)}"),
        ("raw", "\x1b[?1049h"),
        ("raw", "\x1b[?1049l"),
        ("raw", "\x1b[1;38;2;1;2;3m"),
        ("raw", "\x1b[0m"),
        ("resize", (WIDTH, HEIGHT)),
        ("resize", (14, 6)),
        ("wrote", move(1, 1) + "wall"),
    ]
)


def full(width, height):
    """A screen of letters, all of it."""
    return "\n".join(f"{move(0, y)}{'xyz'[y % 3] * width}" for y in range(height)) + move(0, 0)


def played(happens, cuts=()):
    """Two terminals, sent everything and only what is needed; compared after each happening."""
    every, sparing, grid = Emulator(WIDTH, HEIGHT), Emulator(WIDTH, HEIGHT), Grid()
    cuts = list(cuts)
    happens = chain.from_iterable(
        (each, ("resize", (WIDTH, HEIGHT))) if each[0] == "late" else (each,) for each in happens
    )
    for kind, what in happens:
        if kind == "resize":
            for terminal in (every, sparing):
                terminal.resize(*what)
            grid.resized(*what)
            what = full(*what)
        elif kind == "late":
            for terminal in (every, sparing):
                terminal.resize(*SMALL)
            grid.resized(*SMALL)
            what += full(*SMALL)
        elif kind == "wrote":
            for terminal in (every, sparing):
                terminal.feed(what)
            grid.forget()
            what = full(*every.size)
        cut = cuts.pop() % (len(what) + 1) if cuts else 0
        for piece in (what[:cut], what[cut:]):
            every.feed(piece)
            sparing.feed(grid.needed(piece))
        assert sparing.screen() == every.screen(), (kind, what)
        assert (sparing.x, sparing.y) == (every.x, every.y) or kind != "frame"
    return every, sparing, grid


@given(st.lists(frames | frames | others | late, max_size=14))
def test_what_is_seen_is_what_was_written(happens):
    every, sparing, grid = played(happens)
    assert grid.sent <= sparing.count <= every.count + 16 * len(happens) + 16


@given(
    st.lists(frames | frames | others | late, max_size=8), st.lists(st.integers(0, 400), max_size=8)
)
def test_writes_may_be_cut_anywhere(happens, cuts):
    played(happens, cuts)


ROW = f"{BEGIN}{move(2, 1)}{styled(Style(color='#102030', bgcolor='red'), 'step 7 of 90 ')}{move(0, 0)}{END}"


def test_what_stands_there_already_is_not_sent():
    grid = Grid()
    assert "step 7 of 90" in grid.needed(ROW)
    assert grid.needed(ROW) == ""
    assert grid.needed(ROW.replace("7 of 90", "8 of 91")) == (
        f"{BEGIN}{move(7, 1)}8\x1b[5C1{move(0, 0)}{END}"
    )
    grid.forget()
    assert "step 7 of 90" in grid.needed(ROW)


def test_a_few_cells_between_two_changes_are_sent_again_where_that_is_shorter():
    grid = Grid()
    grid.needed(move(0, 0) + "abcdefghijklmnop")
    assert grid.needed(move(0, 0) + "AbcDefghijklmnoP") == "\x1b[1;1HAbcD\x1b[11CP"


def test_half_blocks_are_turned_upside_down_where_that_is_shorter():
    grid = Grid()
    red, blue = "38;5;1", "38;5;4"
    grid.needed(f"{move(0, 0)}\x1b[{red};48;5;4m▀")
    needed = grid.needed(f"\x1b[{blue};48;5;1m▀\x1b[{red};48;5;1m▀\x1b[{blue};48;5;2m▀")
    # Red below blue with the pen that drew blue below red; then red alone, which is paper.
    assert needed == "▄\x1b[48;5;1m \x1b[38;5;4;48;5;2m▀"


def test_an_alternate_screen_is_a_new_one():
    grid = Grid()
    grid.needed(ROW)
    grid.needed("\x1b[?1049l")
    assert "step 7 of 90" in grid.needed(ROW)


class Terminal(HeadlessDriver):
    """A driver that keeps what it is to write."""

    def __init__(self):
        self.written = []

    def write(self, data):
        self.written.append(data)


def test_the_driver_writes_what_is_needed_and_nothing_where_nothing_is():
    grid = Grid()
    driver = sparing_driver(Terminal, grid)()
    driver.write(BEGIN)
    driver.write(ROW[len(BEGIN) : -len(END)])
    driver.write(END)
    sent = "".join(driver.written)
    assert grid.sent == len(sent)
    for part in (BEGIN, ROW[len(BEGIN) : -len(END)], END):
        driver.write(part)
    assert "".join(driver.written) == sent


def test_threads_that_write_at_once_do_not_mix_their_frames():
    grid, every = Grid(), Emulator(WIDTH, HEIGHT)
    driver = sparing_driver(Terminal, grid)()
    texts = [f"{move(0, y)}{char * WIDTH}" for y in range(HEIGHT) for char in "abcdefgh"]

    def write(y):
        for text in texts[y * 8 : y * 8 + 8] * 20:
            driver.write(text)

    threads = [threading.Thread(target=write, args=(y,)) for y in range(HEIGHT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every.feed("".join(driver.written))
    assert [[cell[0] for cell in row] for row in every.cells] == [["h"] * WIDTH] * HEIGHT


async def test_a_resized_terminal_is_drawn_anew(pilot, monkeypatch):
    app, forgotten, drawn = pilot.app, [], []
    monkeypatch.setattr(app.grid, "forget", lambda: forgotten.append(app.size))
    await pilot.resize_terminal(90, 28)
    assert len(forgotten) == 1
    monkeypatch.setattr(app.screen, "refresh", lambda *_, **__: drawn.append(1))
    app.on_resize(events.Resize(Size(90, 28), Size(90, 28)))
    assert len(forgotten) == 2
    assert not drawn, "it is drawn in that size already"
    app.on_resize(events.Resize(Size(50, 20), Size(50, 20)))
    app.on_resize(events.Resize(Size(90, 28), Size(90, 28)))
    assert drawn, "there and back is laid out as before, and still drawn"


async def test_a_key_draws_all_of_the_screen_anew(pilot, monkeypatch):
    app, forgotten, drawn = pilot.app, [], []
    monkeypatch.setattr(app.grid, "forget", lambda: forgotten.append(1))
    refresh = app.screen.refresh
    monkeypatch.setattr(
        app.screen, "refresh", lambda *_, **__: (drawn.append(1), refresh(*_, **__))[1]
    )
    await pilot.press("ctrl+l")
    assert forgotten
    assert drawn
