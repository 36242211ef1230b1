"""Runs on the device that was asked for, and what they say where it is not there."""

import os
from pathlib import Path

import pytest
import torch
from tests_runner import column, only, outcome, run_request

from tutor.core.protocol import Failed, Finished, Hello
from tutor.runner.devices import survey
from tutor.worker.device import choose

pytestmark = pytest.mark.asyncio(loop_scope="session")
ENTRIES = Path(__file__).parent / "device_entries.py"
no_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")
gpu = pytest.mark.gpu


def request(folder, function, device, **options):
    """Ask for a run of `device_entries.py`, or of a model."""
    entry = function if ":" in function else f"{ENTRIES}:{function}"
    return run_request(folder, function, device=device, entry=entry, **options)


# --- where there is none ------------------------------------------------------------------------------


@pytest.mark.parametrize("device", ["xpu", "GPU-0bad0bad-0000-0000-0000-000000000000"])
async def test_a_device_that_is_not_there_is_one_sentence_and_a_way_out(worker, folder, device):
    asked = request(folder, "where", device)
    hello, said = await outcome(worker, folder)
    assert isinstance(hello, Hello)
    assert isinstance(said, Failed)
    assert said.title.startswith(f"There is no `{device}` here: ")
    assert "--device cpu" in said.hint
    assert (said.trace, said.nonce) == ("", asked.nonce)


@pytest.mark.parametrize("device", ["auto:GPU-0bad0bad-0000-0000-0000-000000000000", "auto:xpu:3"])
async def test_what_was_only_proposed_may_be_the_cpu(worker, folder, device):
    request(folder, "where", device)
    events = await outcome(worker, folder)
    assert only(Hello, events)[0].device == "cpu"
    assert column(events, "cuda") == [0.0]
    assert isinstance(events[-1], Finished)


@pytest.fixture
def accelerator(monkeypatch):
    """Makes torch answer as on another machine; choosing changes nothing outside of the test."""

    def pretend(kind, count):
        found = torch.device(kind) if kind else None
        monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: found)
        monkeypatch.setattr(torch.accelerator, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.accelerator, "device_count", lambda: count)
        monkeypatch.setattr(torch.accelerator, "set_device_index", chosen.append)
        monkeypatch.setattr(torch, "set_float32_matmul_precision", precisions.append)
        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
        return chosen, precisions

    chosen, precisions = [], []
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return pretend


@pytest.mark.parametrize(
    ("asked", "kind", "count", "says"),
    [
        ("cuda", "", 0, "knows the CPU alone"),
        ("xpu", "cuda", 2, "knows `cuda` and the CPU"),
        ("cuda", "cuda", 0, "finds no GPU that it can use"),
        ("cuda:2", "cuda", 2, "finds cuda:0 to cuda:1"),
        ("cuda:1", "cuda", 1, "finds cuda:0 alone"),
    ],
)
async def test_what_torch_answers_is_told(accelerator, asked, kind, count, says):
    accelerator(kind, count)
    device, refused = choose(asked)
    assert device == asked
    assert says in refused.title
    assert choose(f"auto:{asked}") == ("cpu", None)


@pytest.mark.parametrize(
    ("asked", "kind", "device"),
    [
        ("auto", "cuda", "cuda"),
        ("auto:cuda:1", "cuda", "cuda:1"),
        ("auto", "mps", "mps"),
        ("auto", "", "cpu"),
        ("xpu:1", "xpu", "xpu:1"),
        ("cuda", "cuda", "cuda"),
    ],
)
async def test_what_torch_confirms_is_used(accelerator, asked, kind, device):
    chosen, precisions = accelerator(kind, 2)
    assert choose(asked) == (device, None)
    assert chosen == ([1] if device.endswith(":1") else [])
    assert precisions == (["high"] if device.startswith("cuda") else [])
    assert torch.backends.cudnn.allow_tf32 is device.startswith("cuda")


async def test_a_gpu_named_by_its_uuid_is_the_only_one_that_torch_sees(accelerator):
    accelerator("cuda", 1)
    assert choose("auto:GPU-1234") == ("cuda", None)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "GPU-1234"


# --- where there is one -------------------------------------------------------------------------------


@gpu
@no_gpu
async def test_the_gpu_named_by_its_uuid_is_the_one_used(worker, folder):
    named = next(each for each in survey().gpus if each.id.startswith("GPU-"))
    request(folder, "where", named.id)
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Finished)
    assert column(events, "cuda") == [1.0]
    said = (folder / "log.txt").read_text()
    assert f"uuid {named.id}" in said
    assert "precision high" in said


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=[gpu, no_gpu])])
async def test_a_run_learns_the_same_on_the_gpu_as_on_the_cpu(worker, folder, device):
    request(folder, "models.xor:train", device, knobs={"hidden": 8}, seconds=60.0)
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Finished)
    assert only(Hello, events)[0].device == device
    losses = [value for value in column(events, "train/loss") if value is not None]
    assert losses[-1] <= 0.05


@gpu
@no_gpu
async def test_all_the_memory_of_the_gpu_is_a_sentence_with_a_way_out(worker, folder):
    request(folder, "hungry", "cuda", knobs={"gib": 8}, seconds=60.0)
    said = (await outcome(worker, folder))[-1]
    assert isinstance(said, Failed)
    assert said.title == "The GPU ran out of memory."
    assert "smaller batch" in said.hint
    assert "CPU" in said.hint
