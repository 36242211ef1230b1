"""`docs/authoring.md` is up to date, and what it teaches is right."""

import ast
import re
from pathlib import Path

import pytest

from tutor.content.authoring import authoring_schema, rewrite
from tutor.content.course import load_course
from tutor.content.directives import DIRECTIVES, KINDS, QUIZ_TYPES
from tutor.content.lint import lint_course
from tutor.core.lesson import Code, Number, Predict, Run

DOCUMENT = Path(__file__).parents[2] / "docs" / "authoring.md"
FENCE = re.compile(r"^(`{3,})\w+ (\S+[./]\S+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def worked(tmp_path: Path) -> Path:
    """The worked lesson: the fences of the document that name a file."""
    for _, name, text in FENCE.findall(DOCUMENT.read_text(encoding="utf-8")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_the_generated_part_is_fresh() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == rewrite(text), "run `python -m tutor.content.authoring`"


def test_a_stale_part_is_made_anew() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    stale = text.replace("| `cpu`", "| `gpu`").replace("`points`", "`score`")
    assert stale != text
    assert rewrite(stale) == text
    with pytest.raises(ValueError, match="no generated part"):
        rewrite("# A document without markers\n")


def test_every_directive_type_and_key_is_told() -> None:
    schema = authoring_schema()
    for kind in KINDS:
        assert f"`toml {kind}`" in schema
    for name, struct in (QUIZ_TYPES | DIRECTIVES).items():
        assert name in schema
        for key in struct.__struct_encode_fields__:
            assert f"| `{key}` |" in schema


def test_the_worked_lesson_has_no_fault(worked: Path) -> None:
    assert [str(each) for each in lint_course(worked)] == []
    lesson = load_course(worked).lessons["rolling-downhill"]
    bodies = {type(block.body) for block in lesson.blocks}
    assert bodies >= {Number, Predict, Run, Code}
    assert lesson.blocks[-1].extra


def test_the_worked_files_are_python(worked: Path) -> None:
    files = list(worked.rglob("*.py"))
    assert len(files) == 5
    for file in files:
        ast.parse(file.read_text(encoding="utf-8"))
