"""Starting, following and grading runs."""

import msgspec
import pytest
from scripts import broken, falling, flat

from tutor.core.errors import TutorError
from tutor.core.protocol import Finished
from tutor.session.prove import _case
from tutor.session.tutor import Tutor
from tutor.ui.widgets.card import face


async def run(tutor, knobs=None, **options):
    live = await tutor.training.start(tutor.lesson("one").find("one.run"), knobs, **options)
    async for _ in live.events():
        pass
    return live


async def test_a_run_that_reaches_its_goal_is_graded_and_recorded(scripted):
    tutor, _ = scripted
    live = await run(tutor, {"learning_rate": 0.5})
    assert live.verdict.passed
    assert live.verdict.points == 3
    assert tutor.progress.blocks["one.run"].best == 3
    assert live.step == 40
    assert live.samples_per_second() == 40 * 8 / 2.0


async def test_a_run_that_does_not_is_told_what_it_needs(scripted):
    tutor, worker = scripted
    worker.run = flat
    live = await run(tutor)
    assert not live.verdict.passed
    assert live.verdict.points == 0
    assert "0.01" in live.verdict.parts[0].why


async def test_a_broken_run_says_so_and_earns_nothing(scripted):
    tutor, worker = scripted
    worker.run = broken
    live = await run(tutor)
    assert live.phase == "broken"
    assert "no such bowl" in live.problem.title
    assert live.verdict.points == 0
    assert tutor.progress.runs[live.folder.name].passed is False


async def test_a_forged_end_is_no_pass(scripted):
    tutor, worker = scripted
    worker.run = lambda request: [
        *falling(request)[:-1],
        Finished(reason="done", step=40, seconds=1.0, nonce="guessed"),
    ]
    live = await run(tutor)
    assert not live.verdict.passed


async def test_stopping_early_is_no_pass_even_below_the_mark(scripted):
    tutor, worker = scripted
    worker.run = lambda request: [
        *falling(request)[:-1],
        Finished(reason="stopped", step=40, seconds=1.0, nonce=request.nonce),
    ]
    live = await run(tutor)
    assert not live.verdict.passed


async def test_turning_a_fixed_knob_makes_it_practice(scripted):
    tutor, _ = scripted
    live = await run(tutor, {"steps": 60})
    assert live.verdict.passed
    assert live.request.graded is False
    assert tutor.standing(tutor.lesson("one")).blocks["one.run"].earned == 0


async def test_a_knob_out_of_range_never_starts(scripted):
    tutor, worker = scripted
    with pytest.raises(TutorError, match="learning_rate"):
        await run(tutor, {"learning_rate": 50.0})
    assert worker.requests == []


async def test_an_unwatched_run_is_graded_at_the_next_start_once(scripted, course):
    tutor, _ = scripted
    await tutor.training.start(tutor.lesson("one").find("one.run"), {"learning_rate": 0.5})
    tutor.close()
    again = Tutor.open(course)
    graded = await again.training.grade_unwatched()
    assert [live.verdict.passed for live in graded] == [True]
    assert await again.training.grade_unwatched() == []
    assert again.progress.blocks["one.run"].attempts == 1
    again.close()


async def test_a_run_is_read_back_whole(scripted):
    tutor, _ = scripted
    live = await run(tutor)
    back = tutor.training.attach(live.folder.name)
    async for _ in back.events():
        pass
    assert back.metrics.values("train/loss") == live.metrics.values("train/loss")
    # Who left a run that trains and comes back to it does not read its beginning twice.
    tutor.training.live[live.folder.name] = live
    assert tutor.training.attach(live.folder.name) is not live
    with pytest.raises(TutorError, match="no run"):
        tutor.training.attach("20200101-000000-none-0000")


async def test_the_run_list_is_newest_first(scripted):
    tutor, _ = scripted
    first = await run(tutor)
    second = await run(tutor)
    names = [request.run for request, _ in tutor.training.past()]
    assert names.index(second.folder.name) < names.index(first.folder.name)


async def test_a_run_that_needs_an_extra_says_how_to_get_it(course, home):
    page = course / "one" / "lesson.md"
    entry = 'entry = "bowl.py:train"\n'
    page.write_text(page.read_text().replace(entry, entry + 'needs = "no_such_package"\n'))
    tutor = Tutor.open(course, home)
    tutor.trust.grant()
    body = tutor.lesson("one").find("one.run")
    with pytest.raises(TutorError, match="This run needs `no_such_package`") as caught:
        await tutor.training.start(body)
    assert 'pip install "dlwalk-tutor[no_such_package]"' in caught.value.hint
    assert face(tutor, body).lines[-1].startswith("It needs `no_such_package`")
    proof = await _case(tutor, body, body.case[0], 0, "auto")
    assert proof.ok
    assert proof.detail == "not run: `no_such_package` is not installed"
    assert len(face(tutor, msgspec.structs.replace(body, needs="msgspec")).lines) == 1
