"""Runs on a cluster: with a made-up one for the rules, with submitit's own local one for the rest."""

import asyncio
import sys

import msgspec
import pytest
from fakes.cluster import FakeCluster
from scripts import broken, falling, hello
from tests_runner import column, only, run_request

from tutor.core.errors import TutorError
from tutor.core.protocol import Finished, encode
from tutor.runner import cluster, follow, stopping
from tutor.runner.control import stop_asked
from tutor.runner.follow import Gone
from tutor.runner.liveness import state
from tutor.runner.stopping import stop

HINT = "pip install 'dlwalk-tutor[slurm]'"


@pytest.fixture
def fake(monkeypatch):
    fake = FakeCluster()
    monkeypatch.setattr(cluster, "_submitit", lambda: fake)
    # So that a test sees many looks in a moment.
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(follow, "PROBE_SECONDS", 0.01)
    monkeypatch.setattr(stopping, "CLUSTER_SECONDS", 0.3)
    return fake


def submitted(folder, text="default", **options):
    return cluster.submit(folder, run_request(folder, "normal", **options), text)


def says(folder, events):
    with (folder / "events.jsonl").open("ab") as file:
        file.writelines(encode(event) + b"\n" for event in events)


def abroad(event):
    """The same first line, said by a machine of the cluster."""
    return msgspec.structs.replace(event, host="node17", ticks=1)


# --- asking -------------------------------------------------------------------------------------------


def test_a_job_is_asked_for_what_was_said_and_what_the_run_needs(fake, folder):
    text = "partition=gpu, gpus=2,minutes=90"
    job = submitted(folder, text, nproc=2, seconds=300.0)
    assert fake.parameters == {
        "name": "dlwalk-e",
        "nodes": 1,
        "tasks_per_node": 1,
        "cpus_per_task": 2,
        "slurm_partition": "gpu",
        "gpus_per_node": 2,
        "timeout_min": 90,
    }
    assert fake.calls == (cluster.work, (str(folder.resolve()), 2))
    assert (job, state(folder)) == (cluster.Job("1234"), "queued:1234")


def test_a_job_outlasts_the_limit_of_its_run(fake, folder):
    submitted(folder, seconds=600.0)
    assert fake.parameters["timeout_min"] > 10


@pytest.mark.parametrize("text", ["gpu", "gpus=two", "colour=red", "partition=", "a=1\x1b[2J"])
def test_an_option_that_cannot_be_read_is_one_sentence(text):
    with pytest.raises(TutorError) as caught:
        cluster.options(text)
    assert "\x1b" not in caught.value.title


def test_a_cluster_that_refuses_leaves_no_run(fake, folder):
    fake.refuses = 'Could not detect "srun", are you indeed on a slurm cluster?'
    with pytest.raises(TutorError, match="did not take the job: Could not detect"):
        submitted(folder)
    assert not (folder / "request.json").exists()


async def test_without_the_extra_there_is_one_sentence_and_no_run(scripted, monkeypatch):
    tutor, _ = scripted
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(TutorError) as caught:
        await tutor.training.start(tutor.lesson("one").find("one.run"), slurm="default")
    assert caught.value.hint == f"Install it: {HINT}"
    assert tutor.training.past() == []


async def test_a_session_waits_for_the_cluster_and_grades_what_comes(fake, scripted):
    tutor, _ = scripted
    live = await tutor.training.start(
        tutor.lesson("one").find("one.run"), {"learning_rate": 0.5}, slurm="partition=gpu"
    )
    assert live.stage == "waiting for the cluster, job 1234"
    assert live.where == "queued:1234"
    assert live.request.device == "cpu"
    first, *rest = falling(live.request)
    says(live.folder, [abroad(first)])
    assert live.where == "elsewhere:node17"
    says(live.folder, rest)
    async for _ in live.events():
        pass
    assert live.verdict.passed
    assert live.where == "ended"


# --- the end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("TIMEOUT", "reached the time limit"),
        ("CANCELLED by 0", "was cancelled"),
        ("OUT_OF_MEMORY", "more memory than its job"),
        ("NODE_FAIL", "machine that it trained on failed"),
    ],
)
async def test_a_run_that_died_with_its_job_says_why(fake, folder, said, words):
    submitted(folder)
    says(folder, [abroad(hello())])
    assert state(folder) == "elsewhere:node17"
    fake.jobs["1234"] = said
    events = [event async for event in follow.follow(folder)]
    assert isinstance(events[-1], Gone)
    assert words in events[-1].exit.title
    assert "(job 1234)" in events[-1].exit.title
    assert state(folder) == "dead"


async def test_a_job_that_waits_is_waited_for(fake, folder):
    submitted(folder)
    seen = []

    async def watch():
        seen.extend([event async for event in follow.follow(folder)])

    watching = asyncio.create_task(watch())
    while fake.questions < 5:
        await asyncio.sleep(0.01)
    assert not watching.done()
    first, *rest = broken(run_request(folder, "normal"))
    fake.jobs["1234"] = "RUNNING"
    says(folder, [abroad(first), *rest])
    await watching
    assert seen[-1].title == "ValueError: no such bowl"


async def test_a_queue_that_does_not_answer_ends_no_run(fake, folder, monkeypatch):
    job = submitted(folder)
    monkeypatch.setattr(cluster, "_found", lambda *_: 1 / 0)
    assert cluster.standing(folder, job) == ""
    look = cluster.Look(folder)
    for _ in range(3):
        await look.look()
    assert state(folder) == "queued:1234"


async def test_a_job_that_waits_is_taken_from_the_queue(fake, folder):
    submitted(folder)
    assert await stop(folder) == "stopped"
    assert fake.jobs["1234"].startswith("CANCELLED")
    assert state(folder) == "dead"
    assert await stop(folder) == "was over"


async def test_a_run_on_the_cluster_is_asked_before_its_job_is_cancelled(fake, folder):
    request = run_request(folder, "normal")
    cluster.submit(folder, request, "default")
    says(folder, [abroad(hello())])
    stopping_it = asyncio.create_task(stop(folder))
    while not stop_asked(folder):
        await asyncio.sleep(0.01)
    says(folder, [Finished(reason="stopped", step=3, seconds=1.0, nonce=request.nonce)])
    assert await stopping_it == "stopped"
    assert fake.jobs["1234"] == "PENDING"


async def test_one_that_does_not_answer_is_cancelled(fake, folder):
    submitted(folder)
    says(folder, [abroad(hello())])
    assert await stop(folder) == "stopped"
    assert fake.jobs["1234"].startswith("CANCELLED")


# --- submitit itself ----------------------------------------------------------------------------------


@pytest.fixture
def local(monkeypatch):
    """Submitit's executor for this machine; its jobs are over, and let go, after the test."""
    pytest.importorskip("submitit", reason="the optional extra `slurm` is not installed")
    kept = {}
    monkeypatch.setattr(cluster, "_KEPT", kept)
    yield lambda folder, request: cluster.submit(folder, request, "cluster=local")
    for job in kept.values():
        job.wait()


async def test_submitit_trains_the_folder(local, folder):
    request = run_request(folder, "normal")
    job = local(folder, request)
    assert cluster.job_of(folder) == job
    events = [event async for event in follow.follow(folder)]
    assert isinstance(events[-1], Finished), events
    assert column(events, "train/loss") == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    assert only(Finished, events)[0].nonce == request.nonce
    while not (folder / "exit").is_file():
        await asyncio.sleep(0.02)
    assert state(folder) == "ended"


async def test_a_run_that_submitit_started_is_stopped_through_its_folder(local, folder):
    local(folder, run_request(folder, "forever"))
    while state(folder) != "live":
        await asyncio.sleep(0.02)
    assert await stop(folder) == "stopped"
    while not (folder / "exit").is_file():
        await asyncio.sleep(0.02)
    assert state(folder) in ("ended", "dead")
