"""Drawing a curve before a run: keys, commitment, the truth, and the run under it."""

import msgspec
import pytest
from frames import frame

from tutor.core.reference import Band, CaseRecord, Reference
from tutor.session.tutor import Tutor
from tutor.ui.app import TutorApp
from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.sketch import SketchScreen
from tutor.ui.widgets.loss_plot import LossPlot

SKETCH = """
```toml predict
id = "one.sketch"
run = "one.run"
mode = "sketch"
case = "right"
series = "train/loss"
prompt = "Draw the loss."
points = 2
```

## Some code
"""


def falling(factor):
    steps = list(range(1, 41))
    mid = [0.5 * factor**step for step in steps]
    return Band(steps, [v * 0.9 for v in mid], mid, [v * 1.1 for v in mid])


@pytest.fixture
async def sketch(course, home):
    path = course / "one" / "lesson.md"
    path.write_text(path.read_text().replace("\n## Some code\n", SKETCH))
    folder = course / "one" / "reference"
    folder.mkdir()
    cases = {"right": falling(0.8), "too-small": falling(0.99), "too-big": falling(1.1)}
    record = Reference(
        "one.run",
        "-",
        "-",
        "cpu",
        {name: CaseRecord("pass", 5, {"train/loss": band}) for name, band in cases.items()},
    )
    (folder / "one.run.json").write_bytes(msgspec.json.encode(record))
    tutor = Tutor.open(course)
    tutor.trust.grant()
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(SketchScreen(tutor.lesson("one").find("one.sketch")))
        await pilot.pause()
        yield pilot
    tutor.close()


async def test_a_good_sketch_earns_what_it_is_worth(sketch):
    assert "Five anchors" in frame(sketch.app)
    predicting = sketch.app.tutor.predicting
    predict = sketch.app.tutor.lesson("one").find("one.sketch")
    axes, truth = predicting.axes(predict), predicting.truth(predict)
    for index in range(5):
        step = truth.step[round(index * (len(truth.step) - 1) / 4)]
        place = axes.y.place(truth.mid[truth.step.index(step)])
        notches = round((place - 0.5) / 0.05)
        await sketch.press(*["up" if notches > 0 else "down"] * abs(notches), "right")
    await sketch.press("enter")
    await sketch.pause()
    screen = frame(sketch.app)
    assert "✓ You saw it coming." in screen
    record = sketch.app.tutor.progress.blocks["one.sketch"]
    assert record.best > 1.5
    assert record.passed


async def test_the_first_sketch_is_the_one_that_counts(sketch):
    await sketch.press("enter")
    await sketch.pause()
    record = sketch.app.tutor.progress.blocks["one.sketch"]
    assert "✗ It goes another way." in frame(sketch.app)
    assert record.attempts == 1
    before = record.sketch
    await sketch.press("up", "up")
    await sketch.pause()
    again = SketchScreen(sketch.app.tutor.lesson("one").find("one.sketch"))
    await sketch.app.switch_screen(again)
    await sketch.pause()
    assert "✗ It goes another way." in frame(sketch.app)
    assert sketch.app.tutor.progress.blocks["one.sketch"].sketch == before
    assert record.attempts == 1


async def test_the_truth_is_not_shown_before(sketch):
    before = frame(sketch.app)
    assert "░" not in before
    pad = sketch.app.screen.query_one("SketchPad")
    assert pad._truth is None
    await sketch.press("enter")
    await sketch.pause()
    assert pad._truth is not None


async def test_after_it_the_run_draws_over_the_sketch(sketch):
    from scripts import ScriptedWorker

    worker = ScriptedWorker()
    sketch.app.tutor.training.fork = worker.fork
    sketch.app.tutor.training.warm = worker.warm
    await sketch.press("enter", "enter")
    await sketch.app.workers.wait_for_complete()
    await sketch.pause()
    assert isinstance(sketch.app.screen, LabScreen)
    label, points = sketch.app.screen.query(LossPlot).first().prediction
    assert label == "your sketch"
    assert points[0][0] == 1


async def test_the_notebook_and_the_card_say_so(sketch):
    from tutor.session.notebook import notebook

    await sketch.press("enter", "escape")
    await sketch.pause()
    assert "I drew a curve" in notebook(sketch.app.tutor)


async def test_without_a_record_it_says_why(course, home, tmp_path):
    path = course / "one" / "lesson.md"
    path.write_text(path.read_text().replace("\n## Some code\n", SKETCH))
    tutor = Tutor.open(course)
    app = TutorApp(tutor)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(SketchScreen(tutor.lesson("one").find("one.sketch")))
        await pilot.pause()
        assert "no recorded curves" in frame(app)
        await pilot.press("enter")
    assert "one.sketch" not in tutor.progress.blocks
    tutor.close()
