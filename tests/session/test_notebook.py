"""The lab notebook as markdown, and lessons as Jupyter notebooks that run on their own."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest
from scripts import checks_fail

from tutor.session.jupyter import to_notebook
from tutor.session.library import built_in_course
from tutor.session.notebook import notebook
from tutor.session.tutor import Tutor

ROOT = Path(__file__).parent.parent.parent


async def test_everything_that_happened_stands_in_the_notebook(scripted):
    tutor, worker = scripted
    tutor.introduce("Ada")
    lesson = tutor.lesson("one")
    tutor.predicting.commit(lesson.find("one.bet"), 0)
    live = await tutor.training.start(lesson.find("one.run"), {"learning_rate": 0.5}, seed=3)
    async for _ in live.events():
        pass
    worker.check = checks_fail
    tutor.coding.hint(lesson.find("one.step"))
    await tutor.coding.check(lesson.find("one.step"))
    tutor.quizzes.answer(lesson.find("one.q1"), 1)
    tutor.quizzes.answer(lesson.find("one.q2"), (0, 1))
    tutor.quizzes.give_up(lesson.find("one.q4"))
    tutor.reflect("one.think", "# In the shower\nand on the stairs")
    text = notebook(tutor)
    for words in (
        "Kept by Ada.",
        "I bet on: It climbs. (1 of 1)",
        "passed: learning_rate 0.5",
        "seed 3 on cpu",
        "opened hint 1",
        "checked my file: 2 of 4",
        "I answered Along the gradient. (0 of 1)",
        "I answered the weights; the bias (2 of 2)",
        "asked for the answer",
        "> # In the shower\n> and on the stairs",
    ):
        assert words in text, words
    assert text.count("\n# ") == 0
    assert notebook(tutor, tutor.lesson("two")).endswith("Nothing is written yet.\n")


def test_an_empty_notebook_says_so(scripted):
    assert "Nothing is written yet." in notebook(scripted[0])


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    tutor = Tutor.open(built_in_course(), tmp_path_factory.mktemp("home"))
    yield tutor
    tutor.close()


def test_every_lesson_is_a_valid_notebook(real):
    for lesson in real.course.lessons.values():
        data = to_notebook(real, lesson)
        found = nbformat.reads(data.decode(), as_version=4)
        nbformat.validate(found)
        text = "".join(cell.source for cell in found.cells)
        assert "```toml" not in text
        assert "format: 1" not in text
        assert to_notebook(real, lesson) == data


DRIVER = """
import json, sys
book = json.load(open(sys.argv[1]))
scope = {"__name__": "__main__"}
ran = 0
for cell in book["cells"]:
    if cell["cell_type"] != "code":
        continue
    code = "".join(cell["source"])
    try:
        exec(compile(code, "cell", "exec"), scope)
    except Exception as error:
        if "raises-exception" not in cell["metadata"].get("tags", ()):
            raise
        print("raised", type(error).__name__)
    ran += 1
print("cells", ran)
"""


def test_a_lesson_runs_from_top_to_bottom_outside_the_tutor(real, tmp_path):
    lesson = real.lesson("sgd-and-adam")
    book = to_notebook(real, lesson)
    file = tmp_path / "lesson.ipynb"
    file.write_bytes(book)
    (tmp_path / "drive.py").write_text(textwrap.dedent(DRIVER))
    done = subprocess.run(
        [sys.executable, "drive.py", file],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    code = [cell for cell in json.loads(book)["cells"] if cell["cell_type"] == "code"]
    assert f"cells {len(code)}" in done.stdout
    assert "train/loss: " in done.stdout
    # The starter is not written yet, and its checks say so.
    assert "raised" in done.stdout
