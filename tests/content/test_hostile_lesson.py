"""Lessons that mean harm, or were cut off: they are read, told of, and shown neutralised."""

import gc
import time

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from making import HEAD, fence

from tutor.content.course import load_course
from tutor.content.parse import parse_inline, parse_lesson, parse_source, plain_lesson
from tutor.core.text import visible

MARKDOWN = st.text(alphabet="# \n`~>-*_[]()!|$<>/\\&;:=\"'1ax\t{}")
TOKENS = """```toml quiz
```
~~~
<details>
</details>
<!--
[!NOTE]
id = 'a'
[[choice]]
type = 'single'
---
| a |
|---|
$$
$
`
*
~~
![
](
)
<b>
&#27;
x"""
PIECES = st.lists(
    st.sampled_from(
        [
            *TOKENS.split("\n"),
            "> ",
            "- ",
            "# ",
            "1. ",
            "\n",
            "\n",
            "\n\n",
            "'''",
            "\x1b[2J",
            "\x00",
            "\u202e",
        ]
    ),
    max_size=40,
).map("".join)


@given(text=st.text() | MARKDOWN | PIECES, head=st.sampled_from(["", HEAD]))
@example(text="[" * 5000, head=HEAD)
@example(text=fence("reflect", f"id = {'[' * 5000}"), head=HEAD)
@example(text=fence("reflect", f"id = {'9' * 5000}"), head=HEAD)
@example(text=">" * 500 + "- " * 500, head=HEAD)
@example(text="\ud800", head="")
@settings(deadline=None)
def test_no_text_makes_the_parser_raise_or_lets_a_control_character_in(
    text: str, head: str
) -> None:
    source = parse_source(head + text, "p", "f")
    for problem in source.problems + source.findings:
        assert 1 <= problem.line <= (head + text).count("\n") + 1
        assert visible(str(problem)) == str(problem)
    trees = [source.lesson, plain_lesson(text, "p.md"), parse_inline(text)]
    shown = msgspec.json.encode(trees).decode()
    assert visible(shown) == shown
    assert "\\u00" not in shown.replace("\\\\", "")


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ("\x1b]52;c;aGk=\x07", "U+0007, U+001B"),
        ("\x00", "U+0000"),
        ("a\u202eb", "U+202E"),
        ("\x9b31m", "U+009B"),
    ],
)
def test_control_characters_are_named_at_their_line(bad: str, name: str) -> None:
    source = parse_source(f"{HEAD}\n{bad} text\n", "p", "f")
    assert [(each.line, each.message) for each in source.findings] == [
        (HEAD.count("\n") + 2, f"Control character {name}.")
    ]
    assert source.problems == []


@pytest.mark.parametrize("entity", ["&#x202e;", "&#8206;", "&rlm;"])
def test_entities_bring_no_control_character_in(entity: str) -> None:
    text = f"{HEAD}\n[a{entity}](b{entity}) ![c{entity}](d)\n\n```p{entity}\n```\n"
    lesson, _ = parse_lesson(text, "p", "f")
    shown = msgspec.json.encode(lesson).decode()
    assert visible(shown) == shown


def test_markup_of_the_screen_library_stays_text() -> None:
    text = "[/x/y] [bold]b[/] tensor([nan]) w[i] [@click=app.quit]x[/]"
    lesson, problems = parse_lesson(f"{HEAD}\n{text}\n", "p", "f")
    assert problems == []
    assert text.encode() in msgspec.json.encode(lesson)


def test_a_lesson_of_ten_thousand_lines_takes_no_longer_than_its_parts() -> None:
    part = "Some *words* with $x$.\n\n- a\n- b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    gc.disable()  # or a collection looks at all that the tests before have kept
    try:
        begin = time.process_time()
        parse_lesson(HEAD + part * 275, "p", "f")
        small = time.process_time() - begin
        begin = time.process_time()
        lesson, problems = parse_lesson(HEAD + part * 1100, "p", "f")
        large = time.process_time() - begin
    finally:
        gc.enable()
    assert problems == []
    assert lesson is not None
    assert lesson.words == 3 + 1100 * 10
    assert large < 4 * 4 * small


def test_a_fence_that_is_cut_off_says_so(tmp_path) -> None:
    cut = fence("reflect", 'id = "a"\nprompt = "Why').replace("```\n", "")
    lesson, problems = parse_lesson(HEAD + cut, "p", "f")
    assert lesson is not None
    assert any("This is no TOML" in each.message for each in problems)


def test_bytes_that_are_no_text_are_a_problem_at_their_line(tmp_path) -> None:
    (tmp_path / "page.md").write_bytes(b"# a\n\nb \xff\n")
    with pytest.raises(Exception, match=r"page\.md:3: This line is not UTF-8"):
        load_course(tmp_path)
