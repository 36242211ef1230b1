"""LeNet-5 to the same accuracy, ours and others side by side.

`pytest tests/bench/bench_speed.py -n 0 -m bench -s`. Who runs against whom:

- *plain*: a script in the style of PyTorch's well-known MNIST example: torchvision's `MNIST` with
  transforms, a `DataLoader`, `train()`, `test()`, a printed line every ten batches.
- *tensors*: the same script over a `TensorDataset`, its images ready made: no picture is decoded.
- *equal*: our exercise under our driver, with the optimiser, rate and batch of the two above.
- *recipe*: our exercise under our driver, as it comes.
- *keras*: Keras 3 on torch, with the optimiser, rate and batch of the first two, where installed.

All train the same network on the same images, from pixels in the same range, in one process on as
many threads, turn by turn so that a busy machine is busy for all. The first three start from the
same weights and see the images in the same order, so that only the seconds differ. The clock runs from before the
data is opened until the accuracy on held-out images is there, and takes in everything: loading,
looking at the held-out images after each epoch, and for ours the writing of events and pictures.
"""

import importlib.util
import os
import statistics
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from bench_worker import driven
from torch.nn import functional

from models import lenet
from models.data.mnist import FOLDER, splits
from models.reading import Reading

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

TARGET = float(os.environ.get("DLWALK_BENCH_TARGET", "0.96"))
TURNS = int(os.environ.get("DLWALK_BENCH_TURNS", "3"))
MOST_EPOCHS = 12
BATCH, RATE, MOMENTUM = 64, 0.03, 0.9
MEAN = -lenet.PAPER / (lenet.INK - lenet.PAPER)
DEVIATION = 1 / (lenet.INK - lenet.PAPER)


@dataclass
class Result:
    """How one of them did: seconds and epochs to the target, the accuracy there, CPU seconds."""

    seconds: float
    epochs: int
    accuracy: float
    processor: float


# --- the plain script -----------------------------------------------------------------------------


def train_epoch(model, device, loader, optimizer, epoch):
    model.train()
    for number, (data, target) in enumerate(loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = functional.log_softmax(model(data), dim=1)
        loss = functional.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        if number % 10 == 0:
            with Path(os.devnull).open("w") as nowhere:
                done = number * len(data)
                print(f"Epoch {epoch} [{done}/{len(loader.dataset)}] {loss.item()}", file=nowhere)


def test_epoch(model, device, loader):
    model.eval()
    correct = 0
    with torch.no_grad():
        for data, target in loader:
            data, target = data.to(device), target.to(device)
            correct += model(data).argmax(dim=1).eq(target).sum().item()
    return correct / len(loader.dataset)


test_epoch.__test__ = False


class Order(torch.utils.data.Sampler):
    """The order that our exercise sees the images in, so that only the seconds differ."""

    def __init__(self, count, seed):
        self.count = count
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        return self.count

    def __iter__(self):
        return iter(torch.randperm(self.count, generator=self.generator).tolist())


def pictures_of_digits(folder):
    from torchvision import datasets, transforms

    transform = transforms.Compose(
        [
            transforms.Pad(2),
            transforms.ToTensor(),
            transforms.Normalize((MEAN,), (DEVIATION,)),
        ]
    )
    return (
        datasets.MNIST(folder, train=True, transform=transform),
        datasets.MNIST(folder, train=False, transform=transform),
    )


def tensors_of_digits(_):
    train, valid, _ = splits()
    return tuple(
        torch.utils.data.TensorDataset(lenet.prepare(part.images).contiguous(), part.labels)
        for part in (train, valid)
    )


def script(open_data: Callable, folder: Path, device: str, seed: int) -> Result:
    """The plain script, until it is there."""
    began, processor = time.perf_counter(), time.process_time()
    torch.manual_seed(seed)
    workers = {}
    if device != "cpu":
        workers = {"num_workers": 1, "persistent_workers": True, "pin_memory": True}
    train, test = open_data(folder)
    order = Order(len(train), seed)
    loader = torch.utils.data.DataLoader(train, batch_size=BATCH, sampler=order, **workers)
    held_out = torch.utils.data.DataLoader(test, batch_size=1000, **workers)
    model = lenet.network().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    accuracy, epoch = 0.0, 0
    while accuracy < TARGET and epoch < MOST_EPOCHS:
        epoch += 1
        train_epoch(model, device, loader, optimizer, epoch)
        accuracy = test_epoch(model, device, held_out)
    spent = time.perf_counter() - began
    return Result(spent, epoch, accuracy, time.process_time() - processor)


# --- ours -----------------------------------------------------------------------------------------


def ours(knobs: dict, device: str, seed: int, home: Path) -> Result:
    """The exercise under the driver, until it is there."""
    found = Result(0.0, 0, 0.0, 0.0)
    began, processor = time.perf_counter(), time.process_time()

    def until_there(_):
        for item in lenet.train(lenet.Config(device=device, seed=seed, **knobs)):
            yield item
            if isinstance(item, Reading) and "valid/accuracy" in item.scalars:
                found.epochs += 1
                found.accuracy = float(item.scalars["valid/accuracy"])
                if found.accuracy >= TARGET:
                    break

    driven(until_there, home / f"run-{time.monotonic_ns()}")
    found.seconds = time.perf_counter() - began
    found.processor = time.process_time() - processor
    return found


# --- Keras ----------------------------------------------------------------------------------------


def keras_fit(device: str, seed: int, home: Path) -> Result:
    """The network in Keras's own layers, trained by its `fit`, until it is there."""
    os.environ["KERAS_BACKEND"] = "torch"
    os.environ["KERAS_HOME"] = str(home)
    import keras

    keras.utils.set_random_seed(seed)
    began, processor = time.perf_counter(), time.process_time()
    train, valid, _ = splits()
    x, y, held_out, answers = (
        each.numpy()
        for part in (train, valid)
        for each in (lenet.prepare(part.images).permute(0, 2, 3, 1).contiguous(), part.labels)
    )
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Conv2D(6, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(120, 5, activation="relu"),
            layers.Flatten(),
            layers.Dense(84, activation="relu"),
            layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(RATE, momentum=MOMENTUM),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )

    class There(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = logs["val_accuracy"] >= TARGET

    with torch.device(device):
        history = model.fit(
            x,
            y,
            batch_size=BATCH,
            epochs=MOST_EPOCHS,
            validation_data=(held_out, answers),
            validation_batch_size=1000,
            callbacks=[There()],
            verbose=0,
        ).history["val_accuracy"]
    spent = time.perf_counter() - began
    return Result(spent, len(history), history[-1], time.process_time() - processor)


# --- the race -------------------------------------------------------------------------------------


def write_digits(folder: Path) -> Path:
    """Our images as files of MNIST's format; what we validate on is the script's test set."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, part in zip(("train", "t10k"), splits()[:2], strict=True):
        arrays = {"images-idx3": (part.images[:, 0] * 255).round(), "labels-idx1": part.labels}
        for kind, values in arrays.items():
            array = values.to(torch.uint8)
            head = struct.pack(f">HBB{array.dim()}I", 0, 8, array.dim(), *array.shape)
            (raw / f"{name}-{kind}-ubyte").write_bytes(head + array.numpy().tobytes())
    return folder


def told(name: str, results: list[Result], against: list[Result] | None) -> float:
    """Print one row; returns how many times faster it was than the other."""
    seconds = statistics.median(each.seconds for each in results)
    processor = statistics.median(each.processor for each in results)
    epochs = "/".join(str(each.epochs) for each in results)
    accuracy = statistics.median(each.accuracy for each in results)
    an_epoch = statistics.median(each.seconds / each.epochs for each in results)
    ratio = 1.0
    if against is not None:
        # Turn by turn: what slows one turn slows both of it.
        ratio = statistics.median(
            a.seconds / b.seconds for a, b in zip(against, results, strict=True)
        )
    missed = sum(each.accuracy < TARGET for each in results)
    print(
        f"  {name:8} {seconds:6.1f} s  CPU {processor:6.1f} s  epochs {epochs:8} "
        f"{an_epoch:5.2f} s an epoch  accuracy {accuracy:.3f}  {ratio:4.1f}x"
        + (f"  {missed} of {len(results)} never got there" if missed else "")
    )
    return ratio


def race(device: str, threads: int, tmp_path: Path) -> dict[str, list[Result]]:
    """Everyone once a turn; prints the table."""
    equal = {
        "optimiser": "momentum",
        "learning_rate": RATE,
        "schedule": "constant",
        "batch_size": BATCH,
        "epochs": MOST_EPOCHS,
    }
    folder = write_digits(tmp_path / "digits")
    runners: dict[str, Callable[[int], Result]] = {
        "plain": lambda seed: script(pictures_of_digits, folder, device, seed),
        "tensors": lambda seed: script(tensors_of_digits, folder, device, seed),
        "equal": lambda seed: ours(equal, device, seed, tmp_path),
        "recipe": lambda seed: ours({}, device, seed, tmp_path),
    }
    if importlib.util.find_spec("keras"):
        runners["keras"] = lambda seed: keras_fit(device, seed, tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        # What the first use of anything costs is nobody's.
        splits(device)
        next(lenet.train(lenet.Config(device=device)))
        results: dict[str, list[Result]] = {}
        for seed in range(TURNS):
            for name, runner in runners.items():
                results.setdefault(name, []).append(runner(seed))
    finally:
        torch.set_num_threads(before)
    data = "MNIST" if os.environ.get(FOLDER) else "digits of MNIST's shape"
    where = f"{device}, {threads} thread{'s' * (threads > 1)}"
    print(
        f"\nLeNet-5 on {data} to {TARGET:.2%}, {where}, median of {TURNS}, times faster than plain"
    )
    for name, found in results.items():
        told(name, found, results["plain"])
    if "keras" not in results:
        print("  keras    not installed")
    return results


@pytest.mark.parametrize("threads", [1, 2])
def test_to_the_same_accuracy_on_a_cpu(threads, tmp_path):
    race("cpu", threads, tmp_path)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")
def test_to_the_same_accuracy_on_a_gpu(tmp_path):
    race("cuda", torch.get_num_threads(), tmp_path)


def test_what_each_device_trick_is_worth():
    """One step of a batch, with and without; the least of many, in CPU time."""

    def step(layout, fused, bfloat16, batch):
        torch.manual_seed(0)
        model = lenet.network().to(memory_format=layout)
        optimizer = torch.optim.Adam(model.parameters(), 0.001, fused=fused)
        images = torch.rand(batch, 1, 32, 32).contiguous(memory_format=layout)
        labels = torch.randint(10, (batch,))
        least = float("inf")
        for _ in range(20):
            began = time.process_time()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
                loss = functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            least = min(least, time.process_time() - began)
        return least * 1e3

    first, last = torch.contiguous_format, torch.channels_last
    torch.set_num_threads(1)
    for batch in (64, 256):
        plain, laid = step(first, False, False, batch), step(last, False, False, batch)
        both, half = step(last, True, False, batch), step(last, True, True, batch)
        print(
            f"\nstep of {batch}, CPU, 1 thread: plain {plain:.1f} ms, channels last {laid:.1f}, "
            f"and fused {both:.1f}, and bfloat16 {half:.1f}"
        )


def test_a_batch_by_index_against_a_loader():
    """What fetching an epoch's batches costs, without any training."""
    train, _, _ = splits()
    data = torch.utils.data.TensorDataset(lenet.prepare(train.images), train.labels)
    torch.set_num_threads(1)

    def loader():
        for _ in torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True):
            pass

    def index():
        images, labels = data.tensors
        for batch in lenet.fast.batches(len(labels), BATCH, torch.Generator(), "cpu"):
            _ = images[batch], labels[batch]

    spent = {}
    for work in (loader, index):
        began = time.process_time()
        work()
        spent[work] = time.process_time() - began
    print(
        f"\n{len(data)} images in batches of {BATCH}: loader {spent[loader] * 1e3:.0f} ms, "
        f"by index {spent[index] * 1e3:.0f} ms, ratio {spent[loader] / spent[index]:.1f}"
    )
