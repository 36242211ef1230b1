"""The device menu and the words about devices on Home and in the lab."""

from functools import partial

import pytest
from fakes.nvml import Card, FakeNvml, Running, eight
from frames import frame

from tutor.runner.devices import kept_open, survey
from tutor.session.devices import Devices
from tutor.ui.app import TutorApp
from tutor.ui.options import Options
from tutor.ui.screens.devices import DevicesScreen
from tutor.ui.screens.home import HomeScreen
from tutor.ui.screens.lab import LabScreen
from tutor.ui.widgets.chooser import Chooser
from tutor.ui.widgets.gauge_pane import Column

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


async def test_it_looks_every_second_by_itself(on_box, monkeypatch):
    monkeypatch.setattr("tutor.ui.screens.devices.LOOK_SECONDS", 0.01)
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


# --- gauges -------------------------------------------------------------------------------------------


def pane(screen):
    """The rows of the gauges, from the name to the last of them."""
    lines = screen.splitlines()
    first = next(n for n, line in enumerate(lines) if set(line.strip()) == {"─"}) + 1
    return [line.strip() for line in lines[first : first + 6]]


async def looks_again(pilot):
    pilot.app.screen._look()
    return await settled(pilot)


async def test_the_gauges_are_of_the_device_under_the_cursor(on_box):
    box = FakeNvml(
        [
            Card("GPU-a", free=20, utilisation=83, temperature=71, watts=412),
            Card("GPU-b", free=79, utilisation=3, name="NVIDIA A100"),
        ]
    )
    async with on_box(box).run_test(size=(80, 24)) as pilot:
        await pilot.press("d")
        screen = await settled(pilot)
        # On `auto`, the one that is proposed.
        assert pane(screen)[0] == "NVIDIA A100"
        await pilot.press("down")
        screen = await settled(pilot)
        name, busy, memory, heat, power, others = pane(screen)
        assert name == H100
        assert "━━━━━━━━╌╌  83 %" in busy
        assert "60.0 of 80 GiB" in memory
        assert "71 °C" in heat
        assert "412 of 700 W" in power
        assert "nobody" in others
        box.cards[0].utilisation = 12
        box.cards[0].processes = [Running(4_000_000_000, 40 * 2**30)]
        screen = await looks_again(pilot)
        assert "12 %" in pane(screen)[1]
        assert "40.0 GiB in 1 process" in pane(screen)[5]
        await pilot.press("end")
        screen = await settled(pilot)
        assert pane(screen)[0].startswith("CPU, ")
        assert [row.split()[0] for row in pane(screen)[1:5]] == [
            *("utilisation", "load", "memory", "temperature")
        ]


async def test_what_a_driver_does_not_tell_is_said_to_be_so(on_box):
    calls = ("GetUtilizationRates", "GetTemperature", "GetPowerUsage", "GetMemoryInfo")
    box = FakeNvml([Card("GPU-a", silent=(*calls, "GetComputeRunningProcesses"))])
    async with on_box(box).run_test(size=(80, 24)) as pilot:
        await pilot.press("d")
        await settled(pilot)
        await pilot.press("down")
        screen = await settled(pilot)
        assert [row.split(maxsplit=1)[1] for row in pane(screen)[1:6]] == 5 * ["not reported"]
        assert "whose processes it bears is not reported" in screen
        assert "nobody" not in screen


async def test_of_a_slice_power_is_that_of_its_card(on_box):
    part = Card("MIG-1111", free=9, total=10, silent=("GetUtilizationRates",))
    box = FakeNvml([Card("GPU-cut", slices=[part], temperature=66, watts=300)])
    async with on_box(box).run_test(size=(80, 24)) as pilot:
        await pilot.press("d")
        await settled(pilot)
        await pilot.press("down")
        screen = await settled(pilot)
        assert pane(screen)[1].split(maxsplit=1)[1] == "not reported"
        assert "66 °C" in pane(screen)[3]
        assert "300 of 700 W, whole card" in pane(screen)[4]


async def test_a_new_look_sends_only_what_differs(on_box, monkeypatch):
    box = FakeNvml([Card("GPU-a", utilisation=40)])
    now = [1000.0]
    monkeypatch.setattr("tutor.ui.screens.devices.monotonic", lambda: now[0])
    async with on_box(box).run_test(size=(80, 24)) as pilot:
        await pilot.press("d")
        await settled(pilot)
        await pilot.press("down")
        await settled(pilot)
        sent = []
        for column in pilot.app.screen.query(Column):
            monkeypatch.setattr(column, "refresh", lambda *regions: sent.extend(regions))
        chooser = pilot.app.screen.query_one("#devices")
        monkeypatch.setattr(chooser, "refresh", lambda *regions, **_: sent.append(None))
        await looks_again(pilot)
        assert sent == []
        box.cards[0].utilisation = 42
        now[0] += 1
        await looks_again(pilot)
        # The figure, in the column of figures.
        (region,) = sent
        assert (region.y, region.width) == (1, 1)


async def test_of_the_list_only_lines_with_new_figures_are_sent(on_box, monkeypatch):
    box = FakeNvml([Card("GPU-a", utilisation=40), Card("GPU-b", utilisation=50)])
    now = [1000.0]
    monkeypatch.setattr("tutor.ui.screens.devices.monotonic", lambda: now[0])
    async with on_box(box).run_test(size=(80, 24)) as pilot:
        await pilot.press("d")
        screen = await settled(pilot)
        sent = []
        chooser = pilot.app.screen.query_one("#devices")
        paint = Chooser.refresh

        def refresh(widget, *regions, **how):
            sent.append(regions)
            return paint(widget, *regions, **how)

        monkeypatch.setattr(Chooser, "refresh", refresh)
        box.cards[1].utilisation = 70
        now[0] += 20
        screen = await looks_again(pilot)
        line = row(screen, "GPU-b") - 1
        assert "70 %" in screen.splitlines()[line]
        assert {region.y for regions in sent for region in regions} == {
            line - chooser.content_region.y
        }
        assert all(sent)


async def test_the_list_follows_after_a_while_or_when_somebody_comes(on_box, monkeypatch):
    box = FakeNvml([Card("GPU-a", utilisation=40)])
    now = [1000.0]
    monkeypatch.setattr("tutor.ui.screens.devices.monotonic", lambda: now[0])
    async with on_box(box).run_test(size=(100, 30)) as pilot:
        await pilot.press("d")
        screen = await settled(pilot)
        head = screen.splitlines()[row(screen, "GPU-a") - 1]
        assert "40 %" in head
        box.cards[0].utilisation = 47
        now[0] += 5
        screen = await looks_again(pilot)
        assert "40 %" in screen.splitlines()[row(screen, "GPU-a") - 1]
        now[0] += 6
        screen = await looks_again(pilot)
        assert "47 %" in screen.splitlines()[row(screen, "GPU-a") - 1]
        box.cards[0].processes = [Running(4_000_000_000, None)]
        screen = await looks_again(pilot)
        assert "somebody (pid 4000000000)" in screen


async def test_the_driver_stays_open_while_it_is_watched(on_box, scripted):
    box = FakeNvml([Card("GPU-a")])
    async with on_box(box).run_test(size=(80, 24)) as pilot:
        pilot.app.tutor.devices._kept_open = partial(kept_open, box)
        assert box.inits == 0
        await pilot.press("d")
        await settled(pilot)
        assert box.inits == 1
        await looks_again(pilot)
        assert box.inits == 1
        await pilot.press("escape")
        await settled(pilot)
        assert box.inits == 0


@pytest.mark.parametrize(("size", "there"), [((80, 24), True), ((80, 19), False)])
async def test_where_there_is_no_room_for_gauges_the_list_has_it(on_box, size, there):
    async with on_box(FakeNvml([Card("GPU-a")])).run_test(size=size) as pilot:
        await pilot.press("d")
        screen = await settled(pilot)
        assert ("utilisation" in screen) is there
        assert "GPU-a" in screen
