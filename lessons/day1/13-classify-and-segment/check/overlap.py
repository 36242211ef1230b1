from tutor.checks import check, close, equal, fail, for_any

TRUTH = [[[0, 0, 0, 1, 1, 0, 0, 0, 0, 0]] * 4]
MOVED = [[[0, 0, 0, 0, 1, 1, 0, 0, 0, 0]] * 4]
BLANK = [[[0] * 10] * 4]


@check("the bar from the text", points=1)
def bar(learner):
    close(learner.iou(MOVED, TRUTH, 1), 1 / 3, what="the bar, a column too far right")
    close(learner.iou(MOVED, TRUTH, 0), 28 / 36, what="the paper around it")
    close(learner.mean_iou(MOVED, TRUTH, [0, 1]), 5 / 9, what="the mean of both")


@check("a blank sheet", points=1)
def blank(learner):
    close(learner.iou(BLANK, TRUTH, 1), 0.0, what="the bar, where the answer is paper everywhere")
    close(learner.mean_iou(BLANK, TRUTH, [0, 1]), 0.4, what="the mean of paper and bar")


@check("what is nowhere is left out", points=1)
def nowhere(learner):
    equal(learner.iou(MOVED, TRUTH, 7), None, what="the iou of a class that neither has")
    close(
        learner.mean_iou(MOVED, TRUTH, range(11)),
        5 / 9,
        what="the mean over eleven classes, nine of which are nowhere",
    )


@check("what was only imagined counts", points=1)
def imagined(learner):
    answer = [[[0, 0, 2, 2]]]
    truth = [[[0, 0, 0, 0]]]
    close(learner.iou(answer, truth, 2), 0.0, what="a class that only the answer has")
    close(learner.mean_iou(answer, truth, [0, 1, 2]), 0.25, what="the mean of 0.5 and 0")


@check("pictures are counted together", points=1)
def together(learner):
    answer = [[[1, 1, 1, 1]], [[0, 0, 0, 0]]]
    truth = [[[1, 1, 1, 1]], [[1, 0, 0, 0]]]
    close(
        learner.iou(answer, truth, 1),
        0.8,
        what="4 of 4 pixels found in one picture, 0 of 1 in the next",
    )


@check("any pictures", points=2, hidden=True)
def any_pictures(learner):
    def body(case):
        answer, truth = case
        found = []
        for label in range(4):
            mine, theirs = (
                {
                    (k, y, x)
                    for k, picture in enumerate(pictures)
                    for y, row in enumerate(picture)
                    for x, pixel in enumerate(row)
                    if pixel == label
                }
                for pictures in (answer, truth)
            )
            expected = len(mine & theirs) / len(mine | theirs) if mine | theirs else None
            actual = learner.iou(answer, truth, label)
            if (actual is None) != (expected is None):
                fail(f"iou({answer}, {truth}, {label})", expected, actual)
            if expected is not None:
                close(actual, expected, what=f"iou({answer}, {truth}, {label})")
                found.append(expected)
        close(
            learner.mean_iou(answer, truth, range(4)),
            sum(found) / len(found),
            what=f"mean_iou({answer}, {truth}, range(4))",
        )

    def draw(rng, size):
        count, height, width = 1 + size // 8, 1 + size // 6, 1 + size // 4
        return tuple(
            [
                [[rng.choice([0, 0, 1, 2, 3]) for _ in range(width)] for _ in range(height)]
                for _ in range(count)
            ]
            for _ in range(2)
        )

    for_any(draw, body)
