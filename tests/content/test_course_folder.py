from pathlib import Path

import pytest
from making import COURSE, HEAD, fence, make_course, run

from tutor.content.course import load_course, read_course
from tutor.content.lint import lint_course
from tutor.content.problems import CourseErrors
from tutor.core.errors import TutorError

CODE = """id = "t.code"
title = "t"
start = "{start}"
check = "check.py"
solution = "solution.py"
hints = ["h"]
"""
FILES = {"start_dot_py": "", "check_dot_py": "", "solution_dot_py": ""}


def messages(root: Path) -> list[str]:
    return [f"{each.path}:{each.line} {each.message}" for each in read_course(root)[1]]


def test_a_course_is_read_in_the_order_of_its_file(tmp_path: Path) -> None:
    course = COURSE.replace('["day1/one"]', '["day2/two/", "day1/one"]')
    root = make_course(tmp_path, HEAD, course)
    (tmp_path / "day2" / "two").mkdir(parents=True)
    (tmp_path / "day2" / "two" / "lesson.md").write_text(HEAD.replace("lesson-one", "two"))
    found = load_course(root)
    assert list(found.lessons) == ["two", "lesson-one"]
    assert found.chapters[0].lessons == ("day2/two", "day1/one")
    assert found.lessons["two"].folder == "day2/two"
    assert Path(found.root) == tmp_path.resolve()
    assert (found.id, found.language) == ("test-course", "en")


def test_every_error_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    course = COURSE.replace('title = "First"', 'titel = "First"').replace('version = "1"', "")
    make_course(tmp_path, HEAD, course)
    assert messages(tmp_path) == [
        "course.toml:1 `version` is missing.",
        "course.toml:5 `title` of `chapter` 1 is missing.",
        "course.toml:7 `titel` of `chapter` 1 is no known key.",
    ]
    bad = HEAD.replace("minutes: 1", "minutes: x") + fence("reflect", 'id = "r"')
    make_course(tmp_path, bad, COURSE.replace('"day1/one"', '"day1/one", "day1/onn", "day1/one"'))
    assert messages(tmp_path) == [
        "course.toml:9 The lesson `day1/one` is listed twice.",
        "course.toml:9 There is no `day1/onn/lesson.md`.",
        "day1/one/lesson.md:5 `minutes`: expected a whole number, got text.",
        "day1/one/lesson.md:10 `prompt` is missing.",
    ]
    with pytest.raises(CourseErrors) as caught:
        load_course(tmp_path)
    assert len(caught.value.problems) == 4
    assert "4 errors" in caught.value.title
    assert "course.toml:9" in caught.value.hint


def test_a_syntax_error_of_the_course_file_is_at_its_line(tmp_path: Path) -> None:
    make_course(tmp_path, HEAD, COURSE.replace("day = 1", "day = = 1"))
    assert messages(tmp_path) == ["course.toml:8 This is no TOML: Invalid value."]


def test_ids_are_unique_and_never_used_again(tmp_path: Path) -> None:
    body = fence("reflect", 'id = "a"\nprompt = "p"') * 2 + fence(
        "reflect", 'id = "old"\nprompt = "p"'
    )
    make_course(
        tmp_path, HEAD + body, COURSE.replace("[[chapter]]", 'retired = ["old"]\n[[chapter]]')
    )
    path = "day1/one/lesson.md"
    assert messages(tmp_path) == [
        f"{path}:14 The id `a` is taken by {path}:10.",
        f"{path}:18 The id `old` is retired.",
    ]


def test_what_is_required_exists_and_makes_no_circle(tmp_path: Path) -> None:
    course = COURSE.replace('["day1/one"]', '["day1/one", "day1/two"]')
    make_course(tmp_path, HEAD.replace("minutes", "requires: [two, lesson-on]\nminutes"), course)
    (tmp_path / "day1" / "two").mkdir()
    second = HEAD.replace("lesson-one", "two").replace("minutes", "requires: [lesson-one]\nminutes")
    (tmp_path / "day1" / "two" / "lesson.md").write_text(second)
    assert messages(tmp_path) == [
        "day1/one/lesson.md:1 It requires `lesson-on`, which is no lesson.",
        "day1/one/lesson.md:1 `lesson-one` requires itself, by way of what it requires.",
        "day1/two/lesson.md:1 `two` requires itself, by way of what it requires.",
    ]


@pytest.mark.parametrize("start", ["../../../secret.py", "/etc/passwd", "link.py", ""])
def test_paths_stay_inside_the_course(tmp_path: Path, start: str) -> None:
    root = tmp_path / "course"
    (tmp_path / "secret.py").write_text("")
    make_course(root, HEAD + fence("code", CODE.format(start=start)), **FILES)
    (root / "day1" / "one" / "link.py").symlink_to(tmp_path / "secret.py")
    assert messages(root) == [f"day1/one/lesson.md:13 `{start}` lies outside the course's folder."]


def test_a_lesson_folder_may_not_lead_outside(tmp_path: Path) -> None:
    root = tmp_path / "course"
    make_course(root, HEAD, COURSE.replace('"day1/one"', '"../other", "day1/one"'))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "lesson.md").write_text(HEAD)
    assert messages(root) == [
        "course.toml:9 The lesson `../other` lies outside the course's folder."
    ]


def test_files_that_a_directive_names_exist(tmp_path: Path) -> None:
    body = fence(
        "code", CODE.format(start="start.py") + '[[wrong]]\nfile = "w.py"\nfails = "f"\nwhy = "w"'
    )
    make_course(tmp_path, f"{HEAD}\n![alt](no.txt)\n{body}", start_dot_py="", solution_dot_py="")
    assert messages(tmp_path) == [
        "day1/one/lesson.md:11 There is no file `no.txt`.",
        "day1/one/lesson.md:16 There is no file `check.py`.",
        "day1/one/lesson.md:20 There is no file `w.py`.",
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("entry.py", "`entry` is `entry.py`."),
        ("os:system", "`entry` is `os:system`."),
        ("../../../x.py:train", "`../../../x.py` lies outside the course's folder."),
        ("none.py:train", "There is no file `none.py`."),
    ],
)
def test_an_entry_is_a_model_or_a_file_of_the_course(
    tmp_path: Path, entry: str, message: str
) -> None:
    make_course(tmp_path, HEAD + fence("run", run().replace("entry.py:train", entry)))
    assert messages(tmp_path) == [f"day1/one/lesson.md:12 {message}"]


SINGLE = """type = "single"
[[choice]]
text = "a"
why = "w"
correct = true
[[choice]]
text = "b"
why = "w"
"""
PREDICT = """id = "t.p"
run = "{run}"
prompt = "p"
{top}
[[choice]]
case = "{case}"
correct = {correct}
why = "w"
[[choice]]
case = "bad"
why = "w"
"""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"run": "t.rum"}, "It asks about `t.rum`, which is no run."),
        ({"case": "god"}, "`god` is no case of `t.run`."),
        ({"correct": "false"}, "0 choices are correct."),
        ({"top": 'case = "bad"'}, "`case` is `bad`, and the correct choice is `good`."),
        ({"top": 'mode = "sketch"'}, "A sketch needs `case` and `series`."),
    ],
)
def test_a_bet_is_about_a_run_that_is_there(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    parts = {"run": "t.run", "top": "", "case": "good", "correct": "true"} | changes
    body = fence("run", run()) + fence("predict", PREDICT.format(**parts))
    assert message in " ".join(messages(make_course(tmp_path, HEAD + body)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"top": 'uses = "t.run"'}, "`uses` names `t.run`, which is no code exercise."),
        ({"top": 'fixed = ["lr", "rl"]'}, "`fixed` names `rl`, which is no knob."),
        ({"rule": "last(train)"}, "The rule `last(train)` cannot be read:"),
        (
            {"case": 'why = "w"\n[[case]]\nid = "good"\noutcome = "pass"'},
            "The case `good` stands here twice.",
        ),
    ],
)
def test_a_run_names_what_is_there(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    assert message in " ".join(messages(make_course(tmp_path, HEAD + fence("run", run(**changes)))))


def test_a_broken_exercise_is_not_called_missing_too(tmp_path: Path) -> None:
    body = fence("run", run(top='uses = "t.code"')) + fence("code", 'id = "t.code"\nzap = 1')
    assert not any("uses" in each for each in messages(make_course(tmp_path, HEAD + body)))


def test_a_folder_of_plain_markdown_is_a_course_to_read(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.md").write_text("# First page\n\ntext\n")
    (tmp_path / "notes" / "b.md").write_text("---\nlayout: post\n---\n\ntext\n")
    (tmp_path / ".git" / "c.md").write_text("hidden")
    course = load_course(tmp_path)
    assert [(each.id, each.title, each.folder) for each in course.lessons.values()] == [
        ("a", "First page", "."),
        ("notes-b", "b", "notes"),
    ]
    assert course.chapters[0].lessons == (".", "notes")


def test_a_picture_of_a_plain_page_cannot_show_a_file_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("![x](../../secret.txt)\n![y](/etc/hosts.txt)\n![z](b/../z.txt)")
    figures = load_course(tmp_path).lessons["a"].blocks[0].body.blocks  # type: ignore[union-attr]
    assert [figure.path for figure in figures] == ["", "", "b/../z.txt"]  # type: ignore[union-attr]


def test_one_file_opens_plain_or_as_a_lesson(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    assert list(load_course(tmp_path / "a.md").lessons) == ["a"]
    make_course(tmp_path, HEAD.replace("minutes", "requires: [elsewhere]\nminutes"))
    lesson = load_course(tmp_path / "day1" / "one" / "lesson.md").lessons["lesson-one"]
    assert lesson.requires == ("elsewhere",)
    assert lesson.folder == "."


def test_the_folder_of_a_lesson_is_linted_with_its_course(tmp_path: Path) -> None:
    course = COURSE.replace('["day1/one"]', '["day1/one", "day1/two"]')
    make_course(tmp_path, f"{HEAD}\n[to](lesson:two) [no](lesson:tow)\n", course)
    (tmp_path / "day1" / "two").mkdir()
    (tmp_path / "day1" / "two" / "lesson.md").write_text("nothing")
    found = lint_course(tmp_path / "day1" / "one")
    assert found == lint_course(tmp_path / "day1" / "one" / "lesson.md")
    assert [(each.path, each.line) for each in found] == [("day1/one/lesson.md", 11)] * 2
    assert {each.path for each in lint_course(tmp_path)} == {
        "day1/one/lesson.md",
        "day1/two/lesson.md",
    }


def test_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="There is no lesson in"):
        load_course(tmp_path)
    with pytest.raises(TutorError, match="There is no lesson in"):
        load_course(tmp_path / "nowhere")


def test_a_new_lesson_that_is_not_listed_yet_is_linted_on_its_own(tmp_path: Path) -> None:
    make_course(tmp_path, HEAD)
    (tmp_path / "day1" / "two").mkdir()
    (tmp_path / "day1" / "two" / "lesson.md").write_text(HEAD + "![](gone.txt)")
    found = lint_course(tmp_path / "day1" / "two")
    assert {(each.path, each.line) for each in found} == {("lesson.md", 10)}


def test_pages_of_one_name_keep_ids_of_their_own(tmp_path: Path) -> None:
    for name in ("a b.md", "a-b.md", "a_b.md"):
        (tmp_path / name).write_text("text")
    assert list(load_course(tmp_path).lessons) == ["a-b", "a-b-2", "a-b-3"]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (SINGLE.replace("correct = true", ""), "0 choices of a `single` are correct."),
        ('type = "number"\nwhy = "w"', "A number needs an answer."),
        ('type = "shape"\nanswer = "?"\nwhy = "w"', "`?` is no shape."),
        ('type = "blank"\ntext = "{{1}}"\naccept.1 = []\nwhy = "w"', "`accept.1` is empty."),
    ],
)
def test_a_question_that_cannot_be_graded_keeps_the_course_shut(
    tmp_path: Path, question: str, message: str
) -> None:
    body = fence("quiz", f'id = "t.q"\nprompt = "p"\n{question}')
    with pytest.raises(CourseErrors) as caught:
        load_course(make_course(tmp_path, HEAD + body))
    assert message in [each.message for each in caught.value.problems]


TEST = "test = { draw = 10, pass = 0.7 }"


def test_a_test_needs_a_question_to_draw(tmp_path: Path) -> None:
    make_course(tmp_path, HEAD, f"{COURSE}{TEST}\n")
    assert [str(each) for each in lint_course(tmp_path)] == [
        "course.toml:10: The test of `first` has nothing to draw from. "
        "Ask something in the chapter's lessons, or remove `test`."
    ]


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("{ draw = 0 }", "`draw` of `test` of `chapter` 1 must be at least 1."),
        ("{ pass = 70 }", "`pass` of `test` of `chapter` 1 must be at most 1."),
        ("{ pass = 0 }", "`pass` of `test` of `chapter` 1 must be greater than 0."),
        ("{ mark = 0.5 }", "`mark` of `test` of `chapter` 1 is no known key."),
    ],
)
def test_a_test_that_makes_no_sense_is_refused(tmp_path: Path, test: str, message: str) -> None:
    make_course(tmp_path, HEAD, f"{COURSE}test = {test}\n")
    assert message in [each.message for each in lint_course(tmp_path)]
