import copy

from tutor.checks import check, equal, for_any


def code(source, count=3, outputs=("0.5\n",)):
    text = [{"output_type": "stream", "name": "stdout", "text": list(outputs)}] if outputs else []
    return {
        "cell_type": "code",
        "id": "fit",
        "metadata": {"tags": ["slow"]},
        "source": source,
        "execution_count": count,
        "outputs": text,
    }


def notebook():
    words = {"cell_type": "markdown", "id": "words", "metadata": {}, "source": "# A note"}
    return {"cells": [words, code("x = 1"), code("x + 1", 4)], "metadata": {}, "nbformat": 4}


@check("outputs go", points=1)
def outputs(learner):
    clean = learner.strip_notebook(notebook())
    equal(
        [cell["outputs"] for cell in clean["cells"][1:]], [[], []], what="outputs of the code cells"
    )


@check("counts go too", points=1)
def counts(learner):
    clean = learner.strip_notebook(notebook())
    found = [cell["execution_count"] for cell in clean["cells"][1:]]
    equal(found, [None, None], what="counts of the code cells")


@check("all else stays", points=1)
def rest(learner):
    clean = learner.strip_notebook(notebook())
    wanted = notebook()
    equal(
        clean["cells"][0],
        wanted["cells"][0],
        what="a text cell, which has neither output nor count",
    )
    equal(clean["cells"][1]["source"], "x = 1", what="the source of a code cell")
    equal(clean["cells"][1]["metadata"], {"tags": ["slow"]}, what="the metadata of a code cell")
    equal((clean["metadata"], clean["nbformat"]), ({}, 4), what="the notebook's own keys")


@check("leaves its input alone", points=1, hidden=True)
def untouched(learner):
    given, kept = notebook(), notebook()
    learner.strip_notebook(given)
    equal(given, kept, what="the notebook that was given, afterwards")


@check("a side that changed nothing gives way", points=1)
def gives_way(learner):
    equal(
        learner.merge_source("lr = 0.1", "lr = 0.1", "lr = 0.2"),
        "lr = 0.2",
        what="only theirs changed",
    )
    equal(
        learner.merge_source("lr = 0.1", "lr = 0.3", "lr = 0.1"),
        "lr = 0.3",
        what="only ours changed",
    )


@check("both alike is no conflict", points=1)
def alike(learner):
    found = learner.merge_source("lr = 0.1", "lr = 0.2", "lr = 0.2")
    equal(found, "lr = 0.2", what="both made the same change")


@check("both changed, and not alike", points=1)
def conflict(learner):
    equal(learner.merge_source("a", "b", "c"), None, what="base a, ours b, theirs c")


@check("any three versions", points=1, hidden=True)
def any_versions(learner):
    def body(given):
        base, ours, theirs = given
        found = learner.merge_source(base, ours, theirs)
        other = learner.merge_source(base, theirs, ours)
        equal(found, other, what=f"exchanging the sides of {given}")
        asked = len({base, ours, theirs}) == 3
        equal(found is None, asked, what=f"whether {given} needs a person")

    for_any(lambda draw, size: tuple(draw.choice("abc") for _ in range(3)), body)


@check("stripping twice is stripping once", points=1, hidden=True)
def twice(learner):
    once = learner.strip_notebook(notebook())
    equal(learner.strip_notebook(copy.deepcopy(once)), once, what="the second time")
