"""When plots are drawn: never ahead of the terminal, never behind the keys."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripts import falling
from textual import events
from textual._xterm_parser import XTermParser

from tutor.session.live_run import LiveRun
from tutor.ui.app import TutorApp
from tutor.ui.flow import BUDGET, PATIENCE, PING, TICK_SECONDS, Flow, Pace
from tutor.ui.options import Options
from tutor.ui.screens.lab import LabScreen
from tutor.ui.terminal import relayed
from tutor.ui.widgets.loss_plot import LossPlot


def frames(pace, seconds, trip, *, start=0.0, seen=True, tick=0.005):
    """Draw wherever a frame is due; each is answered after `trip` seconds, or never if None."""
    drawn, answer, now = [], None, start
    while now < start + seconds:
        if answer is not None and now >= answer:
            pace.answered(now)
            answer = None
        if pace.due(now, seen=seen):
            drawn.append(now)
            pace.drew(now)
            if pace.asks:
                pace.asked(now)
                answer = None if trip is None else now + trip
        now += tick
    if answer is not None:
        pace.answered(answer)
    return drawn


@pytest.mark.parametrize(
    ("given", "seen", "hertz"),
    [
        ({}, True, 4),
        ({"slow_link": True}, True, 2),
        ({}, False, 1),
        ({"slow_link": True}, False, 1),
    ],
)
def test_the_cadence_of_a_fast_terminal(given, seen, hertz):
    drawn = frames(Pace(**given), 10, 0.01, seen=seen, tick=TICK_SECONDS)
    assert len(drawn) == 10 * hertz


def test_no_frame_before_the_terminal_has_the_last_one():
    pace = Pace()
    drawn = frames(pace, 20, 2.0)
    assert min(b - a for a, b in itertools.pairwise(drawn)) >= 2.0
    assert pace.round_trip == pytest.approx(2.0, abs=0.01)


def test_what_a_frame_takes_the_link_is_left_to_keys_for_as_long():
    pace = Pace()
    frames(pace, 1, 0.1)
    drawn = frames(pace, 20, 2.0, start=1.0)
    gaps = [b - a for a, b in itertools.pairwise(drawn)]
    assert min(gaps) == pytest.approx(2.0 + 1.9, abs=0.05)


def test_a_long_but_wide_link_is_drawn_to_at_once():
    # Half a second there and back, whatever is sent: that is distance, not a full pipe.
    assert len(frames(Pace(), 10, 0.5)) >= 18


def test_one_slow_answer_halves_the_cadence_and_four_fast_ones_restore_it():
    pace = Pace()
    assert pace.hertz() == 4

    def trip(seconds, at):
        pace.drew(at)
        pace.asked(at)
        pace.answered(at + seconds)
        return pace.hertz()

    assert trip(0.29, 1) == 4
    assert trip(0.31, 2) == 2
    assert [trip(0.1, 3), trip(0.1, 4), trip(0.1, 5)] == [2, 2, 2]
    assert trip(0.2, 6) == 2, "neither fast nor slow: counting begins anew"
    assert [trip(0.1, at) for at in (7, 8, 9, 10)] == [2, 2, 2, 4]


def test_a_terminal_that_never_answers_is_asked_twice_and_then_drawn_to_by_the_clock():
    pace = Pace()
    drawn = frames(pace, 20, None)
    assert drawn[1] - drawn[0] == pytest.approx(PATIENCE, abs=0.1)
    assert not pace.asks
    late = [at for at in drawn if at > 2 * PATIENCE + 0.5]
    assert len(late) / (20 - 2 * PATIENCE - 0.5) == pytest.approx(2, abs=0.2)


def test_a_terminal_that_answers_late_is_asked_again():
    pace = Pace()
    frames(pace, 11, None)
    assert not pace.asks
    pace.answered(12.0)
    assert pace.asks
    assert not pace.waiting


def test_a_link_that_stood_still_is_not_flooded_when_it_is_back():
    pace = Pace()
    frames(pace, 5, 0.05)
    assert len(frames(pace, 60, None, start=5.0)) <= 60 / PATIENCE + 1
    assert pace.asks, "it did answer once"


@given(st.lists(st.tuples(st.sampled_from("datq"), st.floats(0, 8)), max_size=60))
def test_whatever_happens_a_frame_comes_within_the_time_of_an_answer(happens):
    pace, now = Pace(), 0.0
    for what, seconds in happens:
        now += seconds
        if what == "a":
            pace.answered(now)
        elif what == "d" and pace.due(now):
            pace.drew(now)
            if pace.asks:
                pace.asked(now)
        elif what == "q":
            pace.status_due(now)
    assert pace.due(now + PATIENCE) or pace.due(now + 2 * PATIENCE)
    assert pace.hertz() in (2, 4)


def test_the_status_line_changes_twice_a_second_at_most():
    pace = Pace()
    assert sum(pace.status_due(i / 8) for i in range(80)) == 20


# --- how fast the link is ---------------------------------------------------------------------------


def measured(pace, *trips):
    """Frames as (bytes, seconds until they are through), one a second."""
    for at, (count, seconds) in enumerate(trips):
        pace.drew(at)
        pace.asked(at, count)
        pace.answered(at + seconds)
    return pace.speed


def test_what_frames_take_tells_how_fast_a_link_is():
    assert measured(Pace(), (2_000, 0.01)) == "fast"
    assert measured(Pace(), (2_000, 0.1), (2_000, 0.1)) == "", "20 kB/s"
    assert measured(Pace(), (2_000, 0.4), (2_000, 0.4)) == "slow", "5 kB/s"
    assert measured(Pace(), (200, 0.001), (200, 0.001)) == "", "so few bytes tell nothing"


def test_distance_is_not_slowness():
    near = (200, 0.12)
    assert measured(Pace(), near, (2_000, 0.13)) == "fast"
    assert measured(Pace(), near, (2_000, 0.22), near, (2_000, 0.22)) == ""


@given(st.lists(st.tuples(st.integers(50, 4_000), st.floats(0, 0.05)), max_size=30))
def test_a_link_of_20_kb_a_second_is_not_taken_for_fast(happens):
    near = (200, 200 / 20e3 + 0.02)
    pace = Pace()
    assert measured(pace, *((n, n / 20e3 + 0.02 + late) for n, late in happens), near) != "fast"


def test_on_a_busy_machine_one_good_frame_in_six_tells():
    late = [(2_000, 0.08)] * 5
    assert measured(Pace(), (200, 0.01), *late, (2_000, 0.03), *late) == "fast"


def test_a_link_that_grows_slow_is_found_out():
    pace = Pace()
    assert measured(pace, (200, 0.005), *[(3_000, 0.01)] * 9) == "fast"
    assert measured(pace, *[(3_000, 0.15)] * 6) == ""


@pytest.mark.parametrize("given", [{"slow_link": True}, {"relayed": True}])
def test_what_was_said_or_cannot_be_known_stays(given):
    assert measured(Pace(**given), *[(3_000, 0.001)] * 5) != "fast"


def test_a_fast_link_is_drawn_to_twice_as_often():
    pace = Pace()
    measured(pace, (3_000, 0.01), (3_000, 0.01))
    assert len(frames(pace, 10, 0.01, start=2.0)) >= 80


def test_a_multiplexer_answers_in_the_place_of_a_terminal():
    assert relayed({"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"})
    assert relayed({"TERM": "screen.xterm-256color"})
    assert relayed({"STY": "1.pts-0.box"})
    assert not relayed({"TERM": "xterm-256color"})


def test_pictures_that_nobody_asked_for_keep_the_mean_within_the_budget():
    now, sent, shown = [0.0], [0], []
    flow = Flow(Pace(), str, lambda: now[0], lambda: sent[0])
    for _ in range(4 * 60):
        now[0] += 0.25
        sent[0] += 200  # curves
        if flow.affords():
            shown.append(now[0])
            sent[0] += 1_500
    assert 2_000 < sent[0] / 60 <= BUDGET
    assert len(shown) >= 60


def test_where_curves_alone_cost_too_much_pictures_still_move_now_and_then():
    now, sent, shown = [0.0], [0], 0
    flow = Flow(Pace(), str, lambda: now[0], lambda: sent[0])
    for _ in range(4 * 60):
        now[0] += 0.25
        sent[0] += 1_000
        shown += flow.affords()
    assert 10 <= shown <= 60 / PATIENCE + 1


def test_what_was_sent_before_a_run_is_not_owed():
    now, sent = [0.0], [0]
    flow = Flow(Pace(), str, lambda: now[0], lambda: sent[0])
    now[0], sent[0] = 20.0, 100_000
    assert flow.affords()


# --- the question and its answer ------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["\x1b[1;1R", "\x1b[30;100R", "\x1b[1;2R\x1b[24;80R"])
def test_an_answer_is_never_a_key_however_late_it_comes(answer):
    found = list(XTermParser().feed(answer + "a"))
    assert [type(each) for each in found[:-1]] == [events.CursorPosition] * answer.count("R")
    assert found[-1].key == "a"


class Asked:
    """A terminal that notes what it was asked, and when by a clock that the test turns."""

    def __init__(self):
        self.now = 0.0
        self.written = []

    def flow(self, **given):
        return Flow(Pace(**given), self.written.append, lambda: self.now)


@pytest.fixture
async def training(pilot, scripted, monkeypatch):
    """The lab on a run that goes on, on a terminal that only answers when the test does."""
    scripted[1].run = lambda request: falling(request)[:-1]
    monkeypatch.setattr(LiveRun, "running", True)
    app, asked = pilot.app, Asked()
    app.flow = asked.flow()
    run = app.tutor.lesson("one").find("one.run")
    live = await app.tutor.training.start(run)
    screen = LabScreen(run, live=live)
    await app.push_screen(screen)
    asked.screen, asked.pilot = screen, pilot
    async with asyncio.timeout(10):
        while not asked.written:
            await pilot.pause()
    assert live.metrics.series["train/loss"].count == 40, "the first readings do not wait"
    return asked


async def test_a_frame_is_followed_by_one_question_and_the_next_waits_for_its_answer(training):
    screen, pilot = training.screen, training.pilot
    assert set(training.written) == {PING}
    while screen.app.flow.pace.waiting:
        screen.app.post_message(events.CursorPosition(0, 0))
        await pilot.pause()
    asked = len(training.written)
    training.now += 1.0
    screen._tick()
    await pilot.pause()
    assert len(training.written) == asked + 1
    training.now += 4.9
    screen._tick()
    await pilot.pause()
    assert len(training.written) == asked + 1, "nothing goes out before the answer"
    before = screen.focused
    screen.app.post_message(events.CursorPosition(9, 9))
    await pilot.pause()
    assert screen.focused is before
    assert screen.app.flow.pace.round_trip == pytest.approx(4.9)
    assert screen._tick() is None


async def test_a_plot_that_nobody_sees_is_drawn_once_a_second_and_nothing_is_asked(training):
    screen, pilot = training.screen, training.pilot
    plot = screen.query_one(LossPlot)
    drawn = []
    plot.advance = lambda: drawn.append(training.now)
    screen.app.flow.answered()
    await screen.app.push_screen(LabScreen(screen._run))
    await pilot.pause()
    asked = len(training.written)
    for _ in range(40):
        training.now += 0.1
        screen._tick()
        await pilot.pause()
    assert len(drawn) in (3, 4, 5)
    assert len(training.written) == asked
    await screen.app.pop_screen()
    screen.app.post_message(events.AppBlur())
    await pilot.pause()
    assert not screen._seen
    screen.app.post_message(events.AppFocus())
    await pilot.pause()
    assert screen._seen
    await pilot.press("v")
    assert not screen._seen


async def test_leaving_waits_for_the_answer_so_that_the_shell_does_not_get_it():
    asked = Asked()
    flow = asked.flow()
    flow._ask()
    assert asked.written == [PING]
    leaving = asyncio.create_task(flow.settle())
    await asyncio.sleep(0)
    flow._ask()
    assert not leaving.done()
    flow.answered()
    await leaving
    flow._ask()
    assert asked.written == [PING], "and nothing more is asked"


async def test_without_a_terminal_nothing_is_asked(pilot):
    assert not pilot.app.flow.pace.asks


async def test_on_a_slow_link_nothing_moves_by_itself_and_progress_does_not_pop_up(scripted):
    tutor, _ = scripted
    tutor.set_setting("welcomed", "1")
    app = TutorApp(tutor, Options(slow_link=True))
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.animation_level == "none"
        assert app.flow.pace.hertz() == 2
        app.say("A run passed.", progress=True)
        await pilot.pause()
        assert not app._notifications
        app.say("The disk is full.", bad=True)
        await pilot.pause()
        assert len(app._notifications) == 1
