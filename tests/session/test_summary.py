"""The page of a day."""

import re
import shutil
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.answers import right_answers
from tutor.core.boxes import width as columns_of
from tutor.core.errors import TutorError
from tutor.core.lesson import Plot
from tutor.core.series import Metrics, Series
from tutor.core.text_plot import thumbnail
from tutor.session.certificate import certificate
from tutor.session.sittings import Sitting
from tutor.session.summary import WIDTH, finished, summary
from tutor.session.tutor import Tutor


async def train(tutor, rate, seed=7):
    exercise = tutor.lesson("one").find("one.run")
    live = await tutor.training.start(exercise, {"learning_rate": rate}, seed=seed)
    async for _ in live.events():
        pass
    return live


def pass_all(tutor):
    """Test out of the one lesson and read the other."""
    lesson = tutor.lesson("one")
    for question in lesson.questions:
        tutor.quizzes.answer(question, right_answers(tutor.quizzes.ask(question).asked)[0])
    assert tutor.quizzes.test_out(lesson)
    tutor.place(tutor.lesson("two"), len(tutor.lesson("two").blocks) - 1)


def fence(text):
    return text.partition("```text\n")[2].partition("\n```")[0].splitlines()


async def test_a_day_on_one_page(scripted):
    tutor, _ = scripted
    tutor.introduce("Ada")
    text = await summary(tutor, 1)
    assert "**Ada** has passed 0 of the 2 lessons" in text
    assert "Best runs" not in text
    assert "Nothing in the next two weeks." in text
    await train(tutor, 0.5)
    tutor.quizzes.answer(tutor.lesson("one").find("one.q1"), 0)
    text = await summary(tutor, 1)
    assert "- ○ Rolling downhill · 4 of 13 points, not yet" in text
    assert "- ○ Chapter test · 3 questions, not taken yet" in text
    assert "| tomorrow | 1 | Rolling downhill |" in text
    assert not finished(tutor, 1)


async def test_the_whole_course_on_one_page_and_as_a_picture(scripted):
    tutor, _ = scripted
    tutor.introduce("Ada <& Co>")
    empty = ElementTree.fromstring(certificate(tutor))
    assert not empty.findall(".//{*}polyline")
    await train(tutor, 0.5)
    text = await summary(tutor)
    assert "day 1" not in text.splitlines()[0]
    assert "has passed 0 of the 2 lessons." in text
    drawn = ElementTree.fromstring(certificate(tutor))
    words = [each.text for each in drawn.findall(".//{*}text")]
    assert {"Ada <& Co>", "A ball in a bowl", "has passed 0 of the 2 lessons."} <= set(words)
    (curve,) = drawn.findall(".//{*}polyline")
    heights = [float(point.split(",")[1]) for point in curve.get("points").split()]
    assert heights == sorted(heights), "a loss that falls goes down"
    pass_all(tutor)
    drawn = ElementTree.fromstring(certificate(tutor))
    assert any("has passed all 2 lessons" in (each.text or "") for each in drawn.iter())
    bars = [float(each.get("width")) for each in drawn.findall(".//{*}rect")[2:]]
    assert bars[::2] == bars[1::2], "every bar is full"


async def test_what_was_learnt_stands_under_the_lessons_that_are_passed(scripted):
    tutor, _ = scripted
    assert "against the gradient" not in await summary(tutor, 1)
    pass_all(tutor)
    text = await summary(tutor, 1)
    assert (
        "- ✓ **Rolling downhill** · 5 of 13 points, tested out\\\n"
        "  Downhill is against the gradient, $-g$.\n"
        "- ✓ Only words · 0 of 0 points, passed\n"
    ) in text
    assert text.index("### The only chapter") < text.index("Rolling downhill")


async def test_a_finished_day_says_when(scripted):
    tutor, _ = scripted
    pass_all(tutor)
    assert finished(tutor, 1)
    text = await summary(tutor, 1)
    assert "has passed all 2 lessons of day 1, the last on " in text


async def test_the_test_of_a_chapter_has_its_line(scripted):
    tutor, _ = scripted
    chapter = tutor.course.chapters[0]
    Sitting(tutor, chapter).hand_in()
    assert "- ◐ Chapter test · best 0%, first 0%, not yet" in await summary(tutor, 1)
    sitting = Sitting(tutor, chapter)
    for question in sitting.questions:
        sitting.answer(question, right_answers(sitting.ask(question).asked)[0])
    sitting.hand_in()
    assert "- ✓ Chapter test · best 100%, first 0%, passed" in await summary(tutor, 1)


async def test_a_best_run_is_a_small_picture_with_its_figure_and_what_was_turned(scripted):
    tutor, _ = scripted
    await train(tutor, 0.5)
    title, *curves, figure, knobs = fence(await summary(tutor, 1))
    assert title == "A ball in a bowl"
    assert [row[0] for row in curves] == ["│", "│", "│", "│", "└"]
    assert re.search("[⠁-⣿]", "".join(curves))
    assert "target" not in "".join(curves), "a small picture has no room for words"
    assert figure.startswith("valid/loss ")
    assert float(figure.split()[1]) <= 0.01
    assert knobs == "learning_rate 0.5"


async def test_a_run_whose_record_is_gone_keeps_its_place(scripted):
    tutor, _ = scripted
    live = await train(tutor, 0.5)
    shutil.rmtree(live.folder)
    rows = fence(await summary(tutor, 1))
    assert rows == ["A ball in a bowl", "(its record is gone)", "learning_rate 0.5"]


async def test_pictures_stand_side_by_side_within_the_width(scripted, course):
    tutor, _ = scripted
    file = course / "two" / "lesson.md"
    text = (course / "one" / "lesson.md").read_text()
    run = text.partition("```toml run\n")[2].partition("```")[0]
    runs = [run.replace("one.run", f"two.run-{n}") for n in range(3)]
    runs[1] = runs[1].replace("A ball in a bowl", "A ball, and many words about 網 it")
    (course / "two" / "bowl.py").write_text((course / "one" / "bowl.py").read_text())
    body = "\n".join(f"```toml run\n{each}```\n" for each in runs)
    file.write_text(f"{file.read_text()}\n{body}")
    again = Tutor.open(course)
    again.trust.grant()
    again.training.fork, again.training.warm = tutor.training.fork, tutor.training.warm
    for number in range(3):
        exercise = again.course.find(f"two.run-{number}")[1]
        live = await again.training.start(exercise, {"learning_rate": 0.5}, seed=1)
        async for _ in live.events():
            pass
    for width, across in ((WIDTH, 3), (86, 3), (50, 2), (30, 1), (1, 1)):
        rows = fence(await summary(again, 1, width=width, glyphs="ascii"))
        assert max(map(columns_of, rows)) <= max(22, width)
        assert max(row.count("valid/loss") for row in rows) == across
        assert sum(row.count("valid/loss") for row in rows) == 3
    again.close()


async def test_a_day_that_is_not_there(scripted):
    with pytest.raises(TutorError, match="no day 9"):
        await summary(scripted[0], 9)


READINGS = st.lists(
    st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=1, max_size=60
)


@settings(deadline=None)
@given(READINGS, st.integers(2, 60), st.sampled_from(["braille", "block", "ascii"]))
def test_a_thumbnail_is_five_rows_within_its_width_whatever_it_draws(values, width, glyphs):
    metrics = Metrics()
    metrics.series["train/loss"] = Series(range(len(values)), values)
    plot = Plot(series=("train/loss", "valid/loss"), y="log", target=0.5)
    rows = thumbnail(plot, metrics, width, total_steps=80, glyphs=glyphs)
    assert len(rows) == 5
    assert max(map(len, rows)) <= width
    assert glyphs != "ascii" or all(row.isascii() for row in rows)
