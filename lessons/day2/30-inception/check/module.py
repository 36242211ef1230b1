import torch

from tutor.checks import check, equal, fail, for_any

MODULE_3A = (192, 64, 96, 128, 16, 32, 32)
SMALL = (3, 2, 2, 2, 2, 2, 2)
REACHES = {"1x1": 0, "1x1 and 3x3": 1, "1x1 and 5x5": 2, "the maximum and 1x1": 1}


def filled(learner, value):
    """A small module, its weights all alike, its offsets 0."""
    model = learner.Inception(*SMALL)
    with torch.no_grad():
        for weights in model.parameters():
            weights.fill_(value if weights.ndim > 1 else 0.0)
    return model


@check("256 maps of the same side", points=2)
def stacked(learner):
    with torch.no_grad():
        found = learner.Inception(*MODULE_3A)(torch.randn(2, 192, 28, 28))
    equal(tuple(found.shape), (2, 256, 28, 28), what="the shape of what module 3a makes")


@check("module 3a has 163,696 parameters", points=2)
def counted(learner):
    model = learner.Inception(*MODULE_3A)
    count = sum(weights.numel() for weights in model.parameters())
    equal(count, 163_696, what="the number of parameters, offsets included")


@check("each branch reaches as far as it should", points=2)
def reaches(learner):
    model = filled(learner, 1.0)
    dot = torch.zeros(1, 3, 9, 9)
    dot[0, :, 4, 4] = 1
    with torch.no_grad():
        found = model(dot)[0]
    for place, (branch, reach) in enumerate(REACHES.items()):
        for maps in found[2 * place : 2 * place + 2]:
            lit = maps.nonzero()
            far = int((lit - 4).abs().max()) if len(lit) else -1
            equal(far, reach, what=f"how far a dot is seen in the maps of {branch}")


@check("a ReLU behind each convolution", points=1, hidden=True)
def rectified(learner):
    with torch.no_grad():
        found = filled(learner, -1.0)(torch.ones(1, 3, 5, 5))
    if found.abs().max() > 0:
        fail("weights of -1 on maps of 1: each convolution ends below 0", 0.0, float(found.max()))


@check("any widths, any size of picture", points=1, hidden=True)
def any_size(learner):
    def draw(rng, size):
        widths = [rng.randint(1, 1 + size) for _ in range(7)]
        return widths, rng.randint(1, 4 + size), rng.randint(1, 4 + size)

    def body(case):
        widths, high, wide = case
        with torch.no_grad():
            found = learner.Inception(*widths)(torch.randn(1, widths[0], high, wide))
        maps = widths[1] + widths[3] + widths[5] + widths[6]
        equal(tuple(found.shape), (1, maps, high, wide), what=f"the shape for widths {widths}")

    for_any(draw, body)
