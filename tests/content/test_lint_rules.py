"""Each rule of the linter: a lesson that breaks it, and what is said of it."""

import sys
from pathlib import Path

import pytest
from making import COURSE, HEAD, fence, lint_text, make_course, run

from tutor.content.lint import lint_course

BASE = HEAD.count("\n") + 1


def quiz(kind: str, rest: str, prompt: str = "p") -> str:
    return fence("quiz", f'id = "t.q"\ntype = "{kind}"\nprompt = "{prompt}"\n{rest}')


def choices(*correct: bool, why: str = "w") -> str:
    return "".join(
        f'[[choice]]\ntext = "t{index}"\nwhy = "{why}"\ncorrect = {str(right).lower()}\n'
        for index, right in enumerate(correct)
    )


def number(rest: str, why: str = 'why = "w"') -> str:
    return quiz("number", f"{why}\n{rest}")


def with_n(rest: str) -> str:
    toml = f'why = "w"\n{rest}\n[params]\nn = {{ choose = [2, 3] }}\n'
    return quiz("number", toml, prompt="What is {{n}} squared?")


GOOD = {
    "single": quiz("single", choices(True, False)),
    "multiple": quiz("multiple", choices(True, True, False)),
    "number": number("answer = 2\ntolerance = 0.1\n[[wrong]]\nvalue = 3\nwhy = 'w'"),
    "range": number("range = [1, 2]"),
    "expression": with_n("answer = 'n * n'\ntolerance = 0\n"),
    "text": quiz("text", 'accept = ["a b"]\nwhy = "w"'),
    "order": quiz("order", 'items = ["a", "b", "c"]\nwhy = "w"'),
    "grouping": quiz("match", 'pairs = [["a", "1"], ["b", "2"], ["c", "1"]]\nwhy = "w"'),
    "match": quiz("match", 'pairs = [["a", "1"], ["b", "2"]]\nwhy = "w"'),
    "shape": quiz("shape", 'answer = "(B, 16)"\nwhy = "w"'),
    "blank": quiz("blank", 'text = "a {{1}}"\naccept.1 = ["b"]\nwhy = "w"'),
    "run": fence("run", run()),
    "no rule": fence("run", run().partition("[[expect]]")[0]),
    "links": "[a](https://x.org) [b](#one) [c](lesson:lesson-one) [d](entry.py)",
}

WRONG = "[[wrong]]\nvalue = {}\nwhy = 'w'"
BAD = {
    "no correct choice": (
        quiz("single", choices(False, False)),
        "0 choices of a `single` are correct.",
    ),
    "two correct choices": (
        quiz("single", choices(True, True)),
        "2 choices of a `single` are correct.",
    ),
    "all correct": (quiz("multiple", choices(True, True)), "Every choice is correct."),
    "none correct": (quiz("multiple", choices(False, False)), "No choice is correct."),
    "same choice": (
        quiz("single", choices(True, False).replace("t1", "t0")),
        "`t0` stands here twice.",
    ),
    "empty why": (quiz("single", choices(True, False, why=" ")), "`why` of `choice` 1 is empty."),
    "empty hint": (
        quiz("single", f'hints = ["a", ""]\n{choices(True, False)}'),
        "`hints` 2 is empty.",
    ),
    "no answer": (number("unit = 'm'"), "A number needs an answer."),
    "no tolerance": (number("answer = 2"), "A number needs a `tolerance`."),
    "both": (
        number("answer = 2\nrange = [1, 3]"),
        "There is a `range` and an `answer` or `tolerance`.",
    ),
    "empty range": (number("range = [3, 3]"), "The range holds no number."),
    "accepted wrong": (
        number(f"answer = 2\ntolerance = 0.5\n{WRONG.format(2.5)}"),
        "The wrong answer 2.5 is accepted.",
    ),
    "wrong in range": (
        number(f"range = [1, 3]\n{WRONG.format(3)}"),
        "The wrong answer 3 is accepted.",
    ),
    "accepted at a draw": (
        with_n("answer = 'n**2'\ntolerance = 0\n" + WRONG.format("'n + n'")),
        "The wrong answer 4 is accepted at n = 2.",
    ),
    "no expression": (
        with_n("answer = 'n + m'\ntolerance = 0\n"),
        "The answer `n + m` cannot be worked out:",
    ),
    "wrong expression": (
        with_n("answer = 'n'\ntolerance = 0\n" + WRONG.format("'m'")),
        "The value `m` cannot be worked out:",
    ),
    "unknown parameter": (
        quiz("single", choices(True, False), prompt="{{k}}"),
        "`{{k}}` is no parameter.",
    ),
    "parameter not shown": (
        with_n("answer = 'n'\ntolerance = 0\n").replace("{{n}}", "n"),
        "The parameter `n` is not shown in the prompt.",
    ),
    "wrong text accepted": (
        quiz("text", "accept = ['A  b']\nwhy = 'w'\n" + WRONG.format("'a-B.'")),
        "The wrong answer `a-B.` is accepted as right.",
    ),
    "text nobody can type": (
        quiz("text", "accept = ['--']\nwhy = 'w'"),
        "`--` cannot be typed: quotes and dashes do not count.",
    ),
    "wrong output accepted": (
        quiz(
            "output", "snippet = 'entry.py'\naccept = ['1 2']\nwhy = 'w'\n" + WRONG.format("'1 2 '")
        ),
        "The wrong answer `1 2 ` is accepted as right.",
    ),
    "no shape": (quiz("shape", "answer = '(B; 16)'\nwhy = 'w'"), "`(B; 16)` is no shape."),
    "wrong shape is none": (
        quiz("shape", "answer = '(B, 16)'\nwhy = 'w'\n" + WRONG.format("'-1'")),
        "`-1` is no shape.",
    ),
    "wrong shape accepted": (
        quiz("shape", "answer = '(B, 16)'\nwhy = 'w'\n" + WRONG.format("'B x 16'")),
        "The wrong answer `B x 16` is accepted as right.",
    ),
    "same item": (
        quiz("order", 'items = ["a", "b", "a"]\nwhy = "w"'),
        "`a` stands here twice.",
    ),
    "same left side": (
        quiz("match", 'pairs = [["a", "1"], ["a", "2"]]\nwhy = "w"'),
        "`a` stands here twice.",
    ),
    "same right sides": (
        quiz("match", 'pairs = [["a", "1"], ["b", "1"]]\nwhy = "w"'),
        "Every right side is the same.",
    ),
    "no gap": (
        quiz("blank", 'text = "a"\naccept.1 = ["b"]\nwhy = "w"'),
        "The text has no gap.",
    ),
    "gap without answer": (
        quiz("blank", 'text = "{{1}} {{2}}"\naccept.1 = ["b"]\nwhy = "w"'),
        "The gap `{{2}}` has no right form.",
    ),
    "answer without gap": (
        quiz("blank", 'text = "{{1}}"\naccept.1 = ["b"]\naccept.2 = ["c"]\nwhy = "w"'),
        "`accept.2` is of no gap in the text.",
    ),
    "open answers": (
        quiz("single", choices(True, False)).split("\n\n", 1)[1].rpartition("\n</")[0],
        "The answers of this question show in any markdown viewer.",
    ),
    "no passing case": (
        fence("run", run(outcome="fail").replace('"pass"', '"fail"')),
        "No case is known to pass.",
    ),
    "no failing case": (fence("run", run(outcome="pass")), "No case is known to fail."),
    "fail without why": (fence("run", run(case="")), "The case `bad` fails and does not say why."),
    "points for an extra": (
        fence("run", run(top='needs = "keras"')),
        "`needs` names `keras`, and the run earns points.",
    ),
    "case out of range": (fence("run", run(good="7.0")), "lr"),
    "case of unknown knob": (fence("run", run().replace("{ lr = 0.1", "{ rl = 0.1")), "rl"),
    "default out of range": (
        fence("run", run().replace("default = 0.1", "default = 9")),
        "The default of `lr` is not allowed:",
    ),
    "log scale from 0": (
        fence("run", run().replace("range = [0.001", "range = [0.0")),
        "The knob `lr` has a log scale and no range above 0.",
    ),
    "range and choices": (
        fence("run", run(knob="choices = [0.1, 1.0]")),
        "The knob `lr` has `range` and `choices`.",
    ),
    "range upside down": (
        fence("run", run().replace("[0.001, 1.0]", "[1.0, 0.001]")),
        "The range of `lr` holds no value.",
    ),
    "best on the test set": (
        fence("run", run(rule='min("test/loss") < 1')),
        '`min("test/loss")` picks the best epoch on data that is held out.',
    ),
    "best on validation": (
        fence("run", run(rule='last("train/loss") < 1 and max( "valid/accuracy") > 0.9')),
        '`max("valid/accuracy")` picks the best epoch on data that is held out.',
    ),
    "no series": (fence("run", run(rule="1 < 2")), "The rule `1 < 2` cannot be read:"),
    "series twice": (
        fence("run", run().replace('["train/loss"]', '["train/loss", "train/loss"]')),
        "A series is drawn twice.",
    ),
    "no such function": (
        fence("run", run().replace(":train", ":trian")),
        "`entry.py` defines no function `trian`.",
    ),
    "no such model": (
        fence("run", run().replace("entry.py:train", "models.nowhere:train")),
        "There is no model file for `models.nowhere`.",
    ),
    "dead lesson link": ("[a](lesson:lesson-two)", "The link `lesson:lesson-two` names no lesson."),
    "dead file link": ("[a](gone.py)", "A dead link: There is no file `gone.py`."),
    "dead link in a question": (
        quiz("single", choices(True, False, why="[a](gone.py)")),
        "A dead link: There is no file `gone.py`.",
    ),
    "no alt": ("![](entry.py)", "The picture `entry.py` has no words."),
    "bad maths": ("a $\\frac{1$ b", "In `\\frac{1`:"),
    "bad maths in a question": (
        quiz("single", choices(True, False), prompt="$x^{2$"),
        "In `x^{2`:",
    ),
    "raw HTML": ("<b>x</b>", "Raw HTML `<b>` is not shown."),
    "unknown callout": ("> [!NOTICE]\n> x", "`[!NOTICE]` is no callout."),
    "wide fence": (f"```\n{'x' * 90}\n```", "This code block is 90 columns wide."),
    "wide table": (f"| {'x' * 90} | a |\n|---|---|\n", "This table is 93 columns wide."),
}
WARNINGS = ("wide fence", "wide table")


@pytest.mark.parametrize("name", GOOD)
def test_what_is_right_is_not_complained_of(name: str, tmp_path: Path) -> None:
    assert [str(each) for each in lint_text(tmp_path, GOOD[name])] == []


@pytest.mark.parametrize("name", BAD)
def test_a_broken_rule_is_told_in_its_place(name: str, tmp_path: Path) -> None:
    body, message = BAD[name]
    found = lint_text(tmp_path, body)
    told = [each for each in found if message in each.message]
    assert told, found
    assert all(each.line >= BASE for each in told)
    assert {each.level for each in told} == {"warning" if name in WARNINGS else "error"}


def test_a_rule_is_told_at_the_line_of_its_key(tmp_path: Path) -> None:
    body = fence("run", run(good="7.0", rule='min("test/x") < 1'))
    found = lint_text(tmp_path, body)
    lines = (tmp_path / "day1" / "one" / "lesson.md").read_text().split("\n")
    assert ["rule" in lines[each.line - 1] or "lr = 7" in lines[each.line - 1] for each in found]
    assert len(found) == 2
    assert all(each.line > BASE + 1 for each in found)


CODE = """id = "t.code"
title = "t"
start = "start.py"
check = "check.py"
solution = "start.py"
hints = ["h"]
"""
WRONG_FILE = '[[wrong]]\nfile = "start.py"\nwhy = "w"\nfails = "{}"\n'


@pytest.mark.parametrize(
    ("wrong", "message", "level"),
    [
        ("", "No wrong file proves that the checks refuse a mistake.", "warning"),
        (WRONG_FILE.format("goes up"), "`check.py` has no check called `goes up`.", "error"),
        (WRONG_FILE.format(""), "`fails` of `wrong` 1 is empty.", "error"),
    ],
)
def test_rules_of_code(tmp_path: Path, wrong: str, message: str, level: str) -> None:
    files = {"start_dot_py": "", "check_dot_py": '@check("goes down")\ndef f(x): ...\n'}
    head = HEAD.replace("minutes: 1", "minutes: 4")
    found = lint_text(tmp_path, fence("code", CODE + wrong), head, **files)
    assert [(each.message, each.level) for each in found] == [(message, level)]
    good = fence("code", CODE + WRONG_FILE.format("goes down"))
    assert lint_text(tmp_path, good, head, **files) == []


BET = 'id = "t.p"\nrun = "t.run"\nprompt = "p"\n{}\n[[choice]]\ncase = "good"\ncorrect = true\nwhy = "w"\n'


def test_rules_of_bets(tmp_path: Path) -> None:
    other = '[[choice]]\ncase = "bad"\nwhy = "w"\n'
    start = fence("run", run())
    head = HEAD.replace("minutes: 1", "minutes: 3")
    series = 'series = "valid/loss"'
    assert lint_text(tmp_path, start + fence("predict", BET.format("") + other), head) == []
    lone = lint_text(tmp_path, start + fence("predict", BET.format(series)), head)
    assert [each.message for each in lone] == [
        "A bet needs at least two choices.",
        "`valid/loss` is drawn by no plot of `t.run`.",
    ]
    sketch = BET.format('mode = "sketch"\ncase = "good"\nseries = "train/loss"')
    found = lint_text(tmp_path, start + fence("predict", sketch), head)
    assert [each.message for each in found] == ["A sketch has no choices."]


@pytest.mark.parametrize(("minutes", "told"), [(10, False), (6, False), (30, True), (4, True)])
def test_the_reading_time_is_near_what_is_said(tmp_path: Path, minutes: int, told: bool) -> None:
    head = HEAD.replace("minutes: 1", f"minutes: {minutes}")
    body = "word " * 1100 + "\n\n" + GOOD["run"] + GOOD["single"]
    extra = "\n## Going further\n\n" + "word " * 9000
    found = lint_text(tmp_path, body + extra, head)
    messages = [f"`minutes` says {minutes}, and the core path takes about 8."] if told else []
    assert [each.message for each in found] == messages
    assert all(each.level == "warning" for each in found)


def test_a_lesson_that_no_chapter_lists_is_a_warning(tmp_path: Path) -> None:
    make_course(tmp_path, HEAD)
    (tmp_path / "day1" / "two").mkdir()
    (tmp_path / "day1" / "two" / "lesson.md").write_text("x")
    found = lint_course(tmp_path)
    assert [(each.path, each.level) for each in found] == [("day1/two/lesson.md", "warning")]


def test_linting_runs_none_of_the_course(tmp_path: Path) -> None:
    bomb = f"open({str(tmp_path / 'ran')!r}, 'w')\ndef train(config): ...\n"
    files = {"start_dot_py": bomb, "check_dot_py": bomb + "# goes down\n"}
    body = GOOD["run"] + fence("code", CODE + WRONG_FILE.format("goes down"))
    make_course(tmp_path, HEAD.replace("minutes: 1", "minutes: 6") + body, COURSE, **files)
    (tmp_path / "day1" / "one" / "entry.py").write_text(bomb)
    before = set(sys.modules)
    assert lint_course(tmp_path) == []
    assert not (tmp_path / "ran").exists()
    assert not {name for name in set(sys.modules) - before if "torch" in name or "models" in name}


@pytest.mark.parametrize(
    ("takeaway", "message"),
    [
        ("", "The lesson has no `takeaway`."),
        ("takeaway:\n", "The lesson has no `takeaway`."),
        (f"takeaway: {'word ' * 15}\n", "`takeaway` is 74 columns wide."),
    ],
)
def test_what_one_knows_afterwards_is_one_line(tmp_path, takeaway, message):
    head = HEAD.replace("takeaway: Words.\n", takeaway)
    found = lint_text(tmp_path, "", head=head)
    assert [(each.message, each.level) for each in found] == [(message, "warning")]


def test_a_formula_in_it_is_as_wide_as_it_is_drawn(tmp_path):
    words = f"{'word ' * 13}$\\alpha + \\beta$"
    assert lint_text(tmp_path, "", head=HEAD.replace("Words.", words)) == []
    broken = HEAD.replace("Words.", r"So $\frac{1$ it is.")
    assert [each.level for each in lint_text(tmp_path, "", head=broken)] == ["error"]


def test_a_page_outside_a_course_needs_none(tmp_path):
    (tmp_path / "lesson.md").write_text(HEAD.replace("takeaway: Words.\n", ""))
    assert lint_course(tmp_path) == []


@pytest.mark.parametrize(
    ("drawing", "body", "columns"),
    [
        ("x" * 75, "![d](drawing.txt)", 0),
        ("x" * 76, "![d](drawing.txt)", 76),
        ("short\n" + "界" * 38, "![d](drawing.txt)", 76),
        ("\t" + "x" * 72, "![d](drawing.txt)", 76),
        ("x" * 74, "- a\n\n  ![d](drawing.txt)", 74),
        ("x" * 73, "- a\n\n  ![d](drawing.txt)", 0),
        ("x" * 90, "![d](entry.py)", 0),
        ("x" * 80, quiz("single", choices(True, False), prompt="![d](drawing.txt)"), 80),
    ],
)
def test_a_figure_drawn_in_text_is_measured(tmp_path, drawing, body, columns):
    found = lint_text(tmp_path, body, drawing_dot_txt=drawing)
    told = [each.message for each in found if "figure" in each.message]
    assert told == ([f"This figure is {columns} columns wide."] if columns else [])
    assert all(each.level == "warning" for each in found)


def test_a_figure_that_is_no_text_is_an_error_in_its_file(tmp_path):
    make_course(tmp_path, f"{HEAD}\n![d](drawing.txt)")
    (tmp_path / "day1" / "one" / "drawing.txt").write_bytes(b"\xff\xfe")
    assert [(each.path, each.line, each.message) for each in lint_course(tmp_path)] == [
        ("day1/one/drawing.txt", 1, "This line is not UTF-8 text.")
    ]
