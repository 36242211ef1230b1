"""`glossary.toml`: its terms, and every fault at its line."""

from pathlib import Path

import pytest
from making import HEAD, make_course

from tutor.content.course import load_course
from tutor.content.glossary import GLOSSARY
from tutor.content.lint import lint_course
from tutor.content.problems import CourseErrors

TERM = '[[term]]\nterm = "sentence"\ntext = "Words in a row."\nlesson = "lesson-one"\n'


def lint(root: Path, glossary: str) -> list[str]:
    make_course(root, HEAD)
    (root / GLOSSARY).write_text(glossary, encoding="utf-8")
    return [f"{each.path}:{each.line} {each.level} {each.message}" for each in lint_course(root)]


def test_a_course_without_a_glossary_has_no_terms(tmp_path: Path) -> None:
    assert load_course(make_course(tmp_path, HEAD)).glossary == ()


def test_terms_are_read_in_their_order(tmp_path: Path) -> None:
    text = TERM + TERM.replace('"sentence"', '"A"\nalso = ["an article"]')
    assert lint(tmp_path, text) == []
    first, second = load_course(tmp_path).glossary
    assert (first.names, first.text, first.lesson) == (
        ("sentence",),
        "Words in a row.",
        "lesson-one",
    )
    assert second.names == ("A", "an article")


@pytest.mark.parametrize(
    ("glossary", "said"),
    [
        ("[[term]\n", "1 error This is no TOML: Expected ']]' at the end of an array declaration."),
        (TERM.replace("term =", "trem ="), "2 error `trem` of `term` 1 is no known key."),
        (TERM.replace('text = "Words in a row."\n', ""), "1 error `text` of `term` 1 is missing."),
        (TERM.replace("Words in a row.", " "), "3 error `sentence` is not explained."),
        (TERM.replace("Words in a row.", ""), "3 error `text` of `term` 1 needs at least 1"),
        (TERM.replace("lesson-one", "lesson-on"), "4 error `sentence` is of the lesson"),
        (TERM + TERM.replace("sent", "Sent"), "6 error `Sentence` is explained on line 2 already."),
        (TERM + TERM.replace('"sentence"', '"A"\nalso = ["SENTENCE"]'), "7 error `SENTENCE` is"),
        (TERM.replace("Words", "$\\\\frak{x$"), "3 error In "),
        (TERM.replace("Words", "[w](lesson:no)"), "3 error The link `lesson:no` names no lesson."),
        (TERM.replace("Words", "word " * 60), "3 warning `sentence` is explained in 63 words."),
        (TERM.replace("sentence", "tensor"), "4 warning The lesson `lesson-one` does not say"),
    ],
)
def test_every_fault_is_told_at_its_line(tmp_path: Path, glossary: str, said: str) -> None:
    assert f"{GLOSSARY}:{said}" in "\n".join(lint(tmp_path, glossary))


def test_what_is_wrong_keeps_the_course_shut(tmp_path: Path) -> None:
    lint(tmp_path, TERM.replace("lesson-one", "lesson-on"))
    with pytest.raises(CourseErrors) as caught:
        load_course(tmp_path)
    assert "Did you mean `lesson-one`?" in caught.value.hint


def test_a_broken_lesson_is_not_called_unknown_too(tmp_path: Path) -> None:
    make_course(tmp_path, HEAD.replace("minutes: 1", "minutes: x"))
    (tmp_path / GLOSSARY).write_text(TERM)
    assert {each.path for each in lint_course(tmp_path)} == {"day1/one/lesson.md"}


def test_a_lesson_that_is_looked_at_alone_is_not_blamed_for_the_glossary(tmp_path: Path) -> None:
    lint(tmp_path, TERM.replace("sentence", "tensor"))
    assert lint_course(tmp_path / "day1" / "one") == []
