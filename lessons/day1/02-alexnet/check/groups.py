import torch

from tutor.checks import check, equal, for_any, for_sizes, raises


@check("AlexNet's first two layers", points=2)
def alexnet(learner):
    equal(learner.parameters(3, 96, 11), 34_944, what="parameters(3, 96, 11)")
    equal(learner.parameters(96, 256, 5), 614_656, what="parameters(96, 256, 5)")
    equal(learner.parameters(96, 256, 5, groups=2), 307_456, what="parameters(96, 256, 5, 2)")


@check("without a bias", points=1)
def bare(learner):
    equal(learner.parameters(4, 8, 3, bias=False), 288, what="parameters(4, 8, 3, bias=False)")


@check("groups that do not fit", points=1)
def uneven(learner):
    raises(ValueError, lambda: learner.parameters(9, 8, 3, 2), "2 groups of 9 maps in")
    raises(ValueError, lambda: learner.parameters(8, 9, 3, 2), "2 groups of 9 maps out")


@check("which maps a map sees", points=2)
def looks(learner):
    equal(learner.sees(0, 6, 4, 2), [0, 1, 2], what="sees(0, 6, 4, 2)")
    equal(learner.sees(1, 6, 4, 2), [0, 1, 2], what="sees(1, 6, 4, 2)")
    equal(learner.sees(2, 6, 4, 2), [3, 4, 5], what="sees(2, 6, 4, 2)")
    equal(learner.sees(3, 6, 4, 1), [0, 1, 2, 3, 4, 5], what="sees(3, 6, 4, 1)")


@check("a layer too large to be built", points=1)
def large(learner):
    wide = 10**7
    expected = wide * wide * 9 // 10 + wide
    equal(
        learner.parameters(wide, wide, 3, 10),
        expected,
        what="ten million maps to as many, in ten groups",
    )


@check("as many as torch learns", points=1, hidden=True)
def torchs(learner):
    def body(groups):
        layer = torch.nn.Conv2d(3 * groups, 2 * groups, 3, groups=groups)
        count = sum(each.numel() for each in layer.parameters())
        equal(learner.parameters(3 * groups, 2 * groups, 3, groups), count, what="parameters")

    for_sizes(range(1, 9), body)


@check("sees what torch's convolution sees", points=2, hidden=True)
def seen_by_torch(learner):
    def body(case):
        if len(case) != 3 or min(case) < 1:
            return
        groups, wide_in, wide_out = case
        maps_in, maps_out = groups * wide_in, groups * wide_out
        layer = torch.nn.Conv2d(maps_in, maps_out, 1, groups=groups, bias=False)
        torch.nn.init.ones_(layer.weight)
        # One map in is lit at a time: who answers has seen it.
        lit = layer(torch.eye(maps_in)[:, :, None, None])[:, :, 0, 0].bool()
        for number in range(maps_out):
            expected = lit[:, number].nonzero()[:, 0].tolist()
            found = learner.sees(number, maps_in, maps_out, groups)
            equal(found, expected, what=f"sees({number}, {maps_in}, {maps_out}, {groups})")

    for_any(lambda rng, size: [rng.randint(1, 2 + size // 5) for _ in range(3)], body)
