from tutor.checks import check, close, equal, for_any


def drift(state, action):
    """A road on which the wind blows to the right."""
    return state + action + 1


def copy(state):
    return 2 if state > 3 else 0


def expert(state):
    return -state


OLD = [(0, 0), (7, 1)]


@check("the copy drives", points=2)
def drives(learner):
    found = learner.dagger_round([], copy, expert, 0, drift, 6)
    equal([state for state, _ in found], [0, 1, 2, 3, 4, 7], what="the states of the drive")


@check("the expert answers", points=2)
def answers(learner):
    found = learner.dagger_round([], copy, expert, 0, drift, 6)
    equal([answer for _, answer in found], [0, -1, -2, -3, -4, -7], what="her answers on the way")


@check("the old data stay", points=2)
def stay(learner):
    data = list(OLD)
    found = learner.dagger_round(data, copy, expert, 5, drift, 2)
    equal(found, [*OLD, (5, -5), (8, -8)], what="two old pairs and two new ones")
    equal(data, OLD, what="the list that was handed in, afterwards")


@check("she is asked once for each state", points=1)
def asked(learner):
    heard = []

    def noted(state):
        heard.append(state)
        return 0

    learner.dagger_round(list(OLD), copy, noted, 0, drift, 4)
    equal(heard, [0, 1, 2, 3], what="what the expert was asked about")


@check("3 or 206", points=1)
def text(learner):
    close(learner.wrong_steps(0.01, 300, True), 3.0, what="wrong_steps(0.01, 300, True)")
    close(
        learner.wrong_steps(0.01, 300, False),
        205.855,
        tolerance=0.01,
        what="wrong_steps(0.01, 300, False)",
    )


@check("any chance, any drive", points=2, hidden=True)
def anything(learner):
    def body(case):
        chance, steps = case
        # The first step is a slip, and all are wrong; or it is not, and one step less is left.
        rest = learner.wrong_steps(chance, steps - 1, False)
        close(
            learner.wrong_steps(chance, steps, False),
            chance * steps + (1 - chance) * rest,
            tolerance=1e-6,
            what=f"wrong_steps({chance}, {steps}, False)",
        )
        made = learner.dagger_round(
            [], lambda state: chance, lambda state: state, 0.0, drift, steps
        )
        equal(len(made), steps, what=f"the pairs of a drive of {steps} states")
        close(
            made[-1][0],
            (steps - 1) * (1 + chance),
            tolerance=1e-6,
            what=f"the last state of a drive that goes 1 + {chance} a step",
        )

    for_any(lambda rng, size: (rng.choice([0.0, 0.1, 0.5, 1.0]), 1 + rng.randint(0, size)), body)
