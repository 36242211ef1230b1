"""Instruments on the screen: keys, what is seen, what is kept."""

import json
from types import SimpleNamespace

import pytest
from frames import frame
from typer.testing import CliRunner

from tutor.cli import labs
from tutor.cli.app import app as commands
from tutor.core.errors import TutorError
from tutor.core.notebooks import Cell, to_json
from tutor.session.tutor import Tutor
from tutor.ui.app import TutorApp
from tutor.ui.screens.instrument import InstrumentScreen

LABS = """
```toml lab
id = "one.board"
instrument = "board-game"
title = "Do not lose"
options = { opponents = ["perfect", "network"], run = "one.run" }
solution = ["o"]
[[goal]]
rule = 'last("drawn against perfect") >= 1'
points = 2
why = "A draw with one who knows it all."
```

```toml lab
id = "one.desk"
instrument = "merge-desk"
title = "Two versions of a notebook"
options = { base = "base.ipynb", ours = "ours.ipynb", theirs = "theirs.ipynb", right = { fit = "theirs" } }
solution = ["c", "t"]
[[goal]]
rule = 'last("valid") == 1'
why = "The file opens again."
[[goal]]
rule = 'last("open") == 0 and last("right") == last("conflicts")'
points = 2
why = "It does what both sides meant."
```

```toml lab
id = "one.window"
instrument = "convolution"
title = "A window slides"
solution = ["f"]
[options]
picture = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
kernels = { cross = [[1, 0, 1], [0, 1, 0], [1, 0, 1]] }
[[goal]]
rule = 'last("seen") == last("places")'
why = "Every place of the map."
```

```toml lab
id = "one.thresholds"
instrument = "threshold-desk"
title = "Where to draw the line"
options.what = "arrested again within two years"
options.threshold = 2
[options.groups.black]
happened = [532, 1369]
not_happened = [990, 805]
[options.groups.white]
happened = [461, 505]
not_happened = [1139, 349]
```

```toml lab
id = "one.imitation"
instrument = "imitation"
title = "Who wrote this?"
options = { persons = "persons.txt", networks = "networks.txt", run = "one.run", rounds = 3 }
```

## Some code
"""


def version(source, count):
    return to_json((Cell(id="fit", kind="code", source=source, count=count, output="0.5"),))


@pytest.fixture
def tutor(course, home):
    path = course / "one" / "lesson.md"
    path.write_text(path.read_text().replace("\n## Some code\n", LABS))
    for name, source in (("base", "lr = 0.1"), ("ours", "lr = 0.2"), ("theirs", "lr = 0.3")):
        (course / "one" / f"{name}.ipynb").write_text(version(source, len(name)))
    for name in ("persons", "networks"):
        (course / "one" / f"{name}.txt").write_text(f"Such lines are by {name}.\n" * 3)
    found = Tutor.open(course)
    found.set_setting("welcomed", "1")
    yield found
    found.close()


async def shown(tutor, lab, keys, size=(80, 24)):
    app = TutorApp(tutor)
    async with app.run_test(size=size) as pilot:
        await app.push_screen(InstrumentScreen(tutor.lesson("one").find(lab)))
        await pilot.press(*keys)
        for _ in range(50):  # the footer comes a turn later
            await pilot.pause()
            if "esc Back" in frame(app):
                break
        return frame(app)


async def test_a_draw_is_kept_at_once(tutor):
    # Corners and answers that hold against every move of the perfect opponent drawn by seed 0.
    game = tutor.instruments.open(tutor.lesson("one").find("one.board"))
    from tutor.core.instruments.board_game import best

    keys = []
    while not game.over:
        keys.append(str(best(game.position, 1)[0] + 1))
        game = game.press(keys[-1])
    text = await shown(tutor, "one.board", keys)
    assert "A draw." in text
    assert "✓ A draw with one who knows it all." in text
    assert "2 of 2 points" in text
    assert tutor.progress.blocks["one.board"].passed
    assert tutor.standing(tutor.lesson("one")).blocks["one.board"].earned == 2


async def test_without_a_trained_network_the_others_play(tutor):
    text = await shown(tutor, "one.board", ["5"])
    assert "against one who has seen every game to its end" in text
    assert "o another opponent" not in text


async def test_the_desk_shows_the_lamp_and_earns_in_parts(tutor):
    text = await shown(tutor, "one.desk", ["o"])
    assert "✓ The file is a notebook." in text
    assert "✓ The file opens again." in text
    assert "○ It does what both sides meant." in text
    assert tutor.progress.blocks["one.desk"].best == 1
    await shown(tutor, "one.desk", ["c", "t"])
    assert tutor.progress.blocks["one.desk"].best == 3


async def test_arrows_slide_the_window(tutor):
    text = await shown(tutor, "one.window", ["right", "down"])
    assert "sum 4" in text
    assert "[4]" in text
    text = await shown(tutor, "one.window", ["f"])
    assert "✓ Every place of the map." in text


async def test_thresholds_stand_beside_each_other_with_their_rates(tutor):
    text = await shown(tutor, "one.thresholds", [])
    assert "44.8 %  23.5 %" in text
    assert "nobody is flagged" in await shown(tutor, "one.thresholds", ["right"])


async def test_without_a_run_the_imitation_is_the_authors(tutor):
    text = await shown(tutor, "one.imitation", ["p", "p", "p"])
    assert "one that was trained when the lesson was written" in text
    assert "of 3 right" in text


def written(tutor, monkeypatch, count):
    """As if a run had left so many lines."""
    caption = "\\n".join(["The sky"] * count)
    raw = f'{{"role": "text", "shape": [0], "data": [], "caption": "{caption}"}}'.encode()
    asked = {"lines": [b"", raw]}
    monkeypatch.setattr(tutor.instruments, "_newest", lambda _, picture: asked[picture])
    return tutor.instruments.open(tutor.lesson("one").find("one.imitation"), seed=1)


def test_the_newest_run_that_left_a_book_plays(tutor, monkeypatch):
    book = b'{"role": "hidden", "shape": [1, 4], "data": [0, 4, 2, 0.5]}'
    bare = SimpleNamespace(gallery={}, read_picture=lambda _: None)
    full = SimpleNamespace(gallery={"book": [1]}, read_picture=lambda _: book)
    runs = {"newest": bare, "lost": bare, "older": full, "oldest": bare}
    entries = [SimpleNamespace(exercise="play", over=True, run=run) for run in runs]
    entries.insert(2, SimpleNamespace(exercise="another", over=True, run="another"))
    monkeypatch.setattr(tutor.ledger, "entries", lambda: entries)
    monkeypatch.setattr(tutor.ledger, "record", runs.__getitem__)
    assert tutor.instruments._book("play") == {4: (2, 0.5)}
    assert tutor.instruments._book("nothing") == {}


def test_what_ones_own_network_wrote_is_judged(tutor, monkeypatch):
    game = written(tutor, monkeypatch, 3)
    assert game.whose == "yours"
    assert {text for text, writer in game.told if writer == "n"} == {"The sky"}
    assert written(tutor, monkeypatch, 2).whose != "yours", "too little was written"


@pytest.mark.parametrize(
    ("lab", "before", "after"),
    [
        ("one.window", "picture = [[1, 1, 1, 0, 0]", "picture = [[1, 1, 1, 0]"),
        ("one.window", "kernels = {", "kernel_s = {"),
        ("one.thresholds", "happened = [532, 1369]", "happened = [532]"),
        ("one.imitation", "rounds = 3", "rounds = 9"),
        ("one.imitation", "rounds = 3", 'rounds = "x"'),
    ],
)
def test_options_that_do_not_fit_are_refused_in_a_sentence(tutor, course, lab, before, after):
    path = course / "one" / "lesson.md"
    path.write_text(path.read_text().replace(before, after))
    again = Tutor.open(course)
    with pytest.raises(TutorError, match=f"The lab `{lab}` cannot be set up"):
        again.instruments.open(again.lesson("one").find(lab))
    again.close()


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 20)])
async def test_it_fits(tutor, size):
    text = await shown(tutor, "one.desk", [], size)
    assert "✗ The file is no JSON" in text
    assert "esc Back" in text


async def test_a_missing_notebook_is_said_and_not_raised(tutor, course):
    (course / "one" / "ours.ipynb").unlink()
    text = await shown(tutor, "one.desk", ["o"])
    assert "There is no file" in text


def test_what_is_reached_stays_reached(tutor):
    lab = tutor.lesson("one").find("one.desk")
    instrument = tutor.instruments.open(lab).press("t")
    tutor.instruments.operated(lab, instrument)
    tutor.instruments.operated(lab, instrument.press("u"))
    assert tutor.progress.blocks["one.desk"].best == 3
    assert tutor.progress.blocks["one.desk"].attempts == 1


def test_a_wrong_option_names_the_lab(tutor, course):
    path = course / "one" / "lesson.md"
    path.write_text(path.read_text().replace('right = { fit = "theirs" }', 'right = { fit = "x" }'))
    again = Tutor.open(course)
    with pytest.raises(TutorError, match=r"one\.desk"):
        again.instruments.open(again.lesson("one").find("one.desk"))
    again.close()


def test_the_same_without_a_screen(tutor, course):
    assert "lab" in labs.COMMANDS
    called = ["--course", str(course), "lab", "one.desk", "--json"]
    result = CliRunner().invoke(commands, called, input="c\nt\n")
    assert result.exit_code == 0
    said = json.loads(result.stdout[result.stdout.index("{\n") :])
    assert (said["passed"], said["figures"]["right"]) == (True, 1)
    assert CliRunner().invoke(commands, ["--course", str(course), "lab", "no.lab"]).exit_code != 0


async def test_what_lies_below_is_a_key_away(tutor):
    text = await shown(tutor, "one.desk", [], (40, 20))
    assert "pgdn More" in text
    further = await shown(tutor, "one.desk", ["pagedown"], (40, 20))
    assert further != text
    assert "pgdn More" not in await shown(tutor, "one.desk", [], (140, 40))


async def test_rows_of_keys_break_between_keys(tutor):
    for width in range(48, 100, 4):
        text = await shown(tutor, "one.window", [], (width, 24))
        assert "↑↓←→ slide" in text
        for key in ("f all of it", "s stride", "p padding", "d dilation", "m move it"):
            assert key in text, width
