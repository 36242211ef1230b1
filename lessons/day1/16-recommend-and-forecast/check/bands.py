from tutor.checks import check, close, equal, fail, for_any


@check("the example from the text", points=1)
def example(learner):
    close(learner.pinball([10], [8], 0.9), 1.8, what="pinball([10], [8], 0.9), too low by 2")
    close(learner.pinball([10], [12], 0.9), 0.2, what="pinball([10], [12], 0.9), too high by 2")


@check("a mean, not a sum", points=1)
def mean(learner):
    close(learner.pinball([10, 10], [8, 12], 0.9), 1.0, what="pinball([10, 10], [8, 12], 0.9)")


@check("too high and too low do not cancel", points=1)
def cancel(learner):
    close(learner.pinball([3, -3], [0, 0], 0.5), 1.5, what="pinball([3, -3], [0, 0], 0.5)")


@check("both edges count", points=1)
def edges(learner):
    targets, lows, highs = [1, 5, 9, 5], [4, 4, 4, 0], [6, 6, 6, 10]
    close(learner.coverage(targets, lows, highs), 0.5, what="one below, one above, two within")


@check("a day on the edge lies within", points=1)
def on_the_edge(learner):
    close(learner.coverage([4, 6, 5], [4, 4, 5], [6, 6, 5]), 1.0, what="three days on an edge")


@check("nothing that was given is changed", points=1)
def untouched(learner):
    targets, lows, highs = [3, 1, 2], [2, 2, 2], [4, 4, 4]
    learner.pinball(targets, lows, 0.1)
    learner.coverage(targets, lows, highs)
    equal([targets, lows, highs], [[3, 1, 2], [2, 2, 2], [4, 4, 4]], what="the lists")


@check("the cheapest forecast is the quantile", points=1, hidden=True)
def cheapest(learner):
    def draw(rng, size):
        return [rng.randint(-9, 9) for _ in range(10)], rng.choice([0.15, 0.35, 0.65, 0.85])

    def body(case):
        targets, tau = case
        best = sorted(targets)[int(10 * tau)]
        least = learner.pinball(targets, [best] * 10, tau)
        for other in range(-9, 10):
            if learner.pinball(targets, [other] * 10, tau) < least - 1e-9:
                fail(f"for tau = {tau} and {targets}, {other} costs less than {best}")

    for_any(draw, body)
