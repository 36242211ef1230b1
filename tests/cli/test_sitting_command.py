"""`dlwalk-tutor test`: a chapter's test in plain lines."""

import io
import json

import pytest

from tutor.cli import learn, sitting, teacher
from tutor.core.answers import right_answers
from tutor.core.errors import TutorError
from tutor.session.sittings import Sitting


@pytest.fixture
def shell(scripted, monkeypatch, capsys):
    """A command on the small course: what is typed, then exit code, output and what is said."""
    tutor, _ = scripted
    for module in (learn, sitting, teacher):
        monkeypatch.setattr(module, "open_tutor", lambda: tutor)
    capsys.readouterr()

    def call(*words, typed=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = sitting.app(list(words), standalone_mode=False)
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def right(scripted):
    """The lines that answer the attempt that comes next."""
    tutor, _ = scripted
    attempt = Sitting(tutor, tutor.course.chapters[0])
    lines = []
    for question in attempt.questions:
        answer = right_answers(attempt.ask(question).asked)[0]
        many = answer if isinstance(answer, tuple) else (answer,)
        words = (str(each + 1) if isinstance(each, int) else each for each in many)
        lines.append(" ".join(words))
    return lines


def test_right_answers_pass_and_the_reasons_come_at_the_end(shell, right):
    code, said, _ = shell("test", "only", typed="".join(f"{line}\n" for line in right))
    assert code == 0
    asked, _, told = said.partition("\nTest: The only chapter\n━")
    assert asked.count("nothing leaves it open") == 3
    assert "Right" not in asked
    assert "hint" not in asked
    assert "Passed. 1 attempt: first 100%, best 100%." in told
    assert told.count("Your answer: ") == 3
    assert "Your answer: none" not in told


def test_an_empty_line_leaves_a_question_open(shell):
    code, said, _ = shell("test", "on", typed="\n\n\n")
    assert code == 1
    assert "Not passed yet. 1 attempt: first 0%, best 0%." in said
    assert said.count("Your answer: none") == 3


def test_the_same_test_goes_on_where_the_input_ended(shell, right, scripted):
    code, _, told = shell("test", "only", typed=f"{right[0]}\n")
    assert code == 1
    assert "the same test goes on" in told
    code, said, _ = shell("test", "only", typed="".join(f"{line}\n" for line in right[1:]))
    assert code == 0
    assert "Question 1 of 3" not in said
    assert "first 100%" in said
    assert len(scripted[0].progress.tests["only"]) == 1


def test_what_is_no_answer_is_asked_again(shell, scripted):
    tutor, _ = scripted
    while "one.q3" not in {q.id for q in Sitting(tutor, tutor.course.chapters[0]).questions}:
        Sitting(tutor, tutor.course.chapters[0]).hand_in()
    questions = Sitting(tutor, tutor.course.chapters[0]).questions
    before = "\n" * [each.id for each in questions].index("one.q3")
    _, said, _ = shell("test", "only", typed=f"{before}0,5\n-1\n\n\n")
    assert "Write the decimal with a point: 0.5." in said
    assert "Your answer: -1" in said


def test_the_list_and_the_last_attempt(shell, right):
    assert "3 questions" in shell("test")[1]
    assert "passes at 60%" in shell("test")[1]
    shell("test", "only", typed="".join(f"{line}\n" for line in right))
    assert "best 100%  passed" in shell("test")[1]
    code, said, _ = shell("test", "only", "--last", typed="")
    assert code == 0
    assert "Attempt 1, " in said
    assert "Question 1" not in said


def test_as_json(shell, right):
    shell("test", "only", typed="\n\n\n")
    listed = json.loads(shell("test", "--json")[1])
    assert [(each["chapter"], each["first"], each["passed"]) for each in listed] == [
        ("only", 0.0, False)
    ]
    one = json.loads(shell("test", "only", "--json")[1])
    assert one["test"] == listed[0]
    assert [each["answer"] for each in one["attempts"][0]["questions"]] == [None] * 3


def test_lessons_list_it_under_their_chapter(shell):
    rows = shell("lessons")[1].splitlines()
    assert rows[-1].split() == ["Chapter", "test", "3", "questions", "passes", "at", "60%"]


def test_a_report_has_its_outcome(shell, right):
    assert "Test of the chapter" not in shell("report")[1]
    shell("test", "only", typed="\n\n\n")
    shell("test", "only", typed="\n\n\n")
    assert "| only | 0% | 0% | 2 | not yet |" in shell("report")[1]


def test_an_unknown_chapter_is_a_sentence(shell):
    with pytest.raises(TutorError, match="no test of a chapter `basics`"):
        shell("test", "basics")
