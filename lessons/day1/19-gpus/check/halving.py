"""Checks of successive halving, with settings whose worth is known."""

from models.tuning import halve as reference
from tutor.checks import check, close, equal, fail, for_any


class Asked:
    """Scores by a table, and remembers who was asked for how many steps."""

    def __init__(self, worth):
        self.worth = worth
        self.steps = {}

    def __call__(self, setting, steps):
        self.steps.setdefault(steps, []).append(setting)
        return self.worth[setting]


@check("the best one wins", points=1)
def check_winner(learner):
    worth = {f"net {i}": score for i, score in enumerate([3, 1, 4, 1, 5, 9, 2, 6, 5])}
    winner, _ = learner.halve(list(worth), Asked(worth), 5)
    equal(winner, "net 5", what="the winner of nine settings, of which `net 5` is the best")
    equal(learner.halve(["only"], lambda *_: 0.0, 5)[0], "only", what="the winner of one setting")


@check("who is left gets more steps", points=1)
def check_rungs(learner):
    asked = Asked({i: i for i in range(9)})
    learner.halve(range(9), asked, 5)
    equal(sorted(asked.steps), [5, 15, 45], what="the steps of the rungs")
    equal([len(asked.steps[steps]) for steps in (5, 15, 45)], [9, 3, 1], what="settings in each")
    if set(asked.steps[15]) != {6, 7, 8}:
        fail(f"The second rung should have the best three, 6, 7 and 8; it has {asked.steps[15]}.")


@check("what it costs", points=1)
def check_cost(learner):
    # 9 of 5 steps, 3 of another 10, 1 of another 30.
    _, spent = learner.halve(range(9), Asked({i: i for i in range(9)}), 5)
    equal(spent, 105, what="the steps spent on 9 settings that begin with 5")
    _, spent = learner.halve(range(4), Asked({i: i for i in range(4)}), 2, factor=2)
    equal(spent, 16, what="the steps spent on 4 settings that begin with 2, factor 2")


@check("any settings", points=1, hidden=True)
def check_any(learner):
    def draw(random, size):
        scores = [random.choice([0.1, 0.5, 0.9, random.random()]) for _ in range(size + 1)]
        return scores, random.choice([2, 3, 4])

    def body(case):
        scores, factor = case
        if not scores or factor < 2:
            return  # a simpler case that is none
        ours, theirs = Asked(scores), Asked(scores)
        winner, _ = learner.halve(range(len(scores)), ours, 3, factor)
        rungs = list(reference(range(len(scores)), theirs, 3, factor))
        equal(winner, rungs[-1][1][0][1], what=f"the winner among the scores {scores}")
        equal(
            {steps: sorted(who) for steps, who in ours.steps.items()},
            {steps: sorted(who) for steps, who in theirs.steps.items()},
            what="who was asked at each number of steps",
        )
        close(scores[winner], max(scores), what="the winner's score")

    for_any(draw, body)
