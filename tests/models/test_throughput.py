"""Timing without fooling oneself, memory by values, and the slide's ratio beside the measured one."""

import itertools

import pytest
import torch
from hypothesis import given as given_any
from hypothesis import strategies as st
from torch import nn

from models import batching, footprint, stopwatch, throughput
from models.batching import Measured
from models.footprint import Step, sizes
from models.memory import MIB, Live, answering, size
from models.reading import Reading, Start
from models.stopwatch import Lane, Timing, in_turns
from models.throughput import SLIDE, Bench

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")


class Clock:
    """A clock that only work moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def takes(self, *seconds):
        """Work whose calls take so long, the last of them for ever after."""
        left = itertools.chain(seconds, itertools.repeat(seconds[-1]))

        def work():
            self.now += next(left)

        return work


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lane(clock):
    return Lane("one thread", clock=clock, wall=clock)


# --- the stopwatch ------------------------------------------------------------------------------------


def test_the_first_calls_are_not_timed(clock, lane):
    found = in_turns({"a": (lane, clock.takes(9.0, 9.0, 0.5))}, 20.0, clock)["a"]
    assert {each.seconds for each in found} == {0.5}
    assert len(found) >= stopwatch.LEAST


def test_one_interrupted_call_moves_no_median(clock, lane):
    work = clock.takes(0.1, 0.1, 0.1, 7.0, 0.1)
    found = in_turns({"a": (lane, work)}, 8.0, clock)["a"]
    assert max(each.seconds for each in found) == pytest.approx(7.0)
    assert stopwatch.middle(found) == pytest.approx(0.1)


def test_works_take_turns(clock, lane):
    order = []
    works = {name: (lane, lambda name=name: order.append(name)) for name in "ab"}
    in_turns(works, 1.0, clock)
    timed = order[2 * stopwatch.WARM_UP :]
    assert timed == list("ab") * stopwatch.MOST


@pytest.mark.parametrize(
    ("each", "seconds", "turns"),
    [
        (0.001, 0.5, stopwatch.MOST),
        # Two calls before, so that six seconds are over after the fourth.
        (1.0, 6.0, 5),
        (1.0, 1.5, stopwatch.LEAST),
        # Far slower than it was meant to be: one turn is all there is patience for.
        (100.0, 1.0, 1),
    ],
)
def test_there_are_as_many_turns_as_there_is_time(each, seconds, turns, clock, lane):
    assert len(in_turns({"a": (lane, clock.takes(each))}, seconds, clock)["a"]) == turns


def test_a_device_is_waited_for_before_and_after(clock, monkeypatch):
    """It is handed its work at once and does it later, what others left for it too."""
    pending = [3.0]

    def wait(device):
        assert device == "cuda:1"
        clock.now += sum(pending)
        pending.clear()

    monkeypatch.setattr(torch.accelerator, "synchronize", wait)
    found = Lane("gpu", "cuda:1", clock=clock, wall=clock).time(lambda: pending.append(0.25))
    assert found == Timing(0.25, 0.25)


def test_one_thread_is_timed_by_what_its_core_gave_it(clock):
    own = Clock()

    def work():
        own.now += 0.2
        clock.now += 1.0

    found = [Lane("one thread", clock=own, wall=clock).time(work) for _ in range(3)]
    assert stopwatch.middle(found) == pytest.approx(0.2)
    assert stopwatch.given(found) == pytest.approx(0.2)


def test_the_spread_is_the_middle_half():
    found = [Timing(seconds, 1.0) for seconds in (1.0, 2.0, 3.0, 4.0, 50.0)]
    assert stopwatch.spread(found) == pytest.approx((4 - 2) / 3)
    assert stopwatch.spread(found[:1]) == 0


@pytest.mark.parametrize(
    ("written", "least"), [("max 100000", 1), ("250000 100000", 2), ("50000 100000", 1), ("", 1)]
)
def test_a_container_may_allow_fewer_cores(written, least, tmp_path, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    file = tmp_path / "sys/fs/cgroup/cpu.max"
    file.parent.mkdir(parents=True)
    file.write_text(written)
    limited = written[:1].isdecimal()
    assert stopwatch.cores(tmp_path) == (least if limited else 8)
    assert stopwatch.cores(tmp_path / "none") == 8


def test_what_there_is_to_compare():
    names = [[each.name for each in stopwatch.lanes(*asked)] for asked in (("cpu", 1), ("cpu", 4))]
    assert names == [["one thread"], ["one thread", "all threads"]]
    gpu = stopwatch.lanes("cuda:2", 4)[-1]
    assert (gpu.name, gpu.device) == ("gpu", "cuda:2")


def test_threads_are_given_back():
    before = torch.get_num_threads()
    lane = Lane("all threads", threads=before + 3)
    with stopwatch.threads_kept(before + 1):
        assert torch.get_num_threads() == before + 1
        lane.time(lambda: None)
        assert torch.get_num_threads() == before + 3
    assert torch.get_num_threads() == before


# --- memory -------------------------------------------------------------------------------------------


def small():
    """1000 to 1000 to 10, without biases."""
    return nn.Sequential(
        nn.Linear(1000, 1000, bias=False), nn.ReLU(), nn.Linear(1000, 10, bias=False)
    )


def test_a_tensor_counts_until_nothing_knows_of_it():
    with Live() as live:
        first = torch.zeros(1000)
        view = first[:10].reshape(2, 5)
        assert live.now == 4000
        second = first + 1
        assert live.now == 8000
        second += 1
        assert live.now == 8000
        del first
        assert live.now == 8000
        del view
        assert live.now == 4000
    assert live.peak == 8000


def test_an_answer_forgets_each_layer_and_training_keeps_them():
    model, pictures = small(), torch.zeros(100, 1000)
    weights, batch = 4 * 1_010_000, 4 * 100_000
    # The first layer's output beside the second's: then the first is let go.
    assert answering(model, pictures) == weights + batch + 2 * 400_000
    with Live() as live:
        loss = model(pictures).sum()
        # ReLU's output is kept, its input is not; the logits are the sum's.
        assert live.now == 400_000 + 4
        loss.backward()
    gradients = size(each.grad for each in model.parameters())
    assert (live.now, gradients) == (gradients + 4, weights)


def test_what_does_not_compute_is_counted_alike():
    config = throughput.Config(divisor=16, side=48)
    bench = Bench(config, [Lane("one thread")])
    counted = answering(bench._networks["cpu"], bench.pictures(3, "cpu"))
    assert answering(bench._shadow, bench.pictures(3, "meta")) == counted


def taken(count=8, **knobs):
    step = Step(footprint.Config(divisor=16, side=48, **knobs))
    return step, step.footprint(*step.draw(count))


def test_the_parts_of_a_step():
    step, parts = taken(optimiser="momentum")
    numbers = sum(each.numel() for each in step.model.parameters())
    statistics_ = size(step.model.buffers())
    assert parts.weights == 4 * numbers + statistics_
    assert parts.gradients == parts.state == 4 * numbers
    batch = 4 * 8 * 3 * 48 * 48 + 8 * 8
    # At the latest when the way back begins all of these are there, and the loss.
    assert parts.peak >= parts.weights + parts.state + parts.activations
    assert parts.activations > 10 * batch
    assert taken(optimiser="sgd")[1].state == 0
    adam = taken(optimiser="adam")[1].state
    counts = 4 * len(list(step.model.parameters()))
    assert adam == 2 * 4 * numbers + counts


def test_activations_grow_with_the_batch_and_nothing_else_does():
    one, two = taken(8)[1], taken(16)[1]
    assert two[:3] == one[:3]
    assert two.activations / one.activations == pytest.approx(2, rel=0.01)


@pytest.mark.slow
def test_three_ways_to_less_memory():
    whole = taken()[1]
    pieces = taken(pieces=4)[1]
    batch = 4 * 8 * 3 * 48 * 48 + 8 * 8  # all of it is there from the beginning
    share = (pieces.activations - batch) / (whole.activations - batch)
    assert share == pytest.approx(0.25, abs=0.01)
    assert pieces.peak < whole.peak
    assert taken(recompute=True)[1].activations < 0.5 * whole.activations
    # Not a half: normalisation stays in float32, and the weights are there twice.
    assert taken(precision="bfloat16")[1].activations < 0.75 * whole.activations


@pytest.mark.parametrize("knobs", [{"pieces": 4}, {"pieces": 3}, {"recompute": True}])
def test_less_memory_is_the_same_gradient(knobs):
    gradients = []
    for each in ({}, knobs):
        torch.manual_seed(0)
        step = Step(footprint.Config(divisor=16, side=48, **each))
        # Statistics of a batch are not those of its pieces.
        step.model.eval()
        for loss in step.losses(*step.draw(8)):
            loss.backward()
        gradients.append(torch.cat([each.grad.flatten() for each in step.model.parameters()]))
    whole, other = gradients
    assert torch.allclose(whole, other, rtol=1e-3, atol=1e-6 * float(whole.abs().max()))


@pytest.mark.slow
def test_a_run_tells_the_parts_of_each_batch():
    config = footprint.Config(divisor=16, side=48, batch=4, seconds=0.01)
    start, *readings = list(footprint.train(config))
    assert start.total_steps == 4
    assert [each.step for each in readings] == [1, 2, 4]
    last = readings[-1]
    _, parts = Step(config), taken(4)[1]
    assert last.scalars["memory/weights"] == pytest.approx(parts.weights / MIB)
    bars = last.pictures["where it goes"]
    assert [value for _, value in bars.data] == [
        last.scalars[f"memory/{label}"] for label in bars.labels
    ]
    assert len(last.pictures["table"].caption.splitlines()) == 4
    assert "memory/allocator" not in last.scalars


@given_any(st.integers(1, 5000))
def test_sizes_double_up_to_the_largest(largest):
    found = sizes(largest)
    assert found[0] == 1
    assert found[-1] == largest
    assert found == sorted(set(found))
    assert all(b <= 2 * a for a, b in itertools.pairwise(found))


# --- throughput ---------------------------------------------------------------------------------------


def bench(there=("one thread",), **knobs):
    """A bench on which nothing was measured yet."""
    return Bench(
        throughput.Config(divisor=16, side=32, **knobs),
        [Lane(name, "cpu" if name != "gpu" else "meta") for name in there],
    )


def test_rate_and_gain_are_of_the_medians():
    one = [Timing(seconds, 1.0) for seconds in (0.01, 0.02, 9.0)]
    many = [Timing(seconds, 1.0) for seconds in (0.1, 0.08, 0.08)]
    found = Measured.of("gpu", 16, one, many)
    assert found.rate == pytest.approx(16 / 0.08)
    assert found.gain == pytest.approx(16 * 0.02 / 0.08)


def measured(lane, *pairs):
    return [Measured(lane, batch, rate, 1.0, 0.0) for batch, rate in pairs]


@given_any(st.floats(0, 1), st.floats(1e-6, 1), st.integers(2, 512))
def test_the_law_is_found_again(call, picture, batch):
    found = measured("gpu", *((b, b / (call + picture * b)) for b in sizes(batch)))
    assert batching.law(found) == pytest.approx((call, picture), rel=1e-4, abs=1e-6)


def test_the_law_misses_small_and_large_batches_alike():
    # A hundredth too slow at 1 and too fast at 100: neither has the last word.
    found = measured("gpu", (1, 1 / 2.02), (100, 100 / (0.99 * 101)))
    call, picture = batching.law([*found, *measured("gpu", (10, 10 / 11))])
    assert (call + picture) / 2 == pytest.approx(1, abs=0.02)
    assert (call + 100 * picture) / 101 == pytest.approx(1, abs=0.02)


def test_the_slide_beside_what_was_measured():
    here = bench(("one thread", "all threads", "gpu"))
    here.found = [
        *measured("one thread", (1, 9.0), (8, 10.0)),
        *measured("all threads", (1, 20.0), (8, 40.0), (16, 38.0)),
        *measured("gpu", (1, 120.0), (8, 700.0), (16, 1200.0)),
    ]
    drawn = throughput.ratios(here)
    assert dict(zip(drawn.labels, (value for _, value in drawn.data), strict=True)) == {
        "the slide, V100": SLIDE,
        "this CPU": 1.0,
        "one thread of it": 0.25,
        "GPU, batch 1": 3.0,
        "GPU, batch 16": 30.0,
    }
    assert "no GPU" not in drawn.caption
    shown = throughput.rates(here)
    assert shown.labels[2:4] == ("all threads, 1", "all threads, 8")
    assert [value for _, value in shown.data] == [9.0, 10.0, 20.0, 40.0, 120.0, 1200.0]


def test_without_a_gpu_it_says_so_and_draws_none():
    here = bench()
    here.found, here.given = measured("one thread", (1, 9.0)), [1.0]
    drawn = throughput.ratios(here)
    assert drawn.labels == ("the slide, V100", "this CPU")
    assert "no GPU here" in drawn.caption
    told = throughput.table(here).caption
    assert "No GPU here" in told
    assert "One core here" in told
    assert "Others took" not in told


def test_who_would_take_too_long_or_is_in_others_way_is_left_out():
    here = bench(("one thread", "all threads"))
    one, many = here.lanes
    here.found = [*measured("one thread", (1, 4.0)), *measured("all threads", (1, 4.0))]
    assert here.out_of(one, 8, 1.0) == ""
    assert here.out_of(one, 16, 1.0) == "over 2.5 s"
    assert here.out_of(many, 8, 0.3) == "others compute"
    assert here.out_of(one, 8, 0.3) == ""
    here.given, here.left_out = (
        [0.3, 0.9],
        [("all threads", 8, "others"), ("all threads", 16, "others")],
    )
    told = throughput.table(here).caption
    # Beside the knobs of an 80-column lab.
    assert max(map(len, told.splitlines())) <= 46
    assert "all threads  not 8 to 16: others" in told
    assert "Others took up to 70% of its core" in told


def test_a_run_on_the_cpu():
    before = torch.get_num_threads()
    config = throughput.Config(divisor=16, side=32, batch=5, seconds=0.01)
    readings = []
    for item in throughput.train(config):
        # What is asked for between two readings is nobody's measurement.
        assert not torch.is_inference_mode_enabled()
        assert torch.get_num_threads() == before
        readings.append(item)
    start, *rest = readings
    assert isinstance(start, Start)
    assert [each.step for each in rest] == [1, 2, 4, 5]
    assert rest[0].scalars["gain/one thread"] == pytest.approx(1)
    assert all(each.scalars["throughput/one thread"] > 0 for each in rest)
    memory = [each.scalars["memory"] for each in rest]
    assert memory == sorted(memory)
    assert set(rest[-1].pictures) == {"pictures a second", "47 times", "table"}


@pytest.mark.parametrize(
    "config",
    [
        throughput.Config(precision="float8"),
        throughput.Config(batch=0),
        footprint.Config(precision="int8"),
        footprint.Config(pieces=0),
        footprint.Config(side=32),
    ],
)
def test_what_cannot_be_is_refused(config):
    module = throughput if isinstance(config, throughput.Config) else footprint
    with pytest.raises(ValueError, match=r"can be float32|at least 1|over 32"):
        next(module.train(config))


# --- on a GPU -----------------------------------------------------------------------------------------


@pytest.mark.gpu
@needs_gpu
@pytest.mark.timeout(180)
def test_a_gpu_wants_batches_more_than_a_core_does():
    config = throughput.Config(device="cuda", divisor=1, batch=64, precision="bfloat16")
    last = [item for item in throughput.train(config) if isinstance(item, Reading)][-1]
    print({name: round(value, 2) for name, value in last.scalars.items()})
    assert last.scalars["gain/gpu"] > 2
    assert last.scalars["memory/allocator"] > last.scalars["memory"] * 0.9
    assert any(label.startswith("GPU, batch") for label in last.pictures["47 times"].labels)


@pytest.mark.gpu
@needs_gpu
@pytest.mark.timeout(180)
def test_the_count_is_what_the_gpus_allocator_held():
    config = footprint.Config(device="cuda", divisor=2, side=128, batch=64)
    last = [item for item in footprint.train(config) if isinstance(item, Reading)][-1]
    # Its libraries' scratch space comes on top.
    assert 0.9 < last.scalars["memory/allocator"] / last.scalars["memory/peak"] < 1.6
