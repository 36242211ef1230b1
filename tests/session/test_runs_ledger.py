"""The list of all runs: what is kept of each, notes, tags, deleting and taking back."""

import os
import time

import pytest
from scripts import falling

from tutor.core.errors import TutorError
from tutor.core.protocol import Readings, encode
from tutor.core.reference import Band
from tutor.session import comparing, ledger, live_run
from tutor.session.comparing import overlay
from tutor.store.runs import SUMMARY, TRASH_SECONDS


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


async def test_a_run_that_ended_unwatched_has_not_failed(scripted):
    tutor, worker = scripted
    worker.run = falling
    live = await tutor.training.start(tutor.lesson("one").find("one.run"), seed=1)
    (entry,) = tutor.ledger.entries()
    assert (entry.outcome, entry.points) == ("ended", None)
    assert tutor.ledger.ungraded([entry])
    tutor.training.settle(tutor.ledger.record(live.folder.name))
    (entry,) = tutor.ledger.entries()
    assert (entry.outcome, entry.points) == ("passed", 3.0)
    assert not tutor.ledger.ungraded([entry])


async def test_it_knows_by_what_it_is_graded_and_what_was_turned(scripted):
    tutor, worker = scripted
    worker.run = falling
    run = tutor.lesson("one").find("one.run")
    await tutor.training.start(run, {"learning_rate": 0.5}, seed=1)
    (entry,) = tutor.ledger.entries()
    assert (entry.result, entry.curve, entry.turned) == (
        "valid/loss",
        "train/loss",
        ("learning_rate",),
    )
    assert entry.last() == pytest.approx(0.5**8)


async def test_a_run_of_an_exercise_that_is_gone_is_still_read(scripted):
    tutor, worker = scripted
    worker.run = falling
    name = await trained(tutor)
    request = tutor.places.runs / name / "request.json"
    request.write_text(request.read_text().replace('"one.run"', '"one.gone"'))
    (entry,) = tutor.ledger.entries()
    assert (entry.title, entry.result, entry.curve) == ("one.gone", "valid/loss", "train/loss")
    assert tutor.ledger.record(name).metrics.values("train/loss")
    assert not tutor.ledger.ungraded([entry])
    laid = overlay(tutor, [entry])
    assert laid.empty == "reading the record"
    tutor.ledger.shelf.load(name)
    tutor.ledger.marks.pin(name)
    laid = overlay(tutor, [entry])
    assert [len(series.values()) for series in laid.metrics.series.values()] == [40]
    assert laid.band is None
    tutor.ledger.delete(name)
    assert tutor.ledger.marks.runs == ()
    assert tutor.ledger.undo(name[-6:]) == name


async def test_how_a_run_ended_is_asked_of_its_summary(scripted, monkeypatch):
    tutor, worker = scripted
    worker.run = falling
    name = await trained(tutor)
    monkeypatch.setattr(ledger, "state", lambda folder: pytest.fail("its process was looked for"))
    assert tutor.training.past()[0][1] == "ended"
    assert tutor.ledger.entries()[0].state == "ended"
    (tutor.places.runs / name / SUMMARY).unlink()
    monkeypatch.undo()
    assert tutor.training.past()[0][1] == "ended"


async def test_the_range_of_the_pinned_run_lies_behind(scripted, monkeypatch):
    tutor, worker = scripted
    worker.run = falling
    run = tutor.lesson("one").find("one.run")
    seen = []

    def recorded(_, exercise, case, series):
        seen.append((exercise.id, case, series))
        return Band(step=[1, 40], lo=[0.1, 0.0], mid=[0.2, 0.1], hi=[0.3, 0.2])

    monkeypatch.setattr(comparing, "case_band", recorded)
    names = []
    for rate in (0.5, 0.3):
        live = await tutor.training.start(run, {"learning_rate": rate}, seed=1)
        names.append(live.folder.name)
        tutor.ledger.shelf.load(names[-1])
    entries = [tutor.ledger.entry(name) for name in names]
    assert overlay(tutor, entries).band is None
    tutor.ledger.marks.pin(names[0])
    laid = overlay(tutor, entries)
    assert (laid.band, laid.band_name) == (([1, 40], [0.1, 0.0], [0.3, 0.2]), "usual range")
    assert (laid.top, laid.plot.target, laid.plot.y, laid.planned) == (0, 0.01, "log", 40)
    tutor.ledger.marks.pin(names[1])  # no case has its knobs: the case that passes
    laid = overlay(tutor, entries)
    assert (laid.top, laid.band_name) == (1, "range of right")
    assert seen == [("one.run", "right", "train/loss")] * 2


async def test_the_command_that_exports_names_runs_shortly(scripted):
    tutor, worker = scripted
    worker.run = falling
    first, second = await trained(tutor, 1), await trained(tutor, 2)
    words = tutor.ledger.export([first, second]).split()
    assert words[:3] == ["dlwalk-tutor", "runs", "export"]
    assert [tutor.ledger.find(word) for word in words[3:5]] == [first, second]


async def test_the_trash_is_emptied_after_a_week(scripted):
    tutor, worker = scripted
    worker.run = falling
    first, second = await trained(tutor, 1), await trained(tutor, 2)
    tutor.ledger.delete(first)
    tutor.ledger.delete(second)
    long_ago = time.time() - TRASH_SECONDS - 60
    os.utime(tutor.places.data / "trash" / first, (long_ago, long_ago))
    tutor.ledger.sweep()
    assert tutor.ledger.deleted() == [second]
    assert tutor.ledger.undo() == second


async def test_a_run_that_has_not_changed_for_a_week_is_deleted_for_a_week(scripted):
    tutor, worker = scripted
    worker.run = falling
    name = await trained(tutor)
    long_ago = time.time() - TRASH_SECONDS - 60
    os.utime(tutor.places.runs / name, (long_ago, long_ago))
    tutor.ledger.delete(name)
    tutor.ledger.sweep()
    assert tutor.ledger.undo() == name


async def test_a_run_that_trains_is_read_on_from_where_it_was_left(scripted, monkeypatch):
    tutor, worker = scripted
    for module in (ledger, live_run):
        monkeypatch.setattr(module, "state", lambda folder: "live")
    worker.run = lambda request: falling(request)[:-1]
    live = await tutor.training.start(tutor.lesson("one").find("one.run"), seed=1)
    name = live.folder.name
    record = tutor.ledger.shelf.load(name)
    entry = tutor.ledger.entries()[0]
    with (live.folder / "events.jsonl").open("ab") as file:
        file.write(encode(Readings([41], {"train/loss": [0.25]}, elapsed=3.0)) + b"\n")
    assert tutor.ledger.shelf.load(name) is record
    assert len(record.metrics.values("train/loss")) == 41
    news = tutor.ledger.refreshed(entry, record)
    assert (news.steps, news.over, news.metrics["train/loss"]) == (41, False, 0.25)
    assert not (live.folder / SUMMARY).exists()
    with pytest.raises(TutorError, match="There is no run"):
        tutor.ledger.shelf.load("nowhere")
