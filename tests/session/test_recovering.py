"""Runs that broke off are offered once, go on or begin again, and are graded whole."""

import pytest
from scripts import falling, hello

from tutor.core.errors import TutorError
from tutor.core.protocol import CheckpointSaved, Failed, Finished, Readings, Resumed, Started
from tutor.runner.control import send


def cut_off(request):
    """A run that never said how it ended."""
    return [
        hello(),
        Started(total_steps=40),
        Readings([1, 2, 3], {"train/loss": [1.0, 0.9, 0.8]}, 0.1),
    ]


def cut_off_with_checkpoint(request):
    return [*cut_off(request), CheckpointSaved(2, 0.0)]


def taken_up(request):
    whole = falling(request)
    return [whole[0], Resumed("before", 2), *whole[1:]]


def run_of(tutor):
    return tutor.lesson("one").find("one.run")


async def broken(tutor, worker, script):
    """A run that died while nobody watched."""
    worker.run = script
    live = await tutor.training.start(run_of(tutor), {"learning_rate": 0.5}, seed=11)
    tutor.training.live.clear()
    (live.folder / "exit").write_text("-9\n")
    worker.run = taken_up
    return live


async def test_it_is_offered_with_what_can_be_done(scripted):
    tutor, worker = scripted
    live = await broken(tutor, worker, cut_off_with_checkpoint)
    (offer,) = tutor.recovering.broken_off()
    assert offer.request.run == live.folder.name
    assert (offer.step, offer.checkpoint, offer.resumable) == (3, 2, True)


async def test_going_on_keeps_seed_and_knobs_and_ends_the_offer(scripted):
    tutor, worker = scripted
    old = await broken(tutor, worker, cut_off_with_checkpoint)
    live = await tutor.recovering.resume(old.folder.name)
    async for _ in live.events():
        pass
    assert live.request.seed == 11
    assert live.request.knobs == old.request.knobs
    assert live.request.resumes == str(old.folder.resolve())
    assert live.request.nonce != old.request.nonce
    assert live.resumed.step == 2
    assert live.verdict.passed
    assert tutor.recovering.broken_off() == []


async def test_a_short_run_begins_again_from_its_seed(scripted):
    tutor, worker = scripted
    old = await broken(tutor, worker, cut_off)
    (offer,) = tutor.recovering.broken_off()
    assert not offer.resumable
    with pytest.raises(TutorError, match="no checkpoint"):
        await tutor.recovering.resume(old.folder.name)
    live = await tutor.recovering.again(old.folder.name)
    assert (live.request.seed, live.request.resumes) == (11, "")
    assert tutor.recovering.broken_off() == []


async def test_letting_it_be_ends_the_offer(scripted):
    tutor, worker = scripted
    old = await broken(tutor, worker, cut_off)
    tutor.recovering.dismiss(old.folder.name)
    assert tutor.recovering.broken_off() == []


async def test_what_was_seen_to_end_or_was_stopped_is_not_offered(scripted):
    tutor, worker = scripted
    worker.run = cut_off
    live = await tutor.training.start(run_of(tutor))
    (live.folder / "exit").write_text("-11\n")
    async for _ in live.events():
        pass
    assert live.phase == "broken"
    assert tutor.recovering.broken_off() == []
    old = await broken(tutor, worker, cut_off)
    send(old.folder, "stop")
    assert tutor.recovering.broken_off() == []


def stopped_half_way(request):
    end = Finished(reason="stopped", step=3, seconds=0.1, nonce=request.nonce)
    return [*cut_off_with_checkpoint(request), end]


async def test_what_the_machine_ended_as_it_went_down_goes_on(scripted):
    tutor, worker = scripted
    old = await broken(tutor, worker, stopped_half_way)
    (offer,) = tutor.recovering.broken_off()
    assert (offer.request.run, offer.checkpoint) == (old.folder.name, 2)
    live = await tutor.recovering.resume(old.folder.name)
    assert live.request.resumes == str(old.folder.resolve())
    assert [each.request.run for each in tutor.recovering.broken_off()] == []


async def test_it_is_offered_though_somebody_watched_whom_the_machine_took_with_it(scripted):
    tutor, worker = scripted
    worker.run = stopped_half_way
    live = await tutor.training.start(run_of(tutor))
    async for _ in live.events():
        pass
    assert [each.request.run for each in tutor.recovering.broken_off()] == [live.folder.name]


async def test_what_was_stopped_by_hand_stays_stopped(scripted):
    tutor, worker = scripted
    old = await broken(tutor, worker, stopped_half_way)
    send(old.folder, "stop")
    assert tutor.recovering.broken_off() == []
    with pytest.raises(TutorError, match="nothing to go on with"):
        await tutor.recovering.resume(old.folder.name)


async def test_what_failed_for_want_of_room_goes_on_when_asked(scripted):
    tutor, worker = scripted

    def full(request):
        end = Failed(title="The disk is full.", step=3, nonce=request.nonce)
        return [*cut_off_with_checkpoint(request), end]

    old = await broken(tutor, worker, full)
    # It has said what happened; it is not offered on top.
    assert tutor.recovering.broken_off() == []
    live = await tutor.recovering.resume(old.folder.name)
    assert live.request.resumes == str(old.folder.resolve())


async def test_what_died_before_it_had_a_checkpoint_of_its_own_goes_on_from_the_older(scripted):
    tutor, worker = scripted
    old = await broken(tutor, worker, cut_off_with_checkpoint)
    worker.run = lambda request: [hello()]
    second = await tutor.recovering.resume(old.folder.name)
    tutor.training.live.clear()
    (second.folder / "exit").write_text("-9\n")
    (offer,) = tutor.recovering.broken_off()
    assert (offer.request.run, offer.checkpoint) == (second.folder.name, 2)
    worker.run = taken_up
    third = await tutor.recovering.resume(second.folder.name)
    assert third.request.resumes == str(old.folder.resolve())
    assert tutor.recovering.broken_off() == []


async def test_what_ended_well_cannot_go_on(scripted):
    tutor, _ = scripted
    live = await tutor.training.start(run_of(tutor))
    async for _ in live.events():
        pass
    with pytest.raises(TutorError, match="nothing to go on with"):
        await tutor.recovering.resume(live.folder.name)


async def test_old_ones_are_let_be(scripted, monkeypatch):
    tutor, worker = scripted
    await broken(tutor, worker, cut_off)
    import time

    now = time.time()
    monkeypatch.setattr("tutor.session.recovering.time.time", lambda: now + 8 * 86_400)
    assert tutor.recovering.broken_off() == []
