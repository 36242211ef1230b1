"""The pictures of the README, drawn anew by

    DLWALK_DRAW=1 python -m pytest -n 0 tests/ui/test_readme_pictures.py

They are the real program on the real course, and the networks really train, with fixed seeds. Only
the pace is made up, so that the same machine draws the same pictures.
"""

import asyncio
import dataclasses
import importlib
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from frames import frame, segments
from scripts import ScriptedWorker, hello
from svg import svg

from models.reading import Start
from tutor.core.answers import right_answers
from tutor.core.lesson import Quiz
from tutor.core.protocol import Finished, PictureSaved, Readings, Request, Started
from tutor.session.library import built_in_course, title_of
from tutor.session.live_run import LiveRun
from tutor.session.tutor import Tutor
from tutor.ui.app import TutorApp
from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.runs import RunsScreen
from tutor.ui.widgets.picture import PictureView
from tutor.ui.widgets.run_status import RunStatus
from tutor.worker.events import picture_json

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
SIZE = (120, 34)
PACE = 0.006
"""Seconds of a step, as the screen tells them."""
MOST_BYTES = 150_000


@pytest.fixture
def app(home, monkeypatch):
    """The program on the course that comes with it, wherever it runs."""
    tutor = Tutor.open(built_in_course())
    tutor.set_setting("welcomed", "1")
    worker = ScriptedWorker()
    worker.run = lambda request: [*trained(tutor, request)]
    tutor.training.fork = worker.fork
    tutor.training.warm = worker.warm
    tutor.training._noticed = True
    monkeypatch.setattr(tutor.devices, "words", lambda *_: "cpu")
    app = TutorApp(tutor)
    app.flow.pace.asked(0.0, 3_000)
    app.flow.pace.answered(0.01)
    assert app.flow.pace.speed == "fast", "pictures come whole"
    yield app
    tutor.close()


def trained(tutor, request: Request):
    """What a run really yields, as its record: readings up to each picture, then the picture."""
    module, _, function = request.entry.partition(":")
    entry = importlib.import_module(module)
    known = {field.name for field in dataclasses.fields(entry.Config)}
    knobs = {name: value for name, value in request.knobs.items() if name in known}
    folder = tutor.places.runs / request.run
    (folder / "pictures").mkdir(exist_ok=True)
    readings = []
    yield hello()
    for item in getattr(entry, function)(entry.Config(**{**knobs, "pause": 0.0}, seed=0)):
        if isinstance(item, Start):
            yield Started(item.total_steps, item.samples_per_step, item.steps_per_epoch)
            continue
        readings.append(item)
        if item.pictures:
            yield gathered(readings)
            readings.clear()
        for name, picture in item.pictures.items():
            file = f"pictures/{item.step:07d}-{name}.json"
            (folder / file).write_bytes(picture_json(picture))
            yield PictureSaved(item.step, name, picture.role, file)
    if readings:
        yield gathered(readings)
    seconds = item.step * PACE
    yield Finished(reason="done", step=item.step, seconds=seconds, nonce=request.nonce)


def gathered(readings):
    names = {name: None for reading in readings for name in reading.scalars}
    columns = {
        name: [
            None if (value := each.scalars.get(name)) is None else float(value) for each in readings
        ]
        for name in names
    }
    return Readings([each.step for each in readings], columns, readings[-1].step * PACE)


def draw(app, name, title, *frames):
    """Keep the screen as a picture, where it was asked for; it must be fit to be one."""
    theme = app.theme_variables["foreground"], app.theme_variables["background"]
    drawn = svg([*frames, segments(app)], theme, title)
    assert len(drawn.encode()) < MOST_BYTES
    ElementTree.fromstring(drawn)
    assert not re.search(r"/home/|/tmp/|/root/|https?://(?!www\.w3\.org/2000/svg)", drawn)
    if os.environ.get("DLWALK_DRAW"):
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / f"{name}.svg").write_text(drawn, encoding="utf-8")
    else:
        assert (PICTURES / f"{name}.svg").is_file()


async def settled(app, pilot):
    """Until all that is to be seen is drawn."""
    await pilot.pause()
    while any(view._stripes.unsent() for view in app.screen.query(PictureView)):
        await pilot.pause(0.02)
    await pilot.pause()


async def lab(app, pilot, name):
    """The lab of an exercise."""
    screen = LabScreen(app.tutor.course.find(name)[1])
    await app.push_screen(screen)
    await app.workers.wait_for_complete()
    await settled(app, pilot)
    return screen


async def test_home_with_a_few_lessons_done(app):
    for lesson in [*app.tutor.course.lessons.values()][:5]:
        for block in lesson.blocks:
            if isinstance(block.body, Quiz):
                asked = app.tutor.quizzes.ask(block.body).asked
                app.tutor.quizzes.answer(block.body, right_answers(asked)[0])
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        await settled(app, pilot)
        draw(app, "home", "Home: the lessons of the course, and where to go on")


async def test_a_lesson(app):
    async with app.run_test(size=SIZE) as pilot:
        lesson = app.tutor.lesson("sgd-and-adam")
        titles = [title_of(block.body) for block in lesson.blocks]
        app.open_lesson(lesson, titles.index("Three rules"))
        await app.workers.wait_for_complete()
        await settled(app, pilot)
        draw(app, "lesson", "A lesson: prose, formulas, and a run to train")


async def test_a_race_of_optimisers(app):
    async with app.run_test(size=SIZE) as pilot:
        screen = await lab(app, pilot, "sgd.race")
        for keys in ((), ("right", "right")):
            await pilot.press(*keys)
            screen.action_train()
            await app.workers.wait_for_complete()
            await settled(app, pilot)
        assert "Passed" in frame(app)
        draw(app, "race", "A run: its knobs, its grade, its loss, and dotted the run before it")


async def test_runs_over_each_other(app, monkeypatch):
    run = app.tutor.course.find("sgd.race")[1]
    rates = (("sgd", 0.003), ("sgd", 0.1), ("sgd", 3.0), ("adam", 0.01))
    for optimiser, rate in rates:
        knobs = {"optimiser": optimiser, "learning_rate": rate}
        live = await app.tutor.training.start(run, knobs, seed=0)
        async for _ in live.events():
            pass
    monkeypatch.setattr("tutor.ui.widgets.run_table.day", lambda *_, **__: "10:00")
    async with app.run_test(size=SIZE) as pilot:
        await app.push_screen(RunsScreen())
        await app.workers.wait_for_complete()
        for key in ("space", "down", "space", "down", "space", "p"):
            await pilot.press(key)
            await pilot.pause(0.05)
        await pilot.pause(0.6)  # the cursor rests before what it is on is drawn
        await app.workers.wait_for_complete()
        await settled(app, pilot)
        assert "sgd lr 0.1" in frame(app)
        draw(app, "runs", "Runs over each other: three rates, and what came of them")


async def test_the_playground_as_it_bends(app, monkeypatch):
    """While it trains: the run tells no more than the next frame is to show."""
    told = asyncio.Queue()

    async def events(live):
        while (event := await told.get()) is not None:
            live._take(event)
            yield event
        app.tutor.training.settle(live)

    monkeypatch.setattr(LiveRun, "events", events)
    monkeypatch.setattr(app.tutor.training, "fork", lambda _: asyncio.sleep(0))
    monkeypatch.setattr(LabScreen, "_tick", lambda _: None)  # frames are not of the clock
    async with app.run_test(size=SIZE) as pilot:
        screen = await lab(app, pilot, "np.playground")
        await pilot.press("down", "down", "right", "right", "right")
        screen.action_train()
        while screen.live is None:
            await pilot.pause(0.1)
        record, frames = [*trained(app.tutor, screen.live.request)], []
        looks = [i for i, event in enumerate(record) if isinstance(event, PictureSaved)]
        begin = 0
        for look in (0, 1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 30, 36, 42):
            for event in record[begin : looks[look] + 1]:
                told.put_nowait(event)
            begin = looks[look] + 1
            while not told.empty():
                await pilot.pause()
            screen._draw(screen.live)
            screen.query_one(RunStatus).show(screen.live)
            await settled(app, pilot)
            frames.append(segments(app))
        for event in (*record[begin:], None):
            told.put_nowait(event)
        await app.workers.wait_for_complete()
        await settled(app, pilot)
        assert "Passed" in frame(app)
        draw(
            app,
            "playground",
            "The playground: three hidden layers part two spirals while one watches",
            *frames,
        )
