"""The list of all runs: what is kept of each, notes, tags, deleting and taking back."""

import pytest
from scripts import falling

from tutor.core.errors import TutorError
from tutor.store.runs import SUMMARY


async def trained(tutor, seed=1):
    live = await tutor.training.start(tutor.lesson("one").find("one.run"), seed=seed)
    async for _ in live.events():
        pass
    return live.folder.name


async def test_a_run_that_ended_is_in_the_ledger_with_its_last_values(scripted):
    tutor, worker = scripted
    worker.run = falling
    name = await trained(tutor)
    (entry,) = tutor.ledger.entries()
    assert (entry.run, entry.outcome, entry.seed, entry.steps) == (name, "passed", 1, 40)
    assert entry.metrics["train/loss"] == pytest.approx(0.5**8)
    assert len(entry.code) >= 8
    assert tutor.ledger.entry(name[-6:]) == entry
    # Without its summary it is read from its record again.
    (tutor.places.runs / name / SUMMARY).unlink()
    assert tutor.ledger.entries() == [entry]
    assert (tutor.places.runs / name / SUMMARY).exists()


async def test_notes_and_tags_are_kept_beside_the_run(scripted):
    tutor, worker = scripted
    worker.run = falling
    name = await trained(tutor)
    tutor.ledger.note(name, " the best so far ")
    tutor.ledger.tag(name, ("#keep", "lr", "keep", ""))
    entry = tutor.ledger.entry(name)
    assert (entry.note, entry.tags) == ("the best so far", ("keep", "lr"))


async def test_what_was_deleted_is_taken_back(scripted):
    tutor, worker = scripted
    worker.run = falling
    first, second = await trained(tutor, 1), await trained(tutor, 2)
    tutor.ledger.delete(first)
    assert [entry.run for entry in tutor.ledger.entries()] == [second]
    assert tutor.ledger.undo() == first
    assert {entry.run for entry in tutor.ledger.entries()} == {first, second}
    with pytest.raises(TutorError, match="Nothing is left"):
        tutor.ledger.undo()
    with pytest.raises(TutorError, match="There is no run"):
        tutor.ledger.entry("nowhere")


async def test_what_was_earned_unwatched_is_not_deleted_with_the_run(scripted):
    tutor, worker = scripted
    worker.run = falling
    live = await tutor.training.start(tutor.lesson("one").find("one.run"), seed=1)
    name = live.folder.name
    assert name not in tutor.progress.runs_graded
    tutor.ledger.delete(name)
    assert name in tutor.progress.runs_graded
    assert tutor.progress.runs[name].passed
