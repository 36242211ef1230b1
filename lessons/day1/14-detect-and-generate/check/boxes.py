from itertools import pairwise

from tutor.checks import check, close, equal, fail, for_any

TRIO = [(0, 0, 10, 10), (1, 1, 11, 11), (20, 20, 30, 30)]


def shared(a, b):
    """What two boxes share of their union, pixel by pixel: their corners are whole numbers here."""
    one, other = (
        {(x, y) for x in range(left, right) for y in range(top, bottom)}
        for left, top, right, bottom in (a, b)
    )
    return len(one & other) / len(one | other)


@check("two boxes on one thing become one", points=1)
def one_thing(learner):
    equal(learner.nms(TRIO, [0.8, 0.9, 0.7], 0.5), [1, 2], what="the first two share 81 of 119")
    equal(learner.nms(TRIO, [0.9, 0.8, 0.7], 0.5), [0, 2], what="the same, the first one surer")


@check("the surest comes first", points=1)
def order(learner):
    apart = [(0, 0, 4, 4), (10, 0, 14, 4), (20, 0, 24, 4)]
    equal(learner.nms(apart, [0.2, 0.9, 0.5], 0.5), [1, 2, 0], what="three boxes far apart")


@check("no boxes, no answer", points=1)
def nothing(learner):
    equal(learner.nms([], [], 0.5), [], what="nms of no boxes")
    close(learner.average_precision([], 3), 0.0, what="the average precision of an empty list")


@check("what was dropped drops nothing", points=1)
def chain(learner):
    row = [(0, 0, 10, 10), (4, 0, 14, 10), (8, 0, 18, 10)]
    equal(
        learner.nms(row, [0.9, 0.8, 0.7], 0.3),
        [0, 2],
        what="a row in which the second shares 0.43 with both, and the third 0.11 with the first",
    )


@check("as much as allowed is allowed", points=1)
def border(learner):
    halves = [(0, 0, 10, 10), (0, 0, 10, 5)]
    equal(learner.nms(halves, [0.9, 0.8], 0.5), [0, 1], what="two boxes that share exactly 0.5")
    equal(learner.nms(halves, [0.9, 0.8], 0.49), [0], what="the same, and 0.49 allowed")


@check("any boxes", points=2, hidden=True)
def any_boxes(learner):
    def body(case):
        boxes, scores = case
        before = list(boxes), list(scores)
        kept = learner.nms(boxes, scores, 0.2)
        equal((boxes, scores), before, what="the lists that were handed over, afterwards")
        if any(scores[a] < scores[b] for a, b in pairwise(kept)):
            fail("The kept boxes do not stand best first.", "falling scores", kept)
        for place in range(len(boxes)):
            rivals = [
                better
                for better in kept
                if scores[better] > scores[place] and shared(boxes[place], boxes[better]) > 0.2
            ]
            if (place in kept) == bool(rivals):
                fail(
                    f"Box {place} of {boxes} with scores {scores}",
                    "dropped" if rivals else "kept",
                    "kept" if rivals else "dropped",
                )

    def draw(rng, size):
        count = 1 + size // 3
        corners = [(rng.randint(0, 8), rng.randint(0, 8)) for _ in range(count)]
        boxes = [(x, y, x + rng.randint(2, 8), y + rng.randint(2, 8)) for x, y in corners]
        return boxes, rng.sample([k / 100 for k in range(1, 100)], count)

    for_any(draw, body)


@check("the list from the text", points=1)
def listed(learner):
    right = [True, True, False, True, False]
    close(learner.average_precision(right, 4), 0.6875, what="right, right, wrong, right, wrong")


@check("a dip that is made good is none", points=1)
def dip(learner):
    close(
        learner.average_precision([False, True, True, True], 3),
        0.75,
        what="wrong, right, right, right, of 3: 3 of 4 at the end, and that counts for all",
    )


@check("what is missed counts", points=1)
def missed(learner):
    close(learner.average_precision([True, True], 4), 0.5, what="two right ones of 4, none wrong")


@check("any list", points=2, hidden=True)
def any_list(learner):
    def body(case):
        right, missing = case
        there = max(sum(right) + missing, 1)
        best, area = 0.0, 0.0
        for place in reversed(range(len(right))):
            best = max(best, sum(right[: place + 1]) / (place + 1))
            area += best * right[place] / there
        close(
            learner.average_precision(right, there),
            area,
            what=f"average_precision({right}, {there})",
        )

    def draw(rng, size):
        return [rng.random() < 0.6 for _ in range(size)], rng.randint(0, 4)

    for_any(draw, body)
