"""What a GPU makes of it: `python -m pytest -n 0 -m bench -s tests/bench/bench_gpu.py`, on a machine with one.

- *ceilings*: a large product in bfloat16, and a copy: what everything below is measured against.
- *ResNet-50*, full size: pictures a second by batch, and beside it the CPU (the exercise of lesson 19).
- *GPT-2 small*: a training step in bfloat16, tokens a second, ours against the same network of torch's
  own layers; the share of the product's ceiling that its 6 operations a weight and token come to.
- *LeNet-5*: seconds an epoch of the exercise as it comes, one core and GPU, by batch.
- *first reading*: from the fork of the warm worker, CPU and CUDA.
"""

import asyncio
import statistics
import time
from pathlib import Path

import pytest
import torch
from bench_worker import first
from bench_zoo import Parts
from tests_runner import run_request
from torch.nn import functional

from models import fast, gpt, gpt2, lenet, throughput
from models.reading import Reading, Start
from tutor.core.protocol import Readings
from tutor.runner.worker_process import Worker

pytestmark = [
    pytest.mark.bench,
    pytest.mark.gpu,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here"),
]

SIDE = 8192
TURNS = 20


def milliseconds(work) -> float:
    """The median of some calls, as the device itself counts."""
    found = []
    for turn in range(TURNS + 5):
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        began.record()
        work()
        ended.record()
        torch.cuda.synchronize()
        if turn >= 5:
            found.append(began.elapsed_time(ended))
    return statistics.median(found)


def product_rate() -> float:
    """Operations a second of a large product in bfloat16."""
    left, right = (torch.randn(SIDE, SIDE, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    return 2 * SIDE**3 / milliseconds(lambda: left @ right) * 1e3


def test_ceilings() -> None:
    values = torch.randn(2**30, device="cuda")
    target = torch.empty_like(values)
    moved = 8 * 2**30 / milliseconds(lambda: target.copy_(values)) * 1e3
    print(
        f"\n{torch.cuda.get_device_name()}, torch {torch.__version__}: product of {SIDE} in bfloat16"
        f" {product_rate() / 1e12:.0f} TFLOP/s; a copy {moved / 1e12:.2f} TB/s"
    )


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_pictures_a_second(precision) -> None:
    config = throughput.Config(
        device="cuda", divisor=1, batch=256, precision=precision, seconds=1.0
    )
    last = [item for item in throughput.train(config) if isinstance(item, Reading)][-1]
    print(f"\nResNet-50, 224 pixels, {precision}\n{last.pictures['table'].caption}")
    ratios = last.pictures["47 times"]
    for label, row in zip(ratios.labels, ratios.data, strict=True):
        print(f"  {label:20} {float(row[1]):8.1f}")


def test_tokens_a_second() -> None:
    """A batch of 16 stretches of 1,024 tokens, fused AdamW; the vocabulary rounded up as nanoGPT does."""
    fast.tensor_cores("cuda")
    size = {**gpt2.GPT2, "vocabulary": 50_304}
    tokens = torch.randint(size["vocabulary"], (16, 1025), device="cuda")
    found = {}
    for name, kind in (("ours", gpt.GPT), ("torch's layers", Parts)):
        torch.manual_seed(0)
        model = kind(*size.values()).to("cuda")
        optimizer = torch.optim.AdamW(model.parameters(), fused=True)

        def step(model=model, optimizer=optimizer) -> None:
            with fast.mixed("cuda"):
                logits = model(tokens[:, :-1])
                loss = functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        torch.cuda.reset_peak_memory_stats()
        found[name] = milliseconds(step)
        memory = torch.cuda.max_memory_allocated() / 2**30
        weights = sum(each.numel() for each in model.parameters())
        # Attention: 12 operations a layer, place, width and place looked at.
        looked = 12 * size["layers"] * size["width"] * 1024
        needed = (6 * weights + looked) * 16 * 1024
        print(
            f"\nGPT-2 small, a step of 16 x 1,024 in bfloat16, {name}: {found[name]:.1f} ms,"
            f" {16 * 1024 / found[name] * 1e3:,.0f} tokens/s, {memory:.1f} GiB,"
            f" {needed / found[name] * 1e3 / product_rate():.0%} of the product's ceiling"
        )
        del model, optimizer, step
        torch.cuda.empty_cache()
    ours, theirs = found.values()
    print(f"ours takes {ours / theirs:.2f} of the time")


@pytest.mark.parametrize("batch", [64, 1024])
def test_an_epoch_of_lenet(batch) -> None:
    """The exercise as it comes: data on the device, channels last, fused, bfloat16."""
    seconds = {}
    for device in ("cpu", "cuda"):
        torch.set_num_threads(1)
        began, epochs = 0.0, 3
        for item in lenet.train(lenet.Config(device=device, epochs=epochs, batch_size=batch)):
            if isinstance(item, Start):
                began = time.perf_counter()
        torch.cuda.synchronize()
        seconds[device] = (time.perf_counter() - began) / epochs
    print(
        f"\nLeNet-5, batches of {batch}, an epoch with its look at held-out images: one core"
        f" {seconds['cpu']:.2f} s, GPU {seconds['cuda']:.2f} s"
    )


async def test_from_the_fork_to_the_first_reading(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "worker")
    await worker.start()
    for device in ("cpu", "cuda"):
        waits = []
        for turn in range(6):
            folder = tmp_path / f"{device}{turn}"
            folder.mkdir()
            run_request(folder, "", entry="models.xor:train", device=device, knobs={"hidden": 8})
            began = time.perf_counter()
            await worker.fork(folder)
            await first(folder, Readings)
            waits.append((time.perf_counter() - began) * 1e3)
            await asyncio.sleep(1.0)
        print(
            f"\nfork to first reading of models.xor on {device}: median"
            f" {statistics.median(waits):.0f}, worst {max(waits):.0f} ms"
        )
    await worker.stop()
