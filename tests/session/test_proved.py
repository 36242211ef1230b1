"""What was proved is known by a digest; what changed since, and a fixed share, is run again."""

import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.content.course import load_course
from tutor.core.course import Course
from tutor.core.errors import TutorError
from tutor.core.lesson import Lesson
from tutor.session import bands, proved
from tutor.session.prove import choose, prove
from tutor.session.proved import digest, due, is_proved, stamp

QUESTION = """
<details><summary>Q</summary>

```toml quiz
id = "{id}.q"
type = "text"
prompt = "p"
accept = [{accept}]
why = "w"
[[wrong]]
value = "no"
why = "w"
```

</details>
"""


def written(root: Path, *names: str, accept: str = '"yes"') -> Path:
    """A course of lessons that each hold a sentence and a question."""
    folders = ", ".join(f'"{name}"' for name in names)
    chapter = f'[[chapter]]\nid = "c"\ntitle = "C"\nday = 1\nlessons = [{folders}]\n'
    root.mkdir(exist_ok=True)
    (root / "course.toml").write_text(f'id = "small"\ntitle = "S"\nversion = "1"\n{chapter}')
    for name in names:
        (root / name).mkdir(exist_ok=True)
        head = f"---\nformat: 1\nid: {name}\ntitle: T\nminutes: 1\n---\n# T\n\nA sentence.\n"
        (root / name / "lesson.md").write_text(head + QUESTION.format(id=name, accept=accept))
    return root


def state(root: Path, name: str = "one") -> str:
    course = load_course(root)
    return digest(course, course.lessons[name])


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program whose one model imports another, which names a file of data."""
    root = tmp_path / "program"
    for name, text in {
        "first.py": "from models.second import deep\n",
        "second.py": "DATA = 'rows.csv'\ndeep = 1\n",
        "rows.csv": "1\n",
        "other.py": "unrelated = 1\n",
    }.items():
        (root / "models").mkdir(parents=True, exist_ok=True)
        (root / "models" / name).write_text(text)
    monkeypatch.setattr(bands, "PROGRAM", root)
    monkeypatch.setattr(proved, "PROGRAM", root)
    return root


@pytest.fixture
def uses_models(course: Path, program: Path) -> Path:
    """The fixture course, its run and its check on that model."""
    for file in ("one/bowl.py", "one/check/step.py"):
        text = (course / file).read_text()
        (course / file).write_text(f"import models.first\n{text}")
    return course


@pytest.mark.parametrize(
    "file",
    [
        "one/lesson.md",
        "one/bowl.py",
        "one/start/step.py",
        "one/check/step.py",
        "one/solution/step.py",
        "one/wrong/uphill.py",
    ],
)
def test_a_change_of_anything_in_the_folder_counts(course: Path, file: str) -> None:
    before = state(course)
    text = (course / file).read_text()
    (course / file).write_text(text.replace("0.01", "0.02") if file.endswith("md") else text + "#")
    assert state(course) != before


@pytest.mark.parametrize("file", ["first.py", "second.py", "rows.csv"])
def test_so_does_a_change_of_what_it_reaches(uses_models: Path, program: Path, file: str) -> None:
    before = state(uses_models)
    path = program / "models" / file
    path.write_text(path.read_text() + "\n")
    assert state(uses_models) != before


def test_a_file_that_nothing_reaches_does_not(uses_models: Path, program: Path) -> None:
    before = state(uses_models)
    (program / "models" / "other.py").write_text("unrelated = 2\n")
    assert state(uses_models) == before


def test_an_entry_among_the_models_is_reached_too(course: Path, program: Path) -> None:
    lesson = course / "one" / "lesson.md"
    lesson.write_text(lesson.read_text().replace("bowl.py:train", "models.first:train"))
    before = state(course)
    (program / "models" / "second.py").write_text("deep = 2\n")
    assert state(course) != before


def test_the_solution_that_a_run_of_another_lesson_uses_counts(course: Path) -> None:
    lesson = course / "one" / "lesson.md"
    text = lesson.read_text()
    begin = text.index("```toml run")
    end = text.index("```", begin + 3) + 3
    run = text[begin:end].replace('id = "one.run"', 'id = "two.run"\nuses = "one.step"')
    (course / "two" / "bowl.py").write_text((course / "one" / "bowl.py").read_text())
    second = course / "two" / "lesson.md"
    second.write_text(f"{second.read_text()}\n{run}\n")
    before = state(course, "two")
    solution = course / "one" / "solution" / "step.py"
    solution.write_text(solution.read_text() + "#")
    assert state(course, "two") != before


def test_words_records_and_litter_do_not_count(course: Path) -> None:
    before = state(course)
    lesson = course / "one" / "lesson.md"
    lesson.write_text(lesson.read_text().replace("A ball rolls", "A marble rolls"))
    for name in ("reference/one.run.json", "__pycache__/bowl.pyc", ".step.py.swp"):
        (course / "one" / name).parent.mkdir(exist_ok=True)
        (course / "one" / name).write_text("x")
    assert state(course) == before


def test_another_checkout_has_the_same_digest(course: Path, tmp_path: Path) -> None:
    other = shutil.copytree(course, tmp_path / "deeper" / "elsewhere")
    assert state(other) == state(course)


def test_a_stamp_holds_until_something_changes(tmp_path: Path) -> None:
    root = written(tmp_path / "c", "one", "two")
    course = load_course(root)
    one = course.lessons["one"]
    assert not is_proved(course, one)
    stamp(course, one, digest(course, one))
    assert is_proved(course, one)
    assert due(course, 100).changed == ("two",)
    (root / "one" / "extra.csv").write_text("1")
    assert not is_proved(course, one)
    stamp(course, one, None)
    assert not (root / "one" / "reference" / "proved.txt").exists()


def test_a_damaged_stamp_is_none(tmp_path: Path) -> None:
    course = load_course(written(tmp_path / "c", "one"))
    stamp(course, course.lessons["one"], "x")
    (tmp_path / "c" / "one" / "reference" / "proved.txt").write_bytes(b"\xff\xfe")
    assert not is_proved(course, course.lessons["one"])


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    course = load_course(written(tmp_path / "c", "one"))
    (tmp_path / "c" / "one" / "reference").write_text("in the way")
    with pytest.raises(TutorError, match="cannot be written"):
        stamp(course, course.lessons["one"], "x")


@given(st.sets(st.text("abcdefgh-", min_size=1, max_size=8), min_size=1), st.integers(1, 60))
def test_the_share_is_a_fixed_part_of_the_course(names: set[str], one_in: int) -> None:
    ordered = sorted(names)
    lessons = {name: Lesson(name, "T", 1, (), "nowhere") for name in ordered}
    course = Course("c", "C", "1", "en", (), lessons)
    share = due(course, one_in).share
    assert len(share) == -(-len(names) // one_in) >= 1
    assert list(share) == [name for name in ordered if name in share]
    turned = msgspec.structs.replace(
        course, lessons={name: lessons[name] for name in reversed(ordered)}
    )
    assert set(due(turned, one_in).share) == set(share)


async def test_what_comes_out_right_is_stamped_and_the_rest_is_not(
    tmp_path: Path, home: Path
) -> None:
    root = written(tmp_path / "c", "good", "bad")
    bad = root / "bad" / "lesson.md"
    bad.write_text(bad.read_text().replace('["yes"]', '["yes", "no "]'))
    proofs = await prove(root, stamped=True)
    assert [proof.ok for proof in proofs] == [True, False]
    course = load_course(root)
    assert [is_proved(course, each) for each in course.lessons.values()] == [True, False]
    assert choose(root, "", 100).changed == ("bad",)


async def test_what_no_longer_holds_loses_its_stamp(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = written(tmp_path / "c", "one")
    await prove(root, stamped=True)
    course = load_course(root)
    assert is_proved(course, course.lessons["one"])
    monkeypatch.setattr("tutor.session.prove.right_answers", lambda asked: ["nonsense"])
    await prove(root, stamped=True)
    assert not is_proved(course, course.lessons["one"])


async def test_only_what_is_chosen_is_run(tmp_path: Path, home: Path) -> None:
    names = [f"l{number}" for number in range(12)]
    root = written(tmp_path / "c", *names)
    assert choose(root, "", None).lessons == tuple(names)
    assert choose(root, "l1", None).lessons == ("l1", "l10", "l11")
    assert choose(root, "", 6).lessons == tuple(names), "nothing was proved yet"
    await prove(root, stamped=True)
    share = choose(root, "", 6)
    assert (len(share.lessons), share.changed, share.of) == (2, (), 12)
    other = next(name for name in names if name not in share.lessons)
    (root / other / "more.txt").write_text("x")
    assert set(choose(root, "", 6).lessons) == {*share.lessons, other}
    proofs = await prove(root, lessons=choose(root, "", 6).lessons)
    assert len(proofs) == 3


async def test_a_course_is_proved_on_the_device_that_is_named(course: Path, home: Path) -> None:
    here = await prove(course, seeds=1, lessons=["one"])
    named = "GPU-0bad0bad-0000-0000-0000-000000000000"
    there = await prove(course, seeds=1, lessons=["one"], device=named)
    runs = [(a, b) for a, b in zip(here, there, strict=True) if "seed" in a.what]
    assert runs
    for a, b in runs:
        assert a.ok, a
        assert not b.ok
        assert "There is no" in b.detail
