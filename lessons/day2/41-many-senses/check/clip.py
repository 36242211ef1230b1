"""Checks of CLIP's scores, loss and classifier, against numbers by hand and loops without matrices."""

import math

import torch

from tutor.checks import check, close, equal, for_any, for_sizes

PICTURES = torch.tensor([[3.0, 4.0], [0.0, 2.0]])
SENTENCES = torch.tensor([[1.0, 0.0], [5.0, 0.0], [0.0, -1.0]])


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def cosine(one, other):
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return dot / math.sqrt(sum(a * a for a in one) * sum(b * b for b in other))


def surprise(row, own):
    """Cross entropy of one row of scores, added up one by one."""
    top = max(row)
    return top + math.log(sum(math.exp(each - top) for each in row)) - row[own]


@check("scores by hand", points=1)
def by_hand(learner):
    wanted = [[0.6, 0.6, -0.8], [0.0, 0.0, -1.0]]
    close(
        learner.scores(PICTURES, SENTENCES, 1.0), wanted, 1e-4, what="the scores at temperature 1"
    )
    colder = [[5 * each for each in row] for row in wanted]
    close(learner.scores(PICTURES, SENTENCES, 0.2), colder, 1e-4, what="the scores at 0.2")


@check("the loss of four pairs", points=2)
def four(learner):
    pictures, sentences = drawn(0, 4, 6), drawn(1, 4, 6)
    table = [[cosine(p, s) / 0.1 for s in sentences.tolist()] for p in pictures.tolist()]
    rows = sum(surprise(row, i) for i, row in enumerate(table)) / 4
    columns = sum(surprise(list(row), i) for i, row in enumerate(zip(*table, strict=True))) / 4
    found = learner.clip_loss(pictures, sentences, 0.1)
    close(found, (rows + columns) / 2, 1e-4, what="the loss of four pairs")


@check("nothing to tell apart", points=1)
def alike(learner):
    def body(pairs):
        same = torch.ones(pairs, 3)
        found = learner.clip_loss(same, same, 0.1)
        close(found, math.log(pairs), 1e-4, what=f"the loss of {pairs} pairs that are all alike")

    for_sizes([1, 2, 8, 96], body)


@check("it can be trained", points=1)
def gradient(learner):
    pictures, sentences = drawn(2, 8, 4).requires_grad_(), drawn(3, 8, 4).requires_grad_()
    before = learner.clip_loss(pictures, sentences, 0.1)
    before.backward()
    with torch.no_grad():
        moved = [each - 0.05 * each.grad for each in (pictures, sentences)]
    after = learner.clip_loss(*moved, 0.1)
    equal(bool(after < before), True, what="whether a step against the gradient lowers the loss")


@check("a classifier out of words", points=2)
def words(learner):
    # The second class has one long sentence that points elsewhere than its two short ones.
    prompts = torch.tensor([
        [[1.0, 0.0], [1.0, 0.1], [1.0, -0.1]],
        [[0.0, 1.0], [0.1, 1.0], [90.0, -80.0]],
    ])  # fmt: skip
    pictures = torch.tensor([[9.0, -1.0], [0.2, 0.6], [0.01, 0.02]])
    found = learner.classify(pictures, prompts)
    equal(found.tolist(), [0, 1, 1], what="the classes of three pictures")


@check("any pictures, any classes", points=1, hidden=True)
def any_classes(learner):
    def body(size):
        seed, pictures, classes = size
        shown, prompts = drawn(seed, pictures, 5), drawn(seed + 1, classes, 3, 5)
        places = (prompts / prompts.norm(dim=-1, keepdim=True)).mean(1).tolist()
        wanted = [
            max(range(classes), key=lambda c: cosine(row, places[c])) for row in shown.tolist()
        ]
        found = learner.classify(shown, prompts)
        equal(found.tolist(), wanted, what=f"{pictures} pictures among {classes} classes")

    for_any(
        lambda rng, size: (rng.randint(0, 999), rng.randint(1, 2 + size), rng.randint(1, 2 + size)),
        lambda size: body(size) if min(size[1:]) > 0 and size[0] >= 0 else None,
    )
