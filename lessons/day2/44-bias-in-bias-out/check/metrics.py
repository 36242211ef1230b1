"""Checks of the rates of groups, against published counts and by counting again."""

from tutor.checks import check, close, equal, for_any

COUNTS = {"black": (990, 805, 532, 1369), "white": (1139, 349, 461, 505)}
"""Not flagged and flagged, of those to whom it did not happen; then of those to whom it did."""
WANTED = {"black": (0.4485, 0.2799, 0.6297), "white": (0.2345, 0.4772, 0.5913)}
RATES = ("false positive rate", "false negative rate", "predictive value")


def people(counts):
    """Three lists, a person after the other."""
    rows = [
        (truth, called, name)
        for name, cells in counts.items()
        for (truth, called), number in zip(((0, 0), (0, 1), (1, 0), (1, 1)), cells, strict=True)
        for _ in range(number)
    ]
    return tuple([row[axis] for row in rows] for axis in range(3))


@check("the published counts", points=2)
def published(learner):
    found = learner.group_metrics(*people(COUNTS))
    equal(sorted(found), ["black", "white"], what="the groups")
    for name, wanted in WANTED.items():
        for rate, value in zip(RATES, wanted, strict=True):
            close(found[name][rate], value, 5e-4, what=f"{rate} of {name}")
    equal([found[name]["people"] for name in COUNTS], [3696, 2454], what="people in each group")
    close([found[name]["base rate"] for name in COUNTS], [0.5143, 0.3936], 5e-4, what="base rates")


@check("a share of nobody", points=1)
def nobody(learner):
    found = learner.group_metrics([0, 0, 1], [0, 0, 1], ["P", "P", "Q"])
    equal(found["P"]["predictive value"], None, what="the predictive value where nobody is flagged")
    equal(found["P"]["false negative rate"], None, what="misses where it happened to nobody")
    equal(found["Q"]["false positive rate"], None, what="wrong flags where it happened to all")
    close(found["P"]["false positive rate"], 0.0, what="wrong flags, none of two")
    equal(learner.group_metrics([], [], []), {}, what="the metrics of no people at all")


@check("the gap of three groups", points=1)
def three(learner):
    table = {"P": {"r": 0.5}, "Q": {"r": 0.2}, "R": {"r": 0.9}, "S": {"r": None}, "T": {"r": 0.4}}
    close(learner.gap(table, "r"), 0.7, what="the gap of 0.5, 0.2, 0.9, none and 0.4")
    equal(learner.gap({"P": {"r": 0.5}, "S": {"r": None}}, "r"), None, what="the gap of one value")


@check("the order of people does not matter", points=1)
def shuffled(learner):
    truth, called, groups = people({"P": (1, 2, 3, 4), "Q": (4, 3, 1, 2)})
    order = sorted(range(len(truth)), key=lambda i: (7 * i) % 20)
    mixed = learner.group_metrics(*([each[i] for i in order] for each in (truth, called, groups)))
    equal(
        {name: mixed[name] for name in "PQ"},
        dict(learner.group_metrics(truth, called, groups)),
        what="the metrics after people changed places",
    )


@check("whatever the counts", points=2, hidden=True)
def identity(learner):
    def body(cells):
        counts = {"P": cells[:4], "Q": cells[4:]}
        found = learner.group_metrics(*people(counts))
        for name, (tn, fp, fn, tp) in counts.items():
            wanted = (fp / (fp + tn), fn / (fn + tp), tp / (tp + fp))
            for rate, value in zip(RATES, wanted, strict=True):
                close(found[name][rate], value, 1e-9, what=f"{rate} of {name}, counts {cells}")
            p, ppv = found[name]["base rate"], found[name]["predictive value"]
            owed = p / (1 - p) * (1 - ppv) / ppv * (1 - found[name]["false negative rate"])
            close(found[name]["false positive rate"], owed, 1e-9, what="the identity of the text")

    def draw(rng, size):
        return tuple(rng.randint(1, 2 + size) for _ in range(8))

    for_any(draw, lambda cells: body(cells) if len(cells) == 8 and min(cells) > 0 else None)
