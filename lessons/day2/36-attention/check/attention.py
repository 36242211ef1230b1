"""Checks of attention and of its heads, against PyTorch's."""

import torch
from torch import nn
from torch.nn import functional

from tutor.checks import check, close, equal, for_any, for_sizes

KEYS = torch.tensor([[4.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]) / 2**0.5
QUERY = torch.tensor([[1.0, 0.0]])
VALUES = torch.tensor([[4.0], [7.0], [1.0], [0.0]])


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@check("the example from the text", points=1)
def example(learner):
    taken, weights = learner.attention(QUERY, KEYS, VALUES)
    close(weights, [[0.6694, 0.0906, 0.1494, 0.0906]], 1e-3, what="the four weights")
    close(taken, [[3.4612]], 1e-3, what="what comes through of the values 4, 7, 1 and 0")


@check("rows add up to 1", points=1)
def rows(learner):
    _, weights = learner.attention(drawn(0, 3, 5), drawn(1, 4, 5), drawn(2, 4, 2))
    equal(list(weights.shape), [3, 4], what="the shape of the weights of 3 queries and 4 keys")
    close(weights.sum(-1), [1.0, 1.0, 1.0], what="the sum over the keys, query by query")


@check("any shape, against PyTorch's", points=1)
def shapes(learner):
    def body(size):
        batch, queries, keys, width, says = size
        query, key = drawn(0, *batch, queries, width), drawn(1, *batch, keys, width)
        value = drawn(2, *batch, keys, says)
        taken, _ = learner.attention(query, key, value)
        wanted = functional.scaled_dot_product_attention(query, key, value)
        close(taken.tolist(), wanted.tolist(), 1e-4, what=f"attention of {queries} queries")

    for_sizes([((), 1, 1, 1, 1), ((), 2, 3, 4, 4), ((2,), 3, 2, 5, 1), ((2, 3), 4, 6, 8, 2)], body)


@check("who is hidden gives nothing", points=1)
def masked(learner):
    hidden = torch.ones(4, 4, dtype=torch.bool).triu(1)
    query, key, value = drawn(0, 2, 4, 3), drawn(1, 2, 4, 3), drawn(2, 2, 4, 3)
    taken, weights = learner.attention(query, key, value, hidden)
    equal(bool((weights[:, hidden] == 0).all()), True, what="whether hidden weights are 0, exactly")
    close(weights.sum(-1).tolist(), [[1.0] * 4] * 2, what="the sum of what is left in each row")
    wanted = functional.scaled_dot_product_attention(query, key, value, attn_mask=~hidden)
    close(taken.tolist(), wanted.tolist(), 1e-4, what="what comes through of the places before")


@check("heads, against PyTorch's", points=2)
def heads_agree(learner):
    def body(size):
        long, width, heads = size
        theirs = nn.MultiheadAttention(width, heads, bias=False, batch_first=True)
        with torch.no_grad():
            theirs.in_proj_weight.copy_(drawn(0, 3 * width, width))
            theirs.out_proj.weight.copy_(drawn(1, width, width))
        x = drawn(2, long, width)
        found = learner.multi_head(
            x, *theirs.in_proj_weight.detach().chunk(3), theirs.out_proj.weight.detach(), heads
        )
        with torch.no_grad():
            wanted = theirs(x[None], x[None], x[None])[0][0]
        what = f"{heads} heads over {long} places of width {width}"
        close(found.tolist(), wanted.tolist(), 1e-3, what=what)

    for_sizes([(1, 2, 1), (3, 2, 1), (2, 4, 2), (5, 6, 3), (7, 8, 8)], body)


@check("pairs in any order", points=1)
def any_order(learner):
    def body(order):
        query, key, value = drawn(0, 2, 3), drawn(1, len(order), 3), drawn(2, len(order), 2)
        taken, weights = learner.attention(query, key, value)
        moved, moved_weights = learner.attention(query, key[order], value[order])
        close(moved.tolist(), taken.tolist(), 1e-4, what=f"taken from pairs in the order {order}")
        close(moved_weights.tolist(), weights[:, order].tolist(), 1e-4, what="the weights of that")

    def draw(rng, size):
        return rng.sample(range(size + 1), size + 1)

    for_any(draw, lambda order: body(order) if sorted(order) == [*range(len(order))] else None)


@check("changes nothing that it was given", points=1)
def copies(learner):
    query, key, value = drawn(0, 2, 3), drawn(1, 4, 3), drawn(2, 4, 3)
    before = [each.tolist() for each in (query, key, value)]
    learner.attention(query, key, value, torch.zeros(2, 4, dtype=torch.bool))
    equal([each.tolist() for each in (query, key, value)], before, what="the caller's tensors")
