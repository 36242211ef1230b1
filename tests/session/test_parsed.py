"""A parsed course is read back as long as nothing in it changed, and only then."""

import os
import shutil
import time
from pathlib import Path

import pytest

from tutor.content.course import load_course
from tutor.core.errors import TutorError
from tutor.session import parsed
from tutor.session.parsed import open_course

FIXTURE = Path(__file__).parent.parent / "fixtures" / "course"


@pytest.fixture
def course(tmp_path):
    return Path(shutil.copytree(FIXTURE, tmp_path / "course"))


@pytest.fixture
def never_parse(monkeypatch):
    def arm():
        def refuse(root):
            raise AssertionError("it was parsed again")

        monkeypatch.setattr("tutor.content.course.load_course", refuse)

    return arm


def lessons(root: Path) -> list[Path]:
    return sorted(root.rglob("lesson.md"))


def test_the_second_time_is_read_back_and_equal(course, tmp_path, never_parse):
    first = open_course(course, tmp_path / "cache")
    never_parse()
    again = open_course(course, tmp_path / "cache")
    assert again == first
    assert [type(b.body) for x in again.lessons.values() for b in x.blocks] == [
        type(b.body) for x in first.lessons.values() for b in x.blocks
    ]


def test_the_real_course_survives_the_round_trip(tmp_path, never_parse):
    root = Path(__file__).parent.parent.parent / "lessons"
    first = open_course(root, tmp_path)
    never_parse()
    assert open_course(root, tmp_path) == first


def test_an_edit_is_seen(course, tmp_path):
    open_course(course, tmp_path / "cache")
    path = lessons(course)[0]
    path.write_text(path.read_text() + "\nA new last paragraph.\n")
    words = {lesson.words for lesson in open_course(course, tmp_path / "cache").lessons.values()}
    fresh = {lesson.words for lesson in load_course(course).lessons.values()}
    assert words == fresh


def test_an_edit_of_equal_length_is_seen(course, tmp_path):
    path = lessons(course)[0]
    before = open_course(course, tmp_path / "cache")
    text = path.read_text()
    path.write_text(text.replace(" the ", " The "))
    stamp = time.time_ns() + 5
    os.utime(path, ns=(stamp, stamp))
    assert open_course(course, tmp_path / "cache") != before


def test_a_file_that_a_lesson_names_is_missed(course, tmp_path):
    open_course(course, tmp_path / "cache")
    starts = [path for path in course.rglob("*.py") if path.parent.name == "start"]
    assert starts
    starts[0].unlink()
    with pytest.raises(TutorError):
        open_course(course, tmp_path / "cache")


@pytest.mark.parametrize("damage", [b"", b"\x00\xff", None])
def test_a_damaged_copy_is_only_slower(course, tmp_path, damage):
    first = open_course(course, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").glob("*.msgpack")
    kept.write_bytes(kept.read_bytes()[:-40] if damage is None else damage)
    assert open_course(course, tmp_path / "cache") == first


def test_a_folder_that_cannot_be_written_is_only_slower(course, tmp_path):
    (tmp_path / "cache").write_text("a file stands where the folder should be")
    assert open_course(course, tmp_path / "cache") == load_course(course)


def test_few_courses_are_kept(course, tmp_path):
    for number in range(parsed.KEPT + 3):
        copy = shutil.copytree(course, tmp_path / f"course-{number}")
        open_course(Path(copy), tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == parsed.KEPT


def test_a_broken_course_still_says_what_is_wrong(course, tmp_path):
    open_course(course, tmp_path / "cache")
    lessons(course)[0].write_text("---\nformat: 1\n---\n")
    with pytest.raises(TutorError):
        open_course(course, tmp_path / "cache")
