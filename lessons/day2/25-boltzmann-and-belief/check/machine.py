"""Checks of the machine: against states counted one by one, and against what learning does."""

import itertools

import torch

from tutor.checks import check, close, equal, fail, for_any


def machine(visible, hidden, seed):
    """Weights and biases, drawn."""
    dice = torch.Generator().manual_seed(seed)
    shapes = ((visible, hidden), (visible,), (hidden,))
    return [torch.randn(shape, generator=dice) for shape in shapes]


def states(count):
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=count)))


SMALL = (
    torch.tensor([[2.0, 0.0], [2.0, -1.0], [0.0, 2.0]]),
    torch.tensor([-1.0, -1.0, 0.0]),
    torch.tensor([-1.0, 0.0]),
)
"""The machine of the text: weights, biases below, biases above."""


@check("the machine of the text", points=2)
def example(learner):
    seen = torch.tensor([1.0, 1.0, 0.0])
    for units, expected in (
        ((0.0, 0.0), 2.0),
        ((1.0, 0.0), -1.0),
        ((0.0, 1.0), 3.0),
        ((1.0, 1.0), 0.0),
    ):
        found = learner.energy(seen, torch.tensor(units), *SMALL)
        close(float(found), expected, what=f"the energy of 1 1 0 with {units} above")
    close(
        learner.up(seen[None], SMALL[0], SMALL[2]).tolist(),
        [[0.9526, 0.2689]],
        1e-3,
        what="the probabilities above 1 1 0",
    )


@check("one step, by hand", points=2)
def step(learner):
    seen = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    dice = torch.tensor([[0.5, 0.5], [0.2, 0.2]])
    weights, below, above = learner.cd1(seen, *SMALL, dice)
    first = torch.tensor([[0.9526, 0.2689], [0.2689, 0.8808]])
    again = torch.tensor([[0.7311, 0.7311, 0.5], [0.7311, 0.5, 0.8808]])
    second = torch.sigmoid(again @ SMALL[0] + SMALL[2])
    close(below.tolist(), ((seen - again).mean(0)).tolist(), 1e-3, what="the pixels' biases")
    close(above.tolist(), ((first - second).mean(0)).tolist(), 1e-3, what="the hidden biases")
    wanted = (seen.T @ first - again.T @ second) / 2
    close(weights.tolist(), wanted.tolist(), 1e-3, what="the weights")


@check("what is seen becomes likelier", points=2)
def learns(learner):
    below, above = torch.zeros(4), torch.zeros(3)
    dice = torch.Generator().manual_seed(0)
    weights = 0.05 * torch.randn(4, 3, generator=dice)
    wanted = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    seen = wanted.repeat(20, 1)
    for _ in range(400):
        changes = learner.cd1(seen, weights, below, above, torch.rand(40, 3, generator=dice))
        weights, below, above = (
            each + 0.2 * change
            for each, change in zip((weights, below, above), changes, strict=True)
        )
    inside = torch.nn.functional.softplus(states(4) @ weights + above).sum(1)
    chances = (states(4) @ below + inside).softmax(0)
    chance = float(sum(chances[(states(4) == each).all(1)].sum() for each in wanted))
    if not chance > 0.5:
        fail(
            "Two states of four pixels were shown, over and over. They should get most of it.",
            "more than 0.5 of all probability",
            f"{chance:.2f}",
        )


@check("changes nothing that it was given", points=1)
def copies(learner):
    given = [torch.rand(5, 4), *machine(4, 3, 1), torch.rand(5, 3)]
    before = [each.tolist() for each in given]
    learner.cd1(*given)
    equal([each.tolist() for each in given], before, what="the caller's tensors")


@check("probabilities that follow from the energy", points=2, hidden=True)
def follows(learner):
    def body(case):
        if len(case) != 3 or min(case[:2]) < 1:
            return
        visible, hidden, seed = case
        parts = machine(visible, hidden, seed)
        above = states(hidden)
        for seen in states(visible):
            energies = torch.stack(
                [torch.as_tensor(learner.energy(seen, h, *parts)) for h in above]
            )
            # A state is likely as e to minus its energy; the hidden units are summed out one by one.
            wanted = (-energies).softmax(0) @ above
            found = learner.up(seen[None], parts[0], parts[2])[0]
            close(found.tolist(), wanted.tolist(), 1e-4, what=f"`up` of {seen.tolist()}")

    for_any(lambda rng, size: [rng.randint(1, 3), rng.randint(1, 3), rng.randint(0, size)], body)
