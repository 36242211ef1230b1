import random

from tutor.checks import check, close, equal, fail, for_any


@check("the oldest goes", points=2)
def oldest(learner):
    memory = learner.Memory(3)
    for move in range(5):
        memory.add(move)
    equal(sorted(memory.moves), [2, 3, 4], what="what is left of moves 0 to 4, with room for three")
    memory.add(5)
    equal(sorted(memory.moves), [3, 4, 5], what="and after move 5")


@check("drawn from all of it", points=2)
def drawn(learner):
    memory = learner.Memory(50)
    for move in range(50):
        memory.add(move)
    rng, seen = random.Random(1), set()
    for _ in range(60):
        batch = memory.draw(10, rng)
        equal(len(batch), 10, what="how many were drawn")
        equal(len(set(batch)), 10, what="how many different ones are among them")
        seen |= set(batch)
    equal(len(seen), 50, what="how many of 50 moves came up in 60 draws of ten")
    equal(len(memory.moves), 50, what="how many are remembered after drawing")


@check("chance comes from rng alone", points=1)
def seeded(learner):
    memory = learner.Memory(30)
    for move in range(30):
        memory.add(move)
    random.seed(1)
    one = memory.draw(8, random.Random(5))
    random.seed(2)
    equal(memory.draw(8, random.Random(5)), one, what="a second draw with the same rng")
    if all(memory.draw(8, random.Random(seed)) == one for seed in range(6, 16)):
        fail("ten other seeds draw the same moves", "other moves", one)


@check("the table of the text", points=1)
def table(learner):
    found = learner.praises([[1, 1, 1], [1]], 0.5)
    close(
        [value for episode in found for value in episode],
        [1.3472, 0.5774, -0.9623, -0.9623],
        tolerance=0.001,
        what="praises of three moves and of one, with a discount of 0.5",
    )


@check("longer is better", points=1)
def longer(learner):
    (short, long) = learner.praises([[1, 1], [1, 1, 1, 1, 1, 1]], 1.0)
    # By rounding alone two means of 0 differ.
    if not sum(long) / len(long) > sum(short) / len(short) + 0.1:
        fail("a long episode is praised no more than a short one", "more", (short, long))


@check("any episodes", points=2, hidden=True)
def anything(learner):
    def draw(rng, size):
        episodes = [[1] * rng.randint(1, 2 + size // 4) for _ in range(rng.randint(2, 4))]
        return [[1] * 5, *episodes], rng.choice([0.5, 0.9, 1.0])

    def body(case):
        episodes, gamma = case
        found = learner.praises(episodes, gamma)
        what = f"praises({episodes}, {gamma})"
        equal(
            [len(each) for each in found],
            [len(each) for each in episodes],
            what=f"lengths of {what}",
        )
        every = [value for episode in found for value in episode]
        close(sum(every), 0.0, tolerance=1e-6, what=f"the sum of {what}")
        close(
            sum(value**2 for value in every),
            float(len(every)),
            tolerance=1e-6,
            what=f"the sum of squares of {what}",
        )

    for_any(draw, body)
