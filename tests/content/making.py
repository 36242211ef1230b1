"""Lessons and courses for the tests of `tutor.content`."""

import json
from pathlib import Path
from typing import Any

import msgspec

from tutor.content.lint import lint_course
from tutor.content.problems import Problem
from tutor.core.lesson import Directive

HEAD = """---
format: 1
id: lesson-one
title: One
minutes: 1
takeaway: Words.
---
# One
A sentence.
"""

COURSE = """
id = "test-course"
title = "Test"
version = "1"
[[chapter]]
id = "first"
title = "First"
day = 1
lessons = ["day1/one"]
"""

ENTRY = "def train(config):\n    yield {}\n"

RUN = """
id = "t.run"
entry = "entry.py:train"
title = "t"
goal = "g"
retry = "r"
{top}
[knobs.lr]
default = 0.1
range = [0.001, 1.0]
scale = "log"
{knob}
[[plot]]
series = ["train/loss"]
{plot}
[[expect]]
rule = '{rule}'
why = "w"
[[case]]
id = "good"
knobs = {{ lr = {good} }}
outcome = "pass"
[[case]]
id = "bad"
knobs = {{ lr = 1.0 }}
outcome = "{outcome}"
{case}
"""


def run(**changes: str) -> str:
    """The TOML of a run without a fault, but for the changes."""
    parts = {
        "top": "",
        "knob": "",
        "plot": "",
        "rule": 'last("train/loss") < 0.5',
        "good": "0.1",
        "outcome": "fail",
        "case": 'why = "w"',
    }
    return RUN.format(**parts | changes)


def fence(kind: str, toml: str) -> str:
    """A directive; questions stand inside details."""
    text = f"```toml {kind}\n{toml.strip()}\n```\n"
    if kind == "quiz":
        return f"<details><summary>Q</summary>\n\n{text}\n</details>\n"
    return text


def make_course(root: Path, lesson: str, course: str = COURSE, **files: str) -> Path:
    """Write a course of one lesson; `files` are by name, `_dot_` standing for a dot."""
    folder = root / "day1" / "one"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "course.toml").write_text(course, encoding="utf-8")
    (folder / "lesson.md").write_text(lesson, encoding="utf-8")
    (folder / "entry.py").write_text(ENTRY, encoding="utf-8")
    for name, text in files.items():
        (folder / name.replace("_dot_", ".")).write_text(text, encoding="utf-8")
    return root


def lint_text(root: Path, body: str, head: str = HEAD, **files: str) -> list[Problem]:
    """Lint a course whose one lesson holds the body."""
    return lint_course(make_course(root, f"{head}\n{body}", **files))


def print_directive(directive: Directive, kind: str) -> str:
    """A directive as its fence; reading it again gives the same directive."""
    data = {
        key: value for key, value in msgspec.to_builtins(directive).items() if value is not None
    }
    return fence(kind, "\n".join(f"{_key(key)} = {_toml(value)}" for key, value in data.items()))


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_toml(each)}" for key, each in value.items() if each is not None)
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
