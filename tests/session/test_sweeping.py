"""Sweeps: several runs, so many at a time; what breaks, stops, is left and is taken up again."""

import asyncio
import json
import math
from pathlib import Path

import pytest
from scripts import broken, falling, hello

from tutor.core.errors import TutorError
from tutor.core.protocol import Finished, Readings, Started, encode
from tutor.core.reference import Band, CaseRecord, Reference
from tutor.core.sweep import make_plan, read_space
from tutor.session.bands import reference_path
from tutor.session.sweeping import cores
from tutor.session.tutor import Tutor


def plan(tutor, values="0.01,0.1,0.5", **options):
    run = tutor.lesson("one").find("one.run")
    return make_plan(run, [read_space(run, f"learning_rate={values}")], **options)


async def swept(tutor, *values, **options):
    sweep = await tutor.sweeping.begin(plan(tutor, *values), **options)
    await sweep.go()
    return sweep


def outcomes(sweep):
    return [each.outcome for each in sweep.results()]


def with_end(loss):
    """A run whose losses end at a number that its learning rate gives."""

    def script(request):
        last = loss(request.knobs["learning_rate"])
        bad = (
            [(name, 1, str(last)) for name in ("train/loss", "valid/loss")] if last != last else []
        )
        value = None if last != last else last
        return [
            hello(),
            Started(total_steps=2),
            Readings([1, 2], {"train/loss": [1.0, value], "valid/loss": [1.0, value]}, 1.5, bad),
            Finished(reason="done", step=2, seconds=1.5, nonce=request.nonce),
        ]

    return script


class Slow:
    """Runs that train until they are told to end, or are stopped."""

    def __init__(self, worker, monkeypatch):
        self.training, self.most = {}, 0
        self._write = worker.fork
        worker.run = lambda request: falling(request)[:-1]
        monkeypatch.setattr("tutor.runner.follow.state", lambda _: "live")
        monkeypatch.setattr("tutor.session.sweep.state", self.state)
        monkeypatch.setattr("tutor.session.ledger.state", self.state)
        monkeypatch.setattr("tutor.session.live_run.stop", self.stop)

    async def fork(self, folder):
        await self._write(folder)
        self.training[folder.name] = folder
        self.most = max(self.most, len(self.training))

    def state(self, folder):
        return "live" if folder.name in self.training else "ended"

    def end(self, name, reason="done"):
        folder = self.training.pop(name)
        request = json.loads((folder / "request.json").read_text())
        end = Finished(reason=reason, step=40, seconds=2.0, nonce=request["nonce"])
        with (folder / "events.jsonl").open("ab") as file:
            file.write(encode(end) + b"\n")

    async def stop(self, folder):
        self.end(folder.name, "stopped")
        return "stopped"

    async def until(self, count):
        async with asyncio.timeout(5):
            while len(self.training) != count:
                await asyncio.sleep(0.01)


@pytest.fixture
def slow(scripted, monkeypatch):
    tutor, worker = scripted
    found = Slow(worker, monkeypatch)
    tutor.training.fork = found.fork
    return found


async def test_each_value_becomes_a_run_that_is_tagged_and_not_graded(scripted):
    tutor, worker = scripted
    sweep = await swept(tutor)
    assert [each.knobs["learning_rate"] for each in worker.requests] == [0.01, 0.1, 0.5]
    assert {each.seed for each in worker.requests} == {0}
    assert not any(each.graded for each in worker.requests)
    assert outcomes(sweep) == ["passed"] * 3
    entries = tutor.ledger.entries()
    assert {entry.run for entry in entries} == {each.run for each in sweep.results()}
    assert {entry.tags for entry in entries} == {(f"sweep:{sweep.id}",)}
    record = tutor.progress.blocks["one.run"]
    assert (record.attempts, record.first, record.passed) == (0, None, False)
    assert sweep.over
    assert sweep.seconds_left() == 0


async def test_what_breaks_or_diverges_stops_no_other(scripted):
    tutor, worker = scripted
    ends = {0.01: math.nan, 0.1: 0.5, 0.5: 0.001}

    def script(request):
        rate = request.knobs["learning_rate"]
        return broken(request) if rate == 1.0 else with_end(ends.get)(request)

    worker.run = script
    sweep = await swept(tutor, "0.01,1,0.1,0.5")
    assert outcomes(sweep) == ["diverged", "broken", "failed", "passed"]
    results = sweep.results()
    assert [each.value for each in results] == [None, None, 0.5, 0.001]
    assert "no such bowl" in results[1].why
    assert results[3].seconds == 1.5


async def test_so_many_train_beside_each_other_and_no_more(slow, scripted):
    tutor, _ = scripted
    sweep = await tutor.sweeping.begin(plan(tutor, "0.01,0.02,0.05,0.1,0.5"), at_a_time=2)
    going = asyncio.create_task(sweep.go())
    for _ in range(4):
        await slow.until(2)
        assert outcomes(sweep).count("training") == 2
        slow.end(next(iter(slow.training)))
        await asyncio.sleep(0.1)
    slow.end(next(iter(slow.training)))
    await going
    assert slow.most == 2
    assert outcomes(sweep) == ["passed"] * 5


async def test_a_wait_has_a_name_while_it_lasts_and_no_longer(slow, scripted):
    tutor, _ = scripted
    sweep = await tutor.sweeping.begin(plan(tutor), at_a_time=1)
    named = []

    async def warm(on_stage):
        on_stage("importing torch", 3.2)
        named.append(sweep.stage)

    tutor.training.warm = warm
    going = asyncio.create_task(sweep.go())
    await slow.until(1)
    assert (named, sweep.stage) == (["importing torch, 3 s"], "")
    await sweep.stop()
    await going


async def test_stopping_ends_all_and_starts_no_more(slow, scripted):
    tutor, worker = scripted
    sweep = await tutor.sweeping.begin(plan(tutor), at_a_time=2)
    going = asyncio.create_task(sweep.go())
    await slow.until(2)
    assert await sweep.stop()
    await going
    assert outcomes(sweep) == ["stopped", "stopped", "waiting"]
    assert len(worker.requests) == 2
    assert not sweep.over
    # What was stopped is trained again, and the rest too.
    going = asyncio.create_task(sweep.go())
    for _ in range(3):
        await slow.until(min(2, 3 - outcomes(sweep).count("passed")))
        slow.end(next(iter(slow.training)))
        await asyncio.sleep(0.1)
    await going
    assert outcomes(sweep) == ["passed"] * 3
    assert len(worker.requests) == 5


async def test_a_sweep_that_was_left_is_taken_up_in_another_session(slow, scripted):
    tutor, worker = scripted
    sweep = await tutor.sweeping.begin(plan(tutor), at_a_time=1)
    going = asyncio.create_task(sweep.go())
    await slow.until(1)
    slow.end(next(iter(slow.training)))
    await asyncio.sleep(0.1)
    await slow.until(1)
    # Who leaves starts no more; what trains goes on without us, and ends unseen.
    sweep.halt()
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    second = Tutor.open(Path(tutor.course.root))
    second.trust.grant()
    second.training.fork, second.training.warm = slow.fork, worker.warm
    later = second.sweeping.resume("last")
    assert later.id == sweep.id
    assert outcomes(later) == ["passed", "training", "waiting"]
    going = asyncio.create_task(later.go())
    await asyncio.sleep(0.1)
    assert len(slow.training) == 1, "the one that trains still takes the place of a new one"
    for _ in range(2):
        await slow.until(1)
        slow.end(next(iter(slow.training)))
        await asyncio.sleep(0.1)
    await going
    assert outcomes(later) == ["passed"] * 3
    assert len(worker.requests) == 3
    second.close()


async def test_two_windows_on_one_sweep_share_its_runs(slow, scripted):
    tutor, worker = scripted
    sweep = await tutor.sweeping.begin(plan(tutor), at_a_time=1)
    second = Tutor.open(Path(tutor.course.root))
    second.trust.grant()
    second.training.fork, second.training.warm = slow.fork, worker.warm
    other = second.sweeping.resume(sweep.id)
    both = [asyncio.create_task(each.go()) for each in (sweep, other)]
    await slow.until(1)
    while slow.training:
        slow.end(next(iter(slow.training)))
        await asyncio.sleep(0.3)
    await asyncio.gather(*both)
    assert len(worker.requests) == 3
    assert outcomes(sweep) == outcomes(other) == ["passed"] * 3
    second.close()


async def test_a_run_that_was_deleted_is_trained_again_when_it_goes_on(scripted):
    tutor, worker = scripted
    sweep = await swept(tutor)
    tutor.ledger.delete(sweep.results()[1].run)
    again = tutor.sweeping.resume(sweep.id)
    assert outcomes(again) == ["passed", "waiting", "passed"]
    await again.go()
    assert len(worker.requests) == 4
    assert worker.requests[-1].knobs["learning_rate"] == 0.1


async def test_one_sweep_goes_at_a_time_and_an_unknown_one_is_a_sentence(slow, scripted):
    tutor, _ = scripted
    sweep = await tutor.sweeping.begin(plan(tutor), at_a_time=1)
    going = asyncio.create_task(sweep.go())
    await slow.until(1)
    with pytest.raises(TutorError, match="still going"):
        await tutor.sweeping.begin(plan(tutor))
    assert tutor.sweeping.resume(sweep.id) is sweep
    await sweep.stop()
    await going
    with pytest.raises(TutorError, match="no sweep `ffff`") as caught:
        tutor.sweeping.resume("ffff")
    assert sweep.id in caught.value.hint


async def test_where_nothing_can_be_started_it_says_why_and_tries_no_more(scripted):
    tutor, _ = scripted
    tried = []

    async def fork(folder):
        tried.append(folder)
        raise TutorError("The worker died 3 times in a row.", "Look at doctor.")

    tutor.training.fork = fork
    sweep = await swept(tutor, at_a_time=2)
    assert "died" in sweep.problem.title
    assert len(tried) <= 2
    assert outcomes(sweep) == ["waiting"] * 3


async def test_the_file_that_is_damaged_is_left_alone(scripted):
    tutor, _ = scripted
    sweep = await swept(tutor)
    folder = tutor.places.data / "sweeps"
    (folder / "dead.json").write_text('{"id": "dead", "co')
    assert [each.id for each in tutor.sweeping.kept()] == [sweep.id]
    assert (folder / "dead.json").exists()


async def test_as_many_at_a_time_as_there_are_cores_but_one(scripted, monkeypatch):
    tutor, _ = scripted
    run = tutor.lesson("one").find("one.run")
    monkeypatch.setattr("tutor.session.sweeping.cores", lambda: 8)
    assert await tutor.sweeping.at_a_time(run, "auto") == 7
    assert await tutor.sweeping.at_a_time(run, "mps") == 1
    monkeypatch.setattr("tutor.session.sweeping.cores", lambda: 1)
    assert await tutor.sweeping.at_a_time(run, "cpu") == 1
    assert cores() >= 1


async def test_runs_of_ones_own_say_how_long_it_takes(scripted):
    tutor, worker = scripted
    run = tutor.lesson("one").find("one.run")
    assert tutor.sweeping.past(run) == []
    await swept(tutor, "0.1,0.5")
    worker.run = broken
    await swept(tutor, "0.01")
    assert [each.seconds for each in tutor.sweeping.past(run)] == [2.0, 2.0]


async def test_results_are_held_against_the_courses_own_runs(scripted):
    tutor, worker = scripted
    run = tutor.lesson("one").find("one.run")
    band = Band([1, 40], [0.5, 0.001], [0.5, 0.002], [0.5, 0.004])
    path = reference_path(tutor.course, tutor.owner(run), run)
    path.parent.mkdir()
    case = CaseRecord("pass", 5, {"valid/loss": band})
    kept = Reference("one.run", "", "", "cpu", {"right": case})
    path.write_bytes(encode(kept))
    worker.run = with_end(lambda rate: 0.003 if rate == 0.5 else 0.2)
    sweep = await swept(tutor)
    assert [each.usual for each in sweep.results()] == [None, None, (0.001, 0.004)]
    assert [each.place for each in sweep.results()] == ["", "", "in"]
    assert sweep.band(2, "valid/loss") == band
    assert sweep.band(0, "valid/loss") is None


async def test_a_run_is_followed_anew_by_each_who_watches_it(slow, scripted):
    tutor, _ = scripted
    live = await tutor.training.start(tutor.lesson("one").find("one.run"))
    first = asyncio.create_task(_watched(live))
    await asyncio.sleep(0.05)
    other = tutor.training.attach(live.request.run)
    second = asyncio.create_task(_watched(other))
    await asyncio.sleep(0.05)
    slow.end(live.request.run)
    await asyncio.gather(first, second)
    assert live.metrics.series["train/loss"].count == 40
    assert other.metrics.series["train/loss"].count == 40


async def _watched(live):
    async for _ in live.events():
        pass
