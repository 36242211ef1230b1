import math

import torch

from tutor.checks import check, close, equal, fail, for_any

EIGHT = [0.5, 0.9, 1.5, 3.0, 3.9, 7.0, 9.0, 12.0]


def helix(count=20):
    along = torch.arange(count, dtype=torch.float64)
    angle = along * math.radians(100)
    return torch.stack([2.3 * angle.cos(), 2.3 * angle.sin(), 1.5 * along], dim=1)


def turn(a, b, c):
    """A rotation by three angles."""

    def about(axis, angle):
        i, j = [k for k in range(3) if k != axis]
        turned = torch.eye(3, dtype=torch.float64)
        turned[i, i] = turned[j, j] = math.cos(angle)
        turned[i, j], turned[j, i] = -math.sin(angle), math.sin(angle)
        return turned

    return about(0, a) @ about(1, b) @ about(2, c)


def off(one, two):
    return (one - two).square().sum(1).mean().sqrt().item()


@check("the eight residues of the text", points=1)
def eight(learner):
    close(learner.gdt(torch.tensor(EIGHT)), 50.0, what="gdt of the eight in the text")
    close(learner.gdt(torch.zeros(5)), 100.0, what="gdt where every residue is in its place")
    close(learner.gdt(torch.full((5,), 30.0)), 0.0, what="gdt where none is within 8 Å")


@check("a limit belongs to what is within", points=1)
def limits(learner):
    close(learner.gdt(torch.tensor([1.0, 2.0, 4.0, 8.0])), 62.5, what="gdt of 1, 2, 4 and 8 Å")


@check("a chain that was only shifted", points=1)
def shifted(learner):
    chain = helix()
    far = chain + torch.tensor([5.0, -3.0, 12.0], dtype=torch.float64)
    close(off(learner.superpose(far, chain), chain), 0.0, what="how far off it is, in Å")


@check("a chain that was turned and shifted", points=2)
def turned(learner):
    chain = helix()
    far = chain @ turn(0.5, 1.2, -2.0) + torch.tensor([5.0, -3.0, 12.0], dtype=torch.float64)
    close(off(learner.superpose(far, chain), chain), 0.0, what="how far off it is, in Å")


@check("a mirror image does not fit", points=2)
def mirrored(learner):
    chain = helix()
    image = chain * torch.tensor([1.0, 1.0, -1.0], dtype=torch.float64)
    away = off(learner.superpose(image, chain), chain)
    if away < 1:
        fail(
            "the mirror image of a helix was laid over it: that takes a mirror",
            "> 1 Å",
            f"{away:.2f} Å",
        )


@check("what was given stays as it is", points=1)
def untouched(learner):
    chain, other = helix(), helix() @ turn(0.1, 0.2, 0.3)
    before = chain.clone(), other.clone()
    learner.superpose(chain, other)
    equal((chain, other), before, what="both chains after superpose")


@check("no other turn fits better", points=2, hidden=True)
def best(learner):
    def body(numbers):
        count = (len(numbers) - 3) // 3
        if count < 4:
            return
        points = torch.tensor(numbers[3 : 3 + 3 * count], dtype=torch.float64)
        fixed, angles = points.reshape(-1, 3), [each / 3 for each in numbers[:3]]
        moving = fixed.roll(1, 0) @ turn(*angles)
        found = learner.superpose(moving, fixed)
        apart, after = torch.cdist(moving, moving), torch.cdist(found, found)
        close(
            after, apart, tolerance=1e-4, what="the distances inside the chain, after it was moved"
        )
        least = off(found, fixed)
        for step in range(27):
            small = [0.1 * (step // 3**axis % 3 - 1) for axis in range(3)]
            other = (found - found.mean(0)) @ turn(*small) + fixed.mean(0)
            if off(other, fixed) < least - 1e-6:
                fail("a small turn more makes it fit better", "the least mean square")

    for_any(lambda rng, size: [rng.randint(-9, 9) for _ in range(15 + size)], body)
