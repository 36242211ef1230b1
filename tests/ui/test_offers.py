"""What Home says of runs that train on or broke off, and what its keys do with them."""

import pytest
from frames import frame
from scripts import hello

from tutor.core.errors import TutorError
from tutor.core.lesson import Run
from tutor.core.protocol import Readings, Request, Started, encode
from tutor.session.recovering import BrokenOff
from tutor.store.runs import new_run_folder, write_request
from tutor.ui.app import TutorApp
from tutor.ui.screens.home import HomeScreen
from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.pick_run import PickRunScreen


async def shows(pilot, words):
    """Whether these words come to stand on the screen."""
    for _ in range(200):
        if words in frame(pilot.app):
            return True
        await pilot.pause(0.01)
    raise AssertionError(f"{words!r} is not in\n{frame(pilot.app)}")


@pytest.fixture
def begun(scripted):
    """Makes the folder of a run that wrote a few readings and then nothing more."""
    tutor, _ = scripted
    tutor.set_setting("welcomed", "1")
    exercise = next(
        block.body for block in tutor.lesson("one").blocks if isinstance(block.body, Run)
    )

    def make(step=3):
        folder = new_run_folder(tutor.places, exercise.id)
        request = write_request(
            folder,
            Request(
                run="",
                course=tutor.course.id,
                exercise=exercise.id,
                entry=exercise.entry,
                nonce="n",
                created=1.7e9,
            ),
        )
        events = [hello(), Started(total_steps=40), Readings([step], {"train/loss": [1.0]}, 1.0)]
        (folder / "events.jsonl").write_bytes(b"".join(encode(e) + b"\n" for e in events))
        return request

    return make


@pytest.fixture
def at_home(scripted, monkeypatch):
    """Makes Home with these runs; what its keys do is kept in a list."""
    tutor, _ = scripted
    done = []

    def make(training=(), broken=()):
        offered = list(broken)
        monkeypatch.setattr(tutor.training, "still_training", lambda: list(training))
        monkeypatch.setattr(tutor.recovering, "broken_off", lambda: list(offered))

        async def begin(do, name):
            done.append((do, name))
            return tutor.training.attach(name)

        def dismiss(name):
            done.append(("dismiss", name))
            offered[:] = [each for each in offered if each.request.run != name]

        monkeypatch.setattr(tutor.recovering, "resume", lambda name: begin("resume", name))
        monkeypatch.setattr(tutor.recovering, "again", lambda name: begin("again", name))
        monkeypatch.setattr(tutor.recovering, "dismiss", dismiss)
        return TutorApp(tutor), done

    return make


async def test_a_run_that_broke_off_is_taken_up_with_one_key(begun, at_home):
    request = begun()
    app, done = at_home(broken=[BrokenOff(request, step=1207, checkpoint=1200)])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        line = frame(app).splitlines()[-2]
        assert "A ball in a bowl broke off at 1207; g goes on from 1200, x forgets it." in line
        await pilot.press("g")
        await pilot.pause()
        await pilot.pause()
        assert done == [("resume", request.run)]
        assert isinstance(app.screen, LabScreen)


async def test_a_short_run_is_run_again(begun, at_home):
    request = begun()
    app, done = at_home(broken=[BrokenOff(request, checkpoint=0, step=3)])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert await shows(pilot, "g runs it again, x forgets it.")
        await pilot.press("g")
        await pilot.pause()
        assert done == [("again", request.run)]


async def test_it_is_dismissed_with_one_key_and_then_offered_no_more(begun, at_home):
    request = begun()
    app, done = at_home(broken=[BrokenOff(request, checkpoint=0, step=3)])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("x")
        await pilot.pause()
        assert done == [("dismiss", request.run)]
        assert "broke off" not in frame(app)
        await pilot.press("g", "x")
        assert len(done) == 1


async def test_what_cannot_be_taken_up_is_said(begun, at_home, monkeypatch):
    request = begun()
    app, _ = at_home(broken=[BrokenOff(request, step=3, checkpoint=2)])

    async def refuse(name):
        raise TutorError("The checkpoint is damaged.", "Run it again.")

    monkeypatch.setattr(app.tutor.recovering, "resume", refuse)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("g")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)
        assert [each.message for each in app._notifications] == [
            "The checkpoint is damaged. Run it again."
        ]


async def test_several_that_broke_off_stand_in_a_list(begun, at_home):
    first, second = begun(), begun()
    offers = [
        BrokenOff(first, step=1207, checkpoint=1200),
        BrokenOff(second, checkpoint=0, step=7),
    ]
    app, done = at_home(broken=offers)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert await shows(pilot, "2 runs broke off. g lists them.")
        await pilot.press("g")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, PickRunScreen)
        assert await shows(pilot, "enter go on from step 1200 · x forget it · esc back")
        await pilot.press("down")
        await pilot.pause()
        assert await shows(pilot, "enter run it again · x")
        await pilot.press("x")
        await pilot.pause()
        assert done == [("dismiss", second.run)]
        assert await shows(pilot, "broke off at 1207;")


async def test_x_never_dismisses_one_of_several_unseen(begun, at_home):
    offers = [BrokenOff(begun(), step=each, checkpoint=1) for each in (1, 2)]
    app, done = at_home(broken=offers)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(app.screen, PickRunScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)
        assert done == []


async def test_of_several_that_train_one_is_chosen_to_watch(begun, at_home):
    first, second = begun(), begun()
    app, _ = at_home(training=[first, second])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert await shows(pilot, "2 runs are still training. Press w to watch.")
        await pilot.press("w")
        await pilot.pause()
        screen = frame(app)
        assert "enter watch it · esc back" in screen
        assert "x " not in screen.splitlines()[-2]
        await pilot.press("x", "down", "enter")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)
        assert app.screen.live.request.run == second.run


async def test_one_that_trains_is_watched_at_once(begun, at_home):
    request = begun()
    app, _ = at_home(training=[request])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert await shows(pilot, "w Watch run")
        await pilot.press("w")
        await pilot.pause()
        await pilot.pause()
        assert app.screen.live.request.run == request.run


@pytest.mark.parametrize("size", [(40, 20), (80, 24), (140, 40)])
async def test_the_keys_stay_in_sight_at_any_width(begun, at_home, size):
    app, _ = at_home(training=[begun()], broken=[BrokenOff(begun(), checkpoint=0, step=123456)])
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = frame(app)
        assert "1 run is still training." in screen
        assert ("g runs it again, x forgets it." if size[0] >= 80 else "g takes it up.") in screen
