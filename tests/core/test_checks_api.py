"""The authors' API for checks: smallest examples, tolerances, small values in messages."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.checks import CheckFailed, close, equal, fail, for_any, for_sizes, show


def test_the_smallest_size_that_fails_is_named():
    def body(size):
        if size >= 3:
            fail("too long")

    with pytest.raises(CheckFailed, match="with size 3: too long"):
        for_sizes([1, 2, 3, 8], body)


def numbers(rng, size):
    return [rng.uniform(-100, 100) for _ in range(size)]


def test_a_failing_input_is_made_as_simple_as_it_can_be():
    random.seed(1)

    def body(values):
        # A sum that forgets its third element and those after it.
        equal(sum(values[:2]), sum(values), what=f"total({show(values)})")

    with pytest.raises(CheckFailed) as caught:
        for_any(numbers, body)
    assert caught.value.message.startswith("with [0.0, 0.0, 1.0]:")


def test_an_exception_is_a_refusal_with_its_input():
    random.seed(2)

    def body(values):
        close(sum(values) / len(values), sum(values) / max(1, len(values)))

    with pytest.raises(CheckFailed, match=r"with \[\]: raises ZeroDivisionError"):
        for_any(numbers, body)


def test_what_is_no_input_at_all_is_not_taken_for_a_simpler_one():
    """A pair without its second half fails in the check, and says nothing of the learner's code."""
    random.seed(3)

    def body(case):
        values, factor = case
        equal([0 for each in values], [factor * each for each in values], what="scaled")

    with pytest.raises(CheckFailed) as caught:
        for_any(lambda rng, size: (numbers(rng, size), rng.uniform(1, 2)), body)
    assert caught.value.message == "with ([1.0], 1.0): scaled is off"


def test_what_holds_for_all_passes_and_leaves_inputs_alone():
    seen = []

    def body(values):
        values.append(1)
        seen.append(len(values))

    for_any(numbers, body)
    assert len(seen) == 100
    assert max(seen) > 10


def test_the_seed_of_the_attempt_decides_the_inputs():
    def drawn():
        found = []
        for_any(lambda rng, size: rng.random(), found.append)
        return found

    random.seed(5)
    first = drawn()
    random.seed(5)
    assert drawn() == first
    assert drawn() != first


@given(st.integers(-(10**6), 10**6), st.integers(0, 1000))
def test_shrinking_ends_at_the_edge(threshold, above):
    edge = abs(threshold)

    def body(value):
        if value >= edge:
            fail("too large")

    random.seed(0)
    with pytest.raises(CheckFailed):
        for_any(lambda rng, size: edge + above, body)


def test_off_the_cpu_rounding_may_differ_more():
    import torch

    class Elsewhere(torch.Tensor):
        @property
        def device(self):
            return torch.device("cuda")

    value = torch.tensor([1.0]).as_subclass(Elsewhere)
    close(value, [1.0005])
    with pytest.raises(CheckFailed):
        close(torch.tensor([1.0]), [1.0005])
    with pytest.raises(CheckFailed):
        close(value, [1.01])
