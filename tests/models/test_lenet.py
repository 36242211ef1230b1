"""LeNet-5 against its paper, the digits it learns from, and what makes it fast."""

import contextlib
import gzip
import struct

import pytest
import torch
from torch import nn

from models import fast, lenet
from models.data import digits, mnist
from models.lenet import SEES, Config, PartialConvolution, Subsample, network, predict, train
from models.reading import Reading, Start

gpu = pytest.mark.gpu
no_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")


@pytest.fixture
def few(monkeypatch):
    """A few real images of the shape, so that an epoch takes no time."""
    parts = [
        mnist.enlarge(part, count, torch.Generator().manual_seed(0))
        for part, count in zip(digits.splits(), (256, 64, 64), strict=True)
    ]

    def splits(device="cpu"):
        return [mnist.Split(part.images.to(device), part.labels.to(device)) for part in parts]

    monkeypatch.setattr(lenet, "splits", splits)


def readings(**knobs):
    start, *rest = train(Config(**knobs))
    assert isinstance(start, Start)
    assert all(isinstance(item, Reading) for item in rest)
    return start, rest


def column(rest, name):
    return [(item.step, float(item.scalars[name])) for item in rest if name in item.scalars]


# --- the network --------------------------------------------------------------------------------


def sizes(model):
    """Parameters of each layer that has any, in order."""
    counts = [sum(each.numel() for each in layer.parameters()) for layer in model]
    return [count for count in counts if count]


def test_the_layers_of_1998_have_the_papers_parameters():
    *paper, output = sizes(network("1998"))
    assert paper == [156, 12, 1_516, 32, 48_120, 10_164]
    assert sum(paper) == 60_000
    assert output == 850


def test_the_modern_layers():
    assert sizes(network("modern")) == [156, 2_416, 48_120, 10_164, 850]
    assert "61,706" in lenet.__doc__


def test_the_maps_have_the_papers_sides():
    def sides(style):
        shape, found = torch.zeros(1, 1, 32, 32), []
        for layer in network(style):
            shape = layer(shape)
            if not found or found[-1] != tuple(shape.shape[1:]):
                found.append(tuple(shape.shape[1:]))
        return found

    assert sides("1998") == sides("modern")
    assert sides("1998")[:5] == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120, 1, 1)]


def test_the_table_of_connections_is_the_papers():
    # Read by rows, as it is printed: for each map of S2, the maps of C3 that see it.
    rows = [{map_ for map_, seen in enumerate(SEES) if below in seen} for below in range(6)]
    assert rows[0] == {0, 4, 5, 6, 9, 10, 11, 12, 14, 15}
    assert rows[3] == {1, 2, 3, 6, 7, 8, 9, 12, 14, 15}
    assert [len(row) for row in rows] == [10] * 6
    assert [len(seen) for seen in SEES] == [3] * 6 + [4] * 9 + [6]


def test_a_map_of_c3_depends_on_what_it_sees_and_on_nothing_else():
    layer = PartialConvolution(6, SEES, 5)
    x = torch.rand(2, 6, 14, 14)
    before = layer(x)
    for below in range(6):
        changed = x.clone()
        changed[:, below] = torch.rand(2, 14, 14)
        moved = (layer(changed) - before).abs().amax((0, 2, 3)) > 1e-6
        assert moved.tolist() == [below in seen for seen in SEES]


def test_subsampling_is_the_weighted_sum_of_four_pixels():
    layer = Subsample(2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([0.5, -1.0]))
        layer.bias.copy_(torch.tensor([0.0, 3.0]))
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]]])[None]
    assert layer(x).flatten().tolist() == pytest.approx([5.0, -1.0])


@pytest.mark.parametrize("style", ["1998", "modern"])
def test_every_parameter_learns(style):
    model = network(style)
    x = torch.rand(8, 1, 32, 32)
    nn.functional.cross_entropy(model(x), torch.arange(8)).backward()
    assert all(each.grad is not None and each.grad.abs().sum() > 0 for each in model.parameters())


def test_an_image_gets_a_border_and_the_papers_greys():
    ready = lenet.prepare(torch.stack([torch.zeros(1, 28, 28), torch.ones(1, 28, 28)]))
    assert ready.shape == (2, 1, 32, 32)
    assert ready[0].unique().tolist() == pytest.approx([-0.1])
    assert ready[1, 0, 2:30, 2:30].unique().tolist() == pytest.approx([1.175])
    assert ready[1, 0, :2].unique().tolist() == pytest.approx([-0.1])


# --- the data -----------------------------------------------------------------------------------


@pytest.fixture
def fresh(monkeypatch):
    """No folder named, and nothing remembered of another one."""
    monkeypatch.delenv(mnist.FOLDER, raising=False)
    yield monkeypatch
    mnist._splits.cache_clear()


def test_the_made_digits_have_the_shape_and_the_greys_of_mnist(fresh):
    parts = mnist.splits()
    assert [len(part.labels) for part in parts] == [12_000, 2_000, 2_000]
    for part in parts:
        assert part.images.shape[1:] == (1, 28, 28)
        assert (part.images.min(), part.images.max()) == (0, 1)
        assert torch.equal((part.images * 255).round() / 255, part.images)
        assert part.labels.bincount(minlength=10).min() > len(part.labels) * 0.07
        # Paper all round: nothing was pushed over the edge.
        assert part.images[:, :, [0, -1]].mean() < 0.02
    assert mnist.splits()[0].images is parts[0].images


def test_the_made_digits_are_split_by_writers(fresh):
    originals = digits.splits(writers=True)
    for part, original in zip(mnist.splits(), originals, strict=True):
        rows = torch.arange(len(part.labels)) % len(original.labels)
        assert torch.equal(part.labels, original.labels[rows])


def test_an_image_turns_and_moves_but_stays_itself():
    original = digits.splits()[0]
    generator = torch.Generator().manual_seed(0)
    made = mnist.enlarge(original, 2 * len(original.labels), generator)
    first, second = made.images.split(len(original.labels))
    assert (first - second).abs().mean() > 0.02
    # Most of the old image's 8x8 pixels lie on the inner 6 of the new one's 8x8.
    small = nn.functional.interpolate(first, (8, 8), mode="area")[:, :, 1:7, 1:7].flatten(1)
    old = nn.functional.interpolate(original.images[:, None], (6, 6), mode="area").flatten(1)
    a, b = (each - each.mean(1, keepdim=True) for each in (small, old))
    assert nn.functional.cosine_similarity(a, b).median() > 0.75


def idx(path, array):
    """Write bytes as MNIST's files are written."""
    head = struct.pack(">HBB", 0, 8, array.dim()) + struct.pack(f">{array.dim()}I", *array.shape)
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        file.write(head + bytes(array.flatten().tolist()))


def test_real_mnist_is_read_where_a_folder_is_named(fresh, tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    generator = torch.Generator().manual_seed(0)
    kept = {}
    for name, count in (("train", 5_020), ("t10k", 30)):
        images = torch.randint(256, (count, 28, 28), generator=generator, dtype=torch.uint8)
        labels = torch.randint(10, (count,), generator=generator, dtype=torch.uint8)
        idx(raw / f"{name}-images-idx3-ubyte", images)
        idx(raw / f"{name}-labels-idx1-ubyte", labels)
        kept[name] = images, labels
    fresh.setenv(mnist.FOLDER, str(tmp_path))
    train, valid, test = mnist.splits()
    assert [len(part.labels) for part in (train, valid, test)] == [20, 5_000, 30]
    images, labels = kept["train"]
    assert torch.equal(torch.cat([train.labels, valid.labels]), labels.long())
    assert torch.equal(train.images[:, 0], images[:20] / 255)
    assert torch.equal(test.images[:, 0], kept["t10k"][0] / 255)


def test_a_folder_without_mnist_is_named_and_nothing_is_fetched(fresh, tmp_path):
    fresh.setenv(mnist.FOLDER, str(tmp_path))
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        mnist.splits()
    assert not list(tmp_path.iterdir())


# --- the run ------------------------------------------------------------------------------------


def test_what_is_read_and_when(few):
    start, rest = readings(epochs=2, batch_size=100)
    assert (start.total_steps, start.steps_per_epoch, start.samples_per_step) == (6, 3, 100)
    assert [step for step, _ in column(rest, "train/loss")] == [1, 2, 3, 4, 5, 6]
    assert [step for step, _ in column(rest, "valid/accuracy")] == [3, 6]
    assert [step for step, _ in column(rest, "test/accuracy")] == [6]
    assert start.model(start.example).shape == (100, 10)
    shown = rest[-1].pictures
    assert shown["C1"].data.shape == (1, 6, 5, 5)
    assert (shown["C1"].data.min(), shown["C1"].data.max()) == (0, 1)
    right = column(rest, "valid/accuracy")[-1][1] * 64
    assert shown["confusion"].caption == f"validation: {round(right)} of 64 right"


@pytest.mark.parametrize("style", ["1998", "modern"])
def test_the_same_seed_is_the_same_run_and_another_is_not(few, style):
    def losses(seed):
        return column(readings(style=style, epochs=1, seed=seed)[1], "train/loss")

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


@pytest.mark.parametrize(("style", "learning_rate"), [("1998", 0.003), ("modern", 0.005)])
def test_both_styles_learn(few, style, learning_rate):
    _, rest = readings(style=style, learning_rate=learning_rate, epochs=15, batch_size=32)
    assert column(rest, "train/loss")[-1][1] < 0.3
    assert column(rest, "test/accuracy")[-1][1] > 0.6


def test_the_learning_rate_is_live_under_both_schedules(few):
    for schedule in lenet.SCHEDULES:
        config = Config(schedule=schedule, batch_size=32)
        running = train(config)
        start = next(running)
        for _ in range(3):
            next(running)
        config.learning_rate = 0.0
        before = [each.detach().clone() for each in start.model.parameters()]
        next(running)
        pairs = zip(before, start.model.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


def test_one_cycle_is_the_rate_that_the_optimiser_sees(few):
    config = Config(learning_rate=0.01, batch_size=32, epochs=2)
    running = train(config)
    optimizer = next(running).optimizer
    seen = [optimizer.param_groups[0]["lr"] for _ in running]
    assert len(seen) == 16
    assert 0 < seen[0] < 0.002
    assert 0 < seen[-1] < 0.001
    top = seen.index(max(seen))
    assert 0.009 < seen[top] <= 0.01
    assert 3 <= top <= 5
    assert seen == sorted(seen[: top + 1]) + sorted(seen[top + 1 :], reverse=True)


@pytest.mark.parametrize(
    ("knobs", "word"),
    [
        ({"style": "2012"}, "modern"),
        ({"optimiser": "x"}, "momentum"),
        ({"schedule": "x"}, "one-cycle"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"epochs": 0}, "epochs is 0"),
    ],
)
def test_a_knob_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(train(Config(**knobs)))


# --- what makes it fast ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", fast.OPTIMISERS)
def test_a_fused_optimiser_takes_the_step_of_a_plain_one(name):
    plain = {
        "sgd": lambda w: torch.optim.SGD([w], 0.1),
        "momentum": lambda w: torch.optim.SGD([w], 0.1, momentum=0.9),
        "adam": lambda w: torch.optim.Adam([w], 0.1),
    }[name]
    ends = []
    for make in (plain, lambda w: fast.optimiser(name, [w], 0.1, "cpu")):
        w = nn.Parameter(torch.tensor([1.0, -2.0]))
        optimizer = make(w)
        for _ in range(3):
            optimizer.zero_grad()
            (w**2).sum().backward()
            optimizer.step()
        ends.append(w.detach())
    assert torch.allclose(*ends, atol=1e-6)
    assert optimizer.param_groups[0]["fused"]


def test_the_batches_of_an_epoch_are_every_image_once_in_a_new_order():
    generator = torch.Generator().manual_seed(0)
    first, second = (list(fast.batches(10, 4, generator, "cpu")) for _ in range(2))
    assert [len(batch) for batch in first] == [4, 4, 2]
    assert torch.cat(first).sort().values.tolist() == list(range(10))
    assert torch.cat(first).tolist() != torch.cat(second).tolist()


def test_images_and_weights_lie_channels_last(few):
    start = next(train(Config()))
    assert start.example.is_contiguous(memory_format=torch.channels_last)
    convolutions = [layer for layer in start.model if isinstance(layer, nn.Conv2d)]
    assert all(
        each.weight.is_contiguous(memory_format=torch.channels_last) for each in convolutions
    )


def test_a_cpu_computes_in_full_precision():
    before = torch.get_float32_matmul_precision()
    fast.tensor_cores("cpu")
    assert torch.get_float32_matmul_precision() == before
    assert isinstance(fast.mixed("cpu"), contextlib.nullcontext)


@pytest.mark.parametrize(
    ("native", "kind"), [(True, torch.autocast), (False, contextlib.nullcontext)]
)
def test_bfloat16_only_where_the_gpu_has_it(monkeypatch, native, kind):
    asked = []

    def supported(including_emulation=True):
        asked.append(including_emulation)
        return native or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: native)
    monkeypatch.setattr(torch.cuda.amp.common, "amp_definitely_not_available", lambda: False)
    assert isinstance(fast.mixed("cuda:0"), kind)
    assert asked[0] is False


def test_parts_or_whole_the_answers_are_the_same():
    model = network()
    images = torch.rand(1_100, 1, 32, 32)
    assert torch.equal(predict(model, images), model(images).argmax(1))


@gpu
@no_gpu
def test_it_learns_on_the_gpu_in_bfloat16():
    start, rest = readings(device="cuda")
    assert all(each.is_cuda for each in start.model.parameters())
    assert start.example.is_cuda
    assert start.optimizer.param_groups[0]["fused"]
    assert column(rest, "test/accuracy")[-1][1] > 0.9
