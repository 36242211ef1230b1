from math import log

from tutor.checks import check, close, equal, for_any

SENTENCE = ["I", "look", "forward", "to", "working", "on", "deep", "learning"]


@check("the sentence from the text", points=1)
def sentence(learner):
    found = [tuple(pair) for pair in learner.pairs(SENTENCE, 2)]
    equal(len(found), 26, what="the number of pairs")
    beside = [b for a, b in found if a == "to"]
    equal(beside, ["look", "forward", "working", "on"], what="who stands beside `to`")


@check("nothing beyond the ends", points=1)
def ends(learner):
    found = [tuple(pair) for pair in learner.pairs(["a", "b", "c", "d"], 1)]
    expected = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")]
    equal(found, expected, what="pairs of a b c d with a window of 1")
    equal(list(learner.pairs(["alone"], 3)), [], what="pairs of a single word")


@check("the table from the text", points=2)
def table(learner):
    total = learner.loss([1.0, 1.0], [1.0, 1.0], [[-1.0, 0.0], [0.5, 0.0]])
    close(total, 1.4140, tolerance=1e-3, what="the loss at scores of 2, −1 and 0.5")


@check("nothing is known at zero", points=1)
def zero(learner):
    total = learner.loss([0.0] * 3, [0.0] * 3, [[0.0] * 3] * 5)
    close(total, 6 * log(2), what="the loss where all vectors are 0, with five drawn")


@check("any sentence", points=2, hidden=True)
def any_sentence(learner):
    def body(case):
        words, window = case
        found = [tuple(pair) for pair in learner.pairs(words, window)]
        equal(
            len(found),
            sum(2 * max(0, len(words) - k) for k in range(1, window + 1)),
            what="the number of pairs",
        )
        equal(sorted(found), sorted((b, a) for a, b in found), what="the pairs, turned round")

    for_any(draw, body)


def draw(rng, size):
    return [rng.choice("abcde") for _ in range(size // 2)], rng.randint(1, 3)
