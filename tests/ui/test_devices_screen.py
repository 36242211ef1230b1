"""The device menu and the words about devices on Home and in the lab."""

from functools import partial

import pytest
from fakes.nvml import Card, FakeNvml, Running, eight
from frames import frame

from tutor.runner.devices import survey
from tutor.session.devices import Devices
from tutor.ui.app import TutorApp
from tutor.ui.options import Options
from tutor.ui.screens.devices import DevicesScreen
from tutor.ui.screens.home import HomeScreen
from tutor.ui.screens.lab import LabScreen

H100 = "NVIDIA H100 80GB HBM3"


@pytest.fixture
def on_box(scripted, tmp_path):
    """Makes the program on a machine with these cards."""
    tutor, _ = scripted
    tutor.set_setting("welcomed", "1")

    def make(nvml=None, **options):
        tutor.devices = Devices(
            partial(survey, nvml, environment={}, root=tmp_path / "box", build="")
        )
        return TutorApp(tutor, Options(**options))

    return make


async def settled(pilot):
    """Wait until the machine was looked at."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    return frame(pilot.app)


def row(screen, words):
    """The number of the row that holds these words."""
    return next(n for n, line in enumerate(screen.splitlines()) if words in line)


async def test_home_names_the_proposed_device_and_d_lists_them_all(on_box):
    async with on_box(eight(busy=[0, 1, 2])).run_test(size=(100, 30)) as pilot:
        screen = await settled(pilot)
        assert H100 in screen.splitlines()[0]
        assert "d Device" in screen.splitlines()[-1]
        await pilot.press("d")
        screen = await settled(pilot)
        lines = screen.splitlines()
        busy, idle = lines[row(screen, "GPU-2") - 1], lines[row(screen, "GPU-3") - 1]
        assert "18 of 80 GiB free" in busy
        assert "97 %" in busy
        assert "71 °C" in busy
        assert "━" in busy
        assert "79 of 80 GiB free" in idle
        assert "36 °C" in idle
        assert "━" not in idle
        assert "somebody 61440 MiB (pid 4000000000)" in lines[row(screen, "GPU-2")]
        assert "nobody computes on it" in lines[row(screen, "GPU-3")]
        assert [line for line in lines if "proposed  " in line] == [lines[row(screen, "GPU-3")]]
        assert "enter Use it" in lines[-1]


async def test_a_choice_is_what_the_next_run_asks_for_and_what_home_and_lab_say(on_box, scripted):
    _, worker = scripted
    async with on_box(eight(busy=[0])).run_test(size=(100, 30)) as pilot:
        await pilot.press("d")
        await settled(pilot)
        await pilot.press("down", "down", "down", "enter")
        screen = await settled(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        assert f"{H100} (chosen)" in screen.splitlines()[0]
        run = next(
            found.body
            for found in pilot.app.tutor.lesson("one").blocks
            if found.body.__class__.__name__ == "Run"
        )
        pilot.app.push_screen(LabScreen(run))
        screen = await settled(pilot)
        assert f"{H100} (chosen)" in screen.splitlines()[0]
        await pilot.press("enter")
        await settled(pilot)
        assert worker.requests[0].device.startswith("GPU-2")
        pilot.app.action_go("Device")
        await settled(pilot)
        assert isinstance(pilot.app.screen, DevicesScreen)
        await pilot.press("home", "enter")
        screen = await settled(pilot)
        assert pilot.app.options.device == "auto"
        assert screen.splitlines()[0].rstrip().endswith("cpu")


async def test_what_was_asked_at_the_start_is_marked(on_box):
    async with on_box(eight(), device="cpu").run_test(size=(100, 40)) as pilot:
        screen = await settled(pilot)
        assert screen.splitlines()[0].endswith("cpu (chosen)")
        await pilot.press("d")
        screen = await settled(pilot)
        assert "● CPU" in screen
        assert "● auto" not in screen


async def test_it_looks_again_and_keeps_the_cursor(on_box):
    box = FakeNvml([Card("GPU-a", free=70), Card("GPU-b", free=60)])
    async with on_box(box).run_test(size=(100, 30)) as pilot:
        await pilot.press("d")
        screen = await settled(pilot)
        assert row(screen, "proposed  ") == row(screen, "GPU-a")
        await pilot.press("down", "down")
        box.cards[0].processes = [Running(4_000_000_000, None)]
        box.cards[1].utilisation = 55
        pilot.app.screen._look()
        screen = await settled(pilot)
        assert row(screen, "proposed  ") == row(screen, "GPU-b") == row(screen, "GPU-a") + 2
        assert "somebody (pid 4000000000)" in screen
        assert "55 %" in screen
        await pilot.press("enter")
        assert pilot.app.options.device == "GPU-b"


async def test_it_looks_every_two_seconds_by_itself(on_box, monkeypatch):
    monkeypatch.setattr("tutor.ui.screens.devices.REFRESH_SECONDS", 0.01)
    async with on_box(FakeNvml([Card("GPU-a")])).run_test(size=(100, 30)) as pilot:
        await pilot.press("d")
        await settled(pilot)
        looks = []
        monkeypatch.setattr(pilot.app.screen, "show", looks.append)
        while len(looks) < 3:
            await pilot.pause(0.01)


async def test_a_gpu_that_goes_away_takes_its_row_along(on_box):
    box = FakeNvml([Card("GPU-a"), Card("GPU-b")])
    async with on_box(box).run_test(size=(100, 30)) as pilot:
        await pilot.press("d")
        await settled(pilot)
        await pilot.press("down", "down")
        box.broken = "GPU is lost"
        pilot.app.screen._look()
        screen = await settled(pilot)
        assert H100 not in screen
        assert "The NVIDIA driver is there but does not answer: GPU is lost." in screen
        await pilot.press("enter")
        assert pilot.app.options.device == "auto"


async def test_without_a_gpu_one_sentence_says_what_that_means(on_box):
    async with on_box().run_test(size=(80, 24)) as pilot:
        await pilot.press("d")
        screen = await settled(pilot)
        assert "There is no GPU here; every exercise runs on the CPU in 45 s or less." in screen
        assert "CPU, " in screen
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, HomeScreen)


@pytest.mark.parametrize("size", [(40, 20), (80, 24), (140, 40), (1, 1)])
async def test_the_menu_fits(on_box, size):
    silent = ("GetUtilizationRates", "GetTemperature", "GetMemoryInfo")
    box = FakeNvml([Card("GPU-a", utilisation=100, temperature=103), Card("GPU-b", silent=silent)])
    async with on_box(box).run_test(size=(80, 24)) as pilot:
        await pilot.press("d")
        await settled(pilot)
        await pilot.resize_terminal(*size)
        screen = await settled(pilot)
        if size[0] >= 40:
            assert "100 % 103 °C" in " ".join(screen.split())
            assert "79 of 80 GiB" in screen
            assert "None" not in screen


async def test_the_palette_has_it_too(on_box):
    async with on_box().run_test(size=(80, 24)) as pilot:
        commands = {each.title: each for each in pilot.app.get_system_commands(pilot.app.screen)}
        commands["Device"].callback()
        await settled(pilot)
        assert isinstance(pilot.app.screen, DevicesScreen)
