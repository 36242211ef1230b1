import tomllib

from hypothesis import given
from hypothesis import strategies as st

from tutor.content.key_lines import KeyLines

TEXT = '''id = "x"
prompt = """
why = "not a key"
[[choice]]
"""
list = [
  1, # ]
  "a = ]",
]
after = 1
[[choice]]
why = "1"
[[choice]]
text = "2"
why.deep = "2"
[knobs.lr]
range = [1, 2]
[knobs."a b"]
default = 1
[[a.b]]
x = 1
[a.b.c]
y = 1
'''


def test_keys_are_found_where_they_stand() -> None:
    lines = KeyLines(TEXT, first=101, opening=100)
    assert tomllib.loads(TEXT)
    assert lines.at(()) == 100
    assert lines.at(("prompt",)) == 102
    assert lines.at(("after",)) == 110
    assert lines.at(("choice", 0, "why")) == 112
    assert lines.at(("choice", 1, "why", "deep")) == 115
    assert lines.at(("knobs", "lr", "range", 1)) == 117
    assert lines.at(("knobs", "a b", "default")) == 119
    assert lines.at(("a", "b", 0, "x")) == 121
    assert lines.at(("a", "b", 0, "c", "y")) == 123


def test_what_has_no_line_takes_the_table_around_it() -> None:
    lines = KeyLines(TEXT, first=101, opening=100)
    assert lines.at(("why",)) == 100
    assert lines.at(("choice", 1, "correct")) == 113


@given(st.text(alphabet="[]{}='\"#.ab \n"))
def test_any_text_gives_lines_inside_it(text: str) -> None:
    lines = KeyLines(text, first=1, opening=1)
    assert 1 <= lines.at(("a", 0, "b")) <= text.count("\n") + 1
