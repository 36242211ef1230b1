"""Every directive that the schema allows can be written down and read again."""

import types
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import HEAD, lint_text, print_directive
from msgspec import Meta, Struct
from msgspec.structs import fields

from tutor.content.directives import DIRECTIVES, QUIZ_TYPES
from tutor.content.parse import parse_lesson
from tutor.content.schema import bare
from tutor.core.lesson import Directive
from tutor.core.text import visible

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).map(visible)
IDS = st.from_regex(r"[a-z0-9]{1,4}([.-][a-z0-9]{1,4}){0,2}", fullmatch=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
WHOLE = st.integers(-(2**40), 2**40)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    float: NUMBERS,
    int: WHOLE,
    bool: st.booleans(),
    types.NoneType: st.none(),
    Any: TEXT,
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type of the schema, within its bounds."""
    metas = [each for each in getattr(kind, "__metadata__", ()) if isinstance(each, Meta)]
    plain = bare(kind)
    if any(meta.pattern for meta in metas):
        return IDS
    if any(meta.gt is not None or meta.ge is not None for meta in metas):
        whole = st.integers(1, 1000)
        return whole if plain is int else whole.map(float)
    least = max((meta.min_length or 0 for meta in metas), default=0)
    arguments = get_args(plain)
    if isinstance(plain, type) and issubclass(plain, Struct):
        return structs(plain)
    if get_origin(plain) in (types.UnionType, Union):
        return st.one_of(*(values(each) for each in arguments))
    if get_origin(plain) is Literal:
        return st.sampled_from(arguments)
    if get_origin(plain) is tuple and arguments[-1] is ...:
        return st.lists(values(arguments[0]), min_size=least, max_size=least + 2).map(tuple)
    if get_origin(plain) is tuple:
        return st.tuples(*(values(each) for each in arguments))
    if get_origin(plain) is dict:
        return st.dictionaries(TEXT, values(arguments[1]), max_size=2)
    return LEAVES[plain]


def structs(kind: type[Struct]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{field.name: values(field.type) for field in fields(kind)})


@pytest.mark.parametrize("name", [*QUIZ_TYPES, *DIRECTIVES])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_printed_is_read_again(name: str, data: st.DataObject) -> None:
    directive: Directive = data.draw(structs(QUIZ_TYPES.get(name) or DIRECTIVES[name]))
    kind = "quiz" if name in QUIZ_TYPES else name
    text = f"{HEAD}\n{print_directive(directive, kind)}\nThe end.\n"
    lesson, problems = parse_lesson(text, "p", "f")
    assert problems == []
    assert lesson is not None
    assert lesson.find(directive.id) == directive


@pytest.mark.parametrize("name", [*QUIZ_TYPES, *DIRECTIVES])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_the_schema_allows_is_linted_without_raising(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directive = data.draw(structs(QUIZ_TYPES.get(name) or DIRECTIVES[name]))
    kind = "quiz" if name in QUIZ_TYPES else name
    found = lint_text(tmp_path_factory.mktemp("course"), print_directive(directive, kind))
    assert all(problem.path == "day1/one/lesson.md" for problem in found)
