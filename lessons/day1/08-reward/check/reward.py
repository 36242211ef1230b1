from tutor.checks import check, close, equal, for_any


def table():
    return [[0.5, 0.2], [1.0, 0.4], [0.0, 0.0]]


@check("the example from the text", points=1)
def example(learner):
    worth = table()
    learner.update(worth, 0, 0, 0.0, 1, False, 0.1, 0.9)
    close(worth[0][0], 0.54, what="0.5 after a move with no reward to a state whose best is 1")


@check("only one number changes", points=1)
def one(learner):
    worth = table()
    learner.update(worth, 0, 1, 0.0, 1, False, 0.5, 0.9)
    close(worth[0][1], 0.55, what="the worth of the move that was made")
    worth[0][1] = 0.2
    equal(worth, table(), what="all others")


@check("nothing follows an end", points=1)
def end(learner):
    worth = table()
    learner.update(worth, 0, 0, 1.0, 1, True, 0.5, 0.9)
    close(worth[0][0], 0.75, what="0.5 after the last move of an episode, which brought 1")


@check("it settles at the target", points=1)
def settles(learner):
    worth = table()
    for _ in range(2000):
        learner.update(worth, 0, 0, 0.25, 1, False, 0.05, 0.5)
    close(worth[0][0], 0.75, tolerance=1e-6, what="2,000 equal updates towards 0.25 + 0.5 · 1")


@check("a reward three moves later", points=1)
def later(learner):
    close(learner.discounted([0, 0, 0, 1], 0.9), 0.729, what="discounted([0, 0, 0, 1], 0.9)")
    close(learner.discounted([1, 0, 0, 0], 0.9), 1.0, what="discounted([1, 0, 0, 0], 0.9)")
    close(learner.discounted([], 0.9), 0.0, what="discounted([], 0.9)")


@check("several rewards", points=1)
def several(learner):
    close(learner.discounted([2, -1, 4], 0.5), 2.5, what="discounted([2, -1, 4], 0.5)")


@check("any episode", points=2, hidden=True)
def any_episode(learner):
    def body(case):
        rewards, gamma = case
        whole = learner.discounted(rewards, gamma)
        rest = learner.discounted(rewards[1:], gamma)
        close(
            whole, rewards[0] + gamma * rest, tolerance=1e-9, what=f"discounted({rewards}, {gamma})"
        )

    def draw(rng, size):
        return [rng.randint(-3, 3) for _ in range(1 + size // 2)], rng.choice([0.0, 0.5, 0.9, 1.0])

    for_any(draw, body)
