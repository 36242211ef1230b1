"""Courses and lessons that are begun work as they stand; a preview follows the file."""

import pytest

from tutor.content.lint import lint_course
from tutor.core.errors import TutorError
from tutor.session.beginning import new_course, new_lesson
from tutor.session.previewing import Previewing
from tutor.session.prove import prove
from tutor.session.tutor import Tutor


async def test_a_begun_course_proves_itself_and_takes_lessons(tmp_path):
    root = tmp_path / "mine"
    first = new_course(root, 'My "first" course')
    second = new_lesson(root, "Loss surfaces: a walk")
    third = new_lesson(root, "Long stories")  # the same initials as the one before
    assert [each for each in lint_course(root) if each.level == "error"] == []
    tutor = Tutor.open(root, tmp_path / "home")
    assert tutor.course.title == 'My "first" course'
    assert list(tutor.course.lessons) == [
        "rolling-downhill",
        "loss-surfaces-a-walk",
        "long-stories",
    ]
    assert {first.parent.name, second.parent.name, third.parent.name} == {
        "01-rolling-downhill",
        "02-loss-surfaces-a-walk",
        "03-long-stories",
    }
    assert tutor.lesson("loss").title == "Loss surfaces: a walk"
    tutor.close()
    proofs = await prove(root, seeds=1, lessons=["loss-surfaces-a-walk"])
    assert len(proofs) == 6
    assert all(proof.ok for proof in proofs), proofs


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious").write_text("1")
    with pytest.raises(TutorError, match="not empty"):
        new_course(tmp_path / "full", "X")
    new_course(tmp_path / "c", "C")
    with pytest.raises(TutorError, match="already"):
        new_lesson(tmp_path / "c", "Rolling downhill")


def test_a_list_over_several_lines_keeps_its_form(tmp_path):
    root = tmp_path / "c"
    new_course(root, "C")
    file = root / "course.toml"
    text = file.read_text().replace('["day1', '[\n    "day1').replace('downhill"]', 'downhill",\n]')
    file.write_text("# mine\n" + text)
    new_lesson(root, "Next")
    assert file.read_text().startswith("# mine\n")
    assert '    "day1/01-rolling-downhill",\n    "day1/02-next"\n]' in file.read_text()


def test_a_preview_follows_the_file_and_keeps_the_last_good_state(tmp_path):
    file = new_course(tmp_path / "c", "C")
    with Previewing.open(file) as previewing:
        assert previewing.lesson.title == "Rolling downhill"
        assert not previewing.changed()
        text = file.read_text()
        file.write_text(text.replace("title: Rolling downhill", "title: Falling"))
        assert previewing.changed()
        assert previewing.lesson.title == "Falling"
        file.write_text(text.replace('id = "rd.bet"', 'idd = "rd.bet"'))
        assert previewing.changed()
        assert any("idd" in str(problem) for problem in previewing.problems)
        assert previewing.lesson.title == "Falling"
        file.write_text(text)
        assert previewing.changed()
        assert previewing.lesson.title == "Rolling downhill"
        (file.parent / "start" / "step.py").unlink()
        assert previewing.changed()
        assert any(problem.level == "error" for problem in previewing.problems)
