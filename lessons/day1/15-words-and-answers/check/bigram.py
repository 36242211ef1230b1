import math

from tutor.checks import check, close, equal, for_any

LETTERS = " abc"


@check("counts become shares", points=1)
def shares(learner):
    table = learner.bigram("ab ab ac", LETTERS, 0)
    close(table["a"]["b"], 2 / 3, what="b after a in 'ab ab ac'")
    close(table["a"]["c"], 1 / 3, what="c after a in 'ab ab ac'")
    close(table["b"][" "], 1.0, what="a blank after b in 'ab ab ac'")


@check("one is added to every count", points=2)
def smoothed(learner):
    table = learner.bigram("ab ab ac", LETTERS, 1)
    close(table["a"]["b"], 3 / 7, what="b after a in 'ab ab ac' with alpha = 1")
    close(table["a"]["a"], 1 / 7, what="a after a, which never came, with alpha = 1")
    close(table["c"]["a"], 1 / 4, what="a after c, which nothing ever followed, with alpha = 1")


@check("nothing is known after the last letter", points=1)
def unknown(learner):
    table = learner.bigram("ab ab ac", LETTERS, 0)
    equal([table["c"][y] for y in LETTERS], [0, 0, 0, 0], what="after c, with alpha = 0")


@check("surprise in bits", points=1)
def surprise(learner):
    table = {"a": {"a": 0.5, "b": 0.5}, "b": {"a": 0.25, "b": 0.75}}
    close(learner.bits(table, "ab"), 1.0, what="one step of probability 1/2")
    close(learner.bits(table, "aba"), 1.5, what="steps of probabilities 1/2 and 1/4")


@check("what is impossible is infinitely surprising", points=1)
def impossible(learner):
    table = learner.bigram("ab ab ac", LETTERS, 0)
    equal(learner.bits(table, "ab aa"), math.inf, what="bits of 'ab aa', where aa never came")


@check("any text", points=2, hidden=True)
def any_text(learner):
    def draw(rng, size):
        text = "".join(rng.choice(LETTERS) for _ in range(2 + size))
        return text, rng.choice([0.1, 0.5, 1.0, 3.0])

    def body(case):
        text, alpha = case
        table = learner.bigram(text, LETTERS, alpha)
        for x in LETTERS:
            close(sum(table[x].values()), 1.0, what=f"the sum after {x!r} in {text!r}")
        x, y = text[-2:]
        pairs = [text[at : at + 2] for at in range(len(text) - 1)]
        follows = sum(pair[0] == x for pair in pairs)
        wanted = (pairs.count(x + y) + alpha) / (follows + alpha * len(LETTERS))
        close(table[x][y], wanted, what=f"{y!r} after {x!r} in {text!r}, alpha = {alpha}")
        logs = [-math.log2(table[one][two]) for one, two in pairs]
        close(learner.bits(table, text), sum(logs) / len(logs), what=f"bits of {text!r}")

    for_any(draw, body)
