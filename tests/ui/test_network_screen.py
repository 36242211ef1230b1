"""The network of a run on the screen: layers, tensors, the gradient, at every size."""

import pytest
from frames import frame
from scripts import hello

from tutor.core.network import Anatomy, Gradients, Layer, Walked
from tutor.core.protocol import Finished, PictureSaved, Readings, Started, decode_event
from tutor.ui.app import TutorApp
from tutor.ui.screens.lab import LabScreen
from tutor.ui.screens.network import NONE_GIVEN, NONE_TOLD, NetworkScreen
from tutor.ui.widgets.layer_map import LayerMap

SMALL = Anatomy(
    layers=[
        Layer("", "Net", 0, [1, 1, 4, 4], [1, 10]),
        Layer("conv", "Conv2d", 1, [1, 1, 4, 4], [1, 6, 2, 2], 60, 432, 240, 96),
        Layer("body", "Sequential", 1, [1, 24], [1, 10]),
        Layer("body.0", "ReLU", 2, [1, 24], [1, 24], 0, 0, 0, 96),
        Layer("body.1", "Linear", 2, [1, 24], [1, 10], 250, 480, 1000, 40),
    ],
    samples=1,
    parameters=310,
    flops=912,
    parameter_bytes=1240,
    made_bytes=232,
)
PICTURE = b'{"role":"histogram","shape":[2,2],"data":[0,1,1,%s],"caption":"%s","labels":["0","1"]}'


def told(anatomy=SMALL, gradients=True, parameters=310):
    """A script of a run that trains a network, and goes on."""

    def script(request):
        whole = [
            hello(),
            Started(total_steps=40, parameters=parameters),
            Readings([1, 2], {"train/loss": [1.0, 0.5]}, elapsed=0.1),
        ]
        if anatomy is not None:
            whole += [anatomy, Walked(1, "walk/input.json", ["walk/0.json"] * len(anatomy.layers))]
        if gradients:
            whole.append(Gradients(2, ["conv", "body.1"], [1e-3, None], [2e-3, None]))
        return whole

    return script


def ended(script):
    return lambda request: [
        *script(request),
        Finished(reason="done", step=2, seconds=0.1, nonce=request.nonce),
    ]


@pytest.fixture
def opened(scripted):
    """Open the network of a scripted run: a context, with its size and script."""
    tutor, worker = scripted
    tutor.set_setting("welcomed", "1")

    def opening(script, size=(140, 40), **options):
        worker.run = script
        app = TutorApp(tutor)
        return app, app.run_test(size=size, **options)

    return opening


def tensors(live):
    """The files that a walk of the script names."""
    folder = live.folder / "walk"
    folder.mkdir()
    (folder / "input.json").write_bytes(PICTURE % (b"2", b"the sample itself"))
    (folder / "0.json").write_bytes(PICTURE % (b"null", b"half of it NaN"))


async def look(app, pilot):
    """Open the network of a run that stands where its script ends."""
    live = await app.tutor.training.start(app.tutor.lesson("one").find("one.run"))
    tensors(live)
    for line in (live.folder / "events.jsonl").read_bytes().splitlines():
        live._take(decode_event(line))
        if isinstance(decode_event(line), Finished):
            live.phase = "finished"
    await app.push_screen(NetworkScreen(live))
    await pilot.pause()
    return frame(app)


async def test_layers_costs_and_the_tensor_beside_them(opened):
    app, running = opened(told())
    async with running as pilot:
        screen = await look(app, pilot)
        assert "310 parameters · 912 FLOPs a sample" in screen
        conv = next(line for line in screen.splitlines() if "Conv2d" in line)
        assert "6×2×2" in conv
        assert "█" in conv
        assert conv[:85].split()[-4:] == ["60", "432", "96", "B"]
        assert "the sample itself" in screen
        await pilot.press("down", "down")
        await pilot.pause()
        screen = frame(app)
        assert "half of it NaN" in screen
        assert "1×4×4 → 6×2×2" in screen
        assert "60 parameters · 432 FLOPs" in screen
        assert any(line.lstrip().startswith("▸   conv") for line in screen.splitlines())


async def test_where_there_is_no_room_enter_shows_the_tensor_instead(opened):
    app, running = opened(told(), size=(80, 24))
    async with running as pilot:
        screen = await look(app, pilot)
        assert "432" in screen
        assert "the sample itself" not in screen
        await pilot.press("enter", "down", "down")
        await pilot.pause()
        screen = frame(app)
        assert "half of it NaN" in screen
        assert "conv Conv2d" in screen
        assert "param." not in screen
        await pilot.press("enter")
        await pilot.pause()
        assert "▸   conv" in frame(app)


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (40, 20)])
async def test_the_gradient_along_the_depth(opened, size):
    app, running = opened(told(), size=size)
    async with running as pilot:
        await look(app, pilot)
        await pilot.press("g")
        await pilot.pause()
        screen = frame(app)
        rows = {line.split()[0]: line for line in screen.splitlines() if line.strip()}
        assert " 1e-3" in rows["conv"]
        assert "█" in rows["conv"]
        assert "not a finite" in rows["1"]
        if size[0] >= 80:
            assert "2.0e-03 usual" in rows["conv"]
        await pilot.press("g")
        await pilot.pause()
        assert "param." in frame(app)


async def test_without_colours_and_in_ascii_the_marks_remain(opened, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app, running = opened(told(), size=(80, 24))
    async with running as pilot:
        app.tutor.set_setting("glyphs", "ascii")
        screen = await look(app, pilot)
        assert screen.isascii()
        conv = next(line for line in screen.splitlines() if "Conv2d" in line)
        assert "####" in conv
        assert "> in" in screen
        await pilot.press("g")
        await pilot.pause()
        assert "usual" in frame(app)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (told(anatomy=None, parameters=None), NONE_GIVEN),
        (ended(told(anatomy=None)), NONE_TOLD),
        (lambda _: [hello()], "after the run's first step"),
    ],
)
async def test_without_a_network_there_is_one_clear_sentence(opened, script, words):
    app, running = opened(script, size=(80, 24))
    async with running as pilot:
        screen = await look(app, pilot)
        assert words in screen
        assert "g Gradient" not in screen
        await pilot.press("g", "w", "down", "enter")
        await pilot.pause()
        assert words in frame(app)


async def test_n_opens_it_from_the_lab_once_there_is_a_run(opened, monkeypatch):
    monkeypatch.setattr("tutor.runner.follow.state", lambda _: "live")
    app, running = opened(told())
    async with running as pilot:
        await app.push_screen(LabScreen(app.tutor.lesson("one").find("one.run")))
        await pilot.pause()
        await pilot.press("n")
        assert [each.message for each in app._notifications] == [
            "Train first: the network is drawn from a run."
        ]
        assert isinstance(app.screen, LabScreen)
        await pilot.press("enter")
        await pilot.pause(0.1)
        tensors(app.screen.live)
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(app.screen, NetworkScreen)
        assert "the sample itself" in frame(app)
        assert "training, step 2/40" in frame(app)
        await pilot.press("escape")
        assert isinstance(app.screen, LabScreen)


async def test_a_running_run_is_asked_to_walk_and_an_ended_one_is_not(opened):
    app, running = opened(told())
    async with running as pilot:
        await look(app, pilot)
        sent = app.screen._live.folder / "control.jsonl"
        assert sent.read_text().count('"do":"walk"') == 1
        await pilot.press("w", "full_stop")
        await pilot.pause()
        assert sent.read_text().count('"do":"walk"') == 2
        assert '"do":"step"' in sent.read_text()
    app, running = opened(ended(told()))
    async with running as pilot:
        screen = await look(app, pilot)
        assert "finished, step 2/40 · tensors of step 1" in screen
        assert "w Walk" not in screen
        await pilot.press("w")
        assert not (app.screen._live.folder / "control.jsonl").exists()


async def test_three_hundred_layers_scroll(opened):
    layers = [Layer("", "Net", 0, [1, 3], [1, 3])]
    layers += [Layer(f"l{i}", "Linear", 1, [1, 3], [1, 3], 12, 18, 48, 12) for i in range(300)]
    deep = Anatomy(layers, 1, 3600, 5400, 14400, 3600)
    app, running = opened(told(deep, gradients=False), size=(80, 24))
    async with running as pilot:
        assert "l299" not in await look(app, pilot)
        await pilot.press("end")
        await pilot.pause()
        screen = frame(app)
        assert "▸   l299" in screen
        assert "the sample" not in screen
        await pilot.press("pageup", "up")
        await pilot.pause()
        assert "▸   l288" in frame(app)
        await pilot.press("home")
        await pilot.pause()
        assert "▸ in" in frame(app)
        # A click chooses, wherever the rows are scrolled to.
        await pilot.press("end")
        await pilot.pause()
        await pilot.click(LayerMap, offset=(5, 0))
        await pilot.pause()
        top = app.screen.query_one(LayerMap)
        assert top.chosen == top.scroll_offset.y


async def test_the_smallest_screens_and_hostile_names(opened):
    name = "w[i]\x1b[2J[/]"
    odd = Anatomy([Layer("", "Net", 0), Layer(name, "K\x9b", 1, [], [])])
    app, running = opened(told(odd))
    async with running as pilot:
        screen = await look(app, pilot)  # a frame holds no control character
        assert "w[i]" in screen
        for size in [(1, 1), (20, 6), (80, 24)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            await pilot.press("down", "g", "enter")
            await pilot.pause()
            frame(app)


async def test_a_record_may_not_name_files_outside_the_run(opened):
    script = told()
    wicked = Walked(1, "../../secret.json", ["/etc/passwd"] * 5)
    app, running = opened(lambda request: [*script(request), wicked])
    async with running as pilot:
        await look(app, pilot)
        live = app.screen._live
        (live.folder.parent.parent / "secret.json").write_bytes(PICTURE % (b"1", b"secret"))
        assert live.tensor(-1) is None
        assert live.tensor(0) is None
        assert "secret" not in frame(app)


async def test_the_lab_shows_the_exercises_own_pictures_before_histograms(opened):
    script = told(gradients=False)
    pictures = [
        PictureSaved(1, "spread of weights", "histograms", "pictures/h.json"),
        PictureSaved(1, "mine", "heat_map", "pictures/m.json"),
    ]
    app, running = opened(lambda request: [*script(request), *pictures])
    async with running as pilot:
        await app.push_screen(LabScreen(app.tutor.lesson("one").find("one.run")))
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause(0.3)
        from tutor.ui.widgets.run_views import RunViews

        views = app.screen.query_one(RunViews)
        assert views._views()[:2] == ["mine", "spread of weights"]
        assert views._view == "mine"
