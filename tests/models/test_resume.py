"""A run that is cut anywhere and taken up again is the run that was never cut, to the last bit."""

import io
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models import mlp, weather
from models.reading import Reading, Start
from models.resuming import Shuffle

MAKERS = {
    "mlp sgd": lambda: (mlp.train, mlp.Config(epochs=2, batch_size=200, seed=3)),
    "mlp adam": lambda: (
        mlp.train,
        mlp.Config(epochs=2, batch_size=200, optimiser="adam", learning_rate=0.01),
    ),
    "mlp momentum": lambda: (mlp.train, mlp.Config(epochs=2, batch_size=200, optimiser="momentum")),
    "weather": lambda: (weather.train, weather.Config(epochs=3, batch_size=200, hidden=4)),
}


def kept(state):
    """A state as it comes back from the disk."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def driven(train, config, resume=None, until=None):
    """Scalars by step, the last state, and the state after the step asked for."""
    start, scalars = None, {}
    for item in train(config, resume) if resume else train(config):
        if isinstance(item, Start):
            start = item
        elif isinstance(item, Reading):
            scalars[item.step] = {name: float(value) for name, value in item.scalars.items()}
            if item.step == until:
                break
    return scalars, kept(start.state())


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("name", MAKERS)
def test_cut_after_any_step_it_is_the_same_run(name):
    train, config = MAKERS[name]()
    whole, end = driven(train, config)
    assert len(whole) > 10
    # Before the first step and after the last one too.
    for step in range(max(whole) + 1):
        train, config = MAKERS[name]()
        first, state = driven(train, config, until=step)
        # What happens in between must not matter.
        torch.rand(7)
        random.random()
        train, config = MAKERS[name]()
        second, last = driven(train, config, resume=state)
        assert first | second == whole, step
        assert same(last, end), step


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 100), st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_an_order_goes_on_where_it_was(count, size, cut, more):
    def make():
        return Shuffle(count, size, torch.Generator().manual_seed(5))

    whole = make()
    expected = [whole.draw().tolist() for _ in range(cut + more)]
    one = make()
    for _ in range(cut):
        one.draw()
    other = make()
    other.load_state_dict(kept(one.state_dict()))
    assert [other.draw().tolist() for _ in range(more)] == expected[cut:]
    epoch = [index for batch in expected[: whole.per_epoch] for index in batch]
    if len(expected) >= whole.per_epoch:
        assert sorted(epoch) == list(range(count))
