from tutor.checks import check, close, equal, for_any


@check("the path from the text", points=1)
def from_the_text(learner):
    path = [0, 4, 4, 0, 0, 4, 0, 5, 5, 0, 1, 1, 0]
    equal(list(learner.collapse(path)), [4, 4, 5, 1], what=f"collapse({path})")


@check("the same key twice", points=1)
def twice(learner):
    equal(list(learner.collapse([4, 0, 4])), [4, 4], what="collapse([4, 0, 4])")
    equal(list(learner.collapse([4, 5, 4])), [4, 5, 4], what="collapse([4, 5, 4])")


@check("silence", points=1)
def silence(learner):
    equal(list(learner.collapse([0, 0, 0])), [], what="collapse([0, 0, 0])")
    equal(list(learner.collapse([])), [], what="collapse([])")
    close(learner.chance([[0.6, 0.4], [0.6, 0.4]], []), 0.36, what="chance(two frames, [])")


@check("another blank", points=1)
def another_blank(learner):
    said = learner.collapse([3, 0, 0, 3, 0, 1], 3)
    equal(list(said), [0, 0, 1], what="collapse([3, 0, 0, 3, 0, 1], blank=3)")
    close(learner.chance([[0.2, 0.8]], [0], 1), 0.2, what="chance([[0.2, 0.8]], [0], blank=1)")


@check("two frames from the text", points=1)
def two_frames(learner):
    frames = [[0.6, 0.4], [0.6, 0.4]]
    close(learner.chance(frames, [1]), 0.64, what=f"chance({frames}, [1])")
    close(learner.chance(frames, [1, 1]), 0.0, what=f"chance({frames}, [1, 1])")


@check("blanks between different symbols change nothing", points=1, hidden=True)
def blanks_between(learner):
    def draw(rng, size):
        return [rng.randint(1, 3) for _ in range(1 + size // 4)]

    def body(answer):
        spelled = [symbol for each in answer for symbol in (0, each, each)]
        equal(list(learner.collapse(spelled)), answer, what=f"collapse({spelled})")

    for_any(draw, body)


@check("all answers together are certain", points=2, hidden=True)
def certain(learner):
    answers = [[], [1], [2], [1, 1], [1, 2], [2, 1], [2, 2], [1, 2, 1], [2, 1, 2]]

    def draw(rng, size):
        rows = [[rng.randint(1, 9) for _ in range(3)] for _ in range(3)]
        return [[each / sum(row) for each in row] for row in rows]

    def body(frames):
        chances = [learner.chance(frames, answer) for answer in answers]
        close(sum(chances), 1.0, tolerance=1e-9, what=f"all nine answers of {frames}")
        alone = frames[0][1] * frames[1][2] * frames[2][1]
        close(chances[7], alone, tolerance=1e-9, what=f"chance({frames}, [1, 2, 1]), one path")

    for_any(draw, body)
