import pytest
from making import HEAD, fence, run

from tutor.content.parse import parse_lesson, parse_source
from tutor.core.lesson import Prose, Reflect, Run, Single
from tutor.core.prose import Heading, plain

REFLECT = fence("reflect", 'id = "a.r"\nprompt = "Why?"')
SINGLE = """id = "a.q"
type = "single"
prompt = '''
Long
'''
[[choice]]
text = "a"
why = "w"
correct = true
[[choice]]
text = "b"
why = "w"
"""


def problems(body: str) -> list[tuple[int, str]]:
    """Problems with their line counted from the body's first line."""
    offset = HEAD.count("\n")
    _, found = parse_lesson(HEAD + body, "one/lesson.md", "one")
    return [(each.line - offset, each.message) for each in found]


def test_prose_and_directives_stand_in_order_with_their_lines() -> None:
    text = f"{HEAD}\n{fence('run', run())}\n{fence('quiz', SINGLE)}\nEnd.\n"
    lesson, found = parse_lesson(text, "p", "day1/one")
    assert found == []
    assert lesson is not None
    assert [type(block.body) for block in lesson.blocks] == [Prose, Run, Single, Prose]
    for block in lesson.blocks[1:3]:
        assert text.split("\n")[block.line - 1].startswith("```toml")
    assert lesson.folder == "day1/one"
    assert lesson.words == 4
    assert isinstance(lesson.find("a.q"), Single)


def test_a_section_begins_at_each_heading_of_level_one_or_two() -> None:
    lesson, _ = parse_lesson(f"{HEAD}\n## A\na\n### B\nb\n## C\n{REFLECT}\nd\n", "p", "f")
    assert lesson is not None
    heads = [
        plain(block.body.blocks[0].spans)
        if isinstance(block.body, Prose) and isinstance(block.body.blocks[0], Heading)
        else ""
        for block in lesson.blocks
    ]
    assert heads == ["One", "A", "C", "", ""]


def test_extras_last_until_the_next_section() -> None:
    body = f"\n## Going further\nx\n### Deeper\n{REFLECT}\n## Summary\ny\n## Extra: more\nz\n## Extras\n"
    body += "a\n## Sources\nb\n"
    lesson, _ = parse_lesson(HEAD + body, "p", "f")
    assert lesson is not None
    assert [block.extra for block in lesson.blocks] == [False, True, True, False, True, False, True]


def test_the_position_of_every_fault_is_told_at_once() -> None:
    body = fence("reflect", 'id = "Bad Id"\nprompt = 3\nzap = 1') + "```toml runn\nx\n```\n"
    assert problems(body) == [
        (2, "`id` is 'Bad Id', which is no id."),
        (3, "`prompt`: expected text, got a whole number."),
        (4, "`zap` is no known key."),
        (6, "`toml runn` is no directive."),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('why = "w"\ncorrect', "correct", 6, "`why` of `choice` 1 is missing."),
        ('text = "b"', 'tekst = "b"', 11, "`tekst` of `choice` 2 is no known key."),
        ('type = "single"', 'type = "singel"', 2, "`type` is 'singel'."),
        ('type = "single"\n', "", 0, "`type` is missing."),
        ('type = "single"', 'type = "single"\npoints = 0', 3, "`points` must be greater than 0."),
        (
            'type = "single"',
            'type = "single"\npoints = nan',
            3,
            "`points` is nan, which is no number to work with.",
        ),
        ("true", '"yes"', 9, "`correct` of `choice` 1: expected true or false, got text."),
        ("Long", "Long'''", 5, "This is no TOML: "),
        ('"a.q"', r"'a.q", 1, "This is no TOML: "),
        ('text = "a"', r'text = "\eta"', 7, "This is no TOML: "),
        (
            'text = "a"',
            r'text = "\u001b[31m"',
            7,
            "`text` of `choice` 1 holds a control character: '␛[31m'.",
        ),
    ],
)
def test_faults_of_a_question_at_their_lines(old: str, new: str, line: int, message: str) -> None:
    found = problems(f"```toml quiz\n{SINGLE.replace(old, new, 1)}```\n")
    assert any(at == line + 1 and text.startswith(message) for at, text in found), found


def test_the_nearest_key_is_suggested() -> None:
    text = fence("quiz", SINGLE.replace('why = "w"', 'wy = "w"', 1))
    _, found = parse_lesson(HEAD + text, "p", "f")
    assert any(each.fix == "Did you mean `why`?" for each in found)


@pytest.mark.parametrize("prefix", ["- a\n\n  ", "> "])
def test_a_directive_inside_a_list_or_quotation_is_refused(prefix: str) -> None:
    inside = f"{prefix}```toml reflect\n{' ' * len(prefix.split(chr(10))[-1])}x\n"
    message = "`toml reflect` stands inside a list or a quotation."
    assert message in [text for _, text in problems(inside)]


def test_a_directive_glued_to_html_is_found() -> None:
    body = "<details><summary>Q</summary>\n```toml quiz\nx = 1\n```\n</details>\n"
    assert problems(body) == [(1, "A directive is glued to HTML and not read.")]


def test_what_is_never_closed_is_found() -> None:
    assert (1, "`<details>` is never closed.") in problems("<details>\n\nx\n")
    assert (3, "`~~~` is never closed.") in problems("x\n\n~~~py\nx = 1\n\nmore")
    assert (1, "````` is never closed.") in problems("```toml reflect\nid = 'a'")
    assert problems("```\nclosed\n```") == []


def test_a_broken_directive_leaves_the_rest_and_its_id() -> None:
    source = parse_source(HEAD + fence("reflect", 'id = "a.r"') + REFLECT, "p", "f")
    assert source.broken == {"a.r"}
    assert source.lesson is not None
    assert [type(block.body) for block in source.lesson.blocks] == [Prose, Reflect]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# No head\n", "The lesson has no front matter."),
        ("---\nformat: 1\n# T\n", "The front matter is never closed."),
        ("", "The lesson has no front matter."),
    ],
)
def test_a_lesson_without_front_matter_is_none(text: str, message: str) -> None:
    lesson, found = parse_lesson(text, "p", "f")
    assert lesson is None
    assert [each.message for each in found] == [message]


def test_windows_line_ends_and_byte_order_marks_change_nothing() -> None:
    text = f"{HEAD}\n{fence('quiz', SINGLE)}"
    assert parse_lesson("\ufeff" + text.replace("\n", "\r\n"), "p", "f") == parse_lesson(
        text, "p", "f"
    )
