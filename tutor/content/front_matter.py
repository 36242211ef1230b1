"""The head of a lesson: flat `key: value` lines between two lines of dashes.

It looks like YAML to every markdown viewer and is read by these few lines, because YAML reads
`1e-3` as text and `no` as false.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from tutor.content.schema import Fault, convert
from tutor.core.lesson import Id

FORMAT = 1
"""The newest lesson format that this tutor reads."""


class FrontMatter(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"passing": "pass"}
):
    """The keys at the head of `lesson.md`."""

    format: Annotated[int, Meta(ge=1, description="The lesson format: 1.")]
    id: Id
    title: Annotated[str, Meta(min_length=1, description="As it stands in the course's map.")]
    minutes: Annotated[int, Meta(gt=0, description="Time for the core path, extras left out.")]
    requires: Annotated[tuple[str, ...], Meta(description="Ids of lessons: `[a, b]`.")] = ()
    passing: Annotated[
        float, Meta(gt=0, le=1, description="Share of the points that passes the lesson.")
    ] = 0.8
    takeaway: Annotated[
        str, Meta(description="What one knows afterwards, in one line; for the page of the day.")
    ] = ""


def read_front_matter(
    text: str, first_line: int
) -> tuple[FrontMatter | None, list[tuple[int, Fault]]]:
    """Read the lines between the dashes.

    Args:
        text: Those lines.
        first_line: Line of the file of the first of them.

    Returns:
        The values, or None; and every fault with its line.
    """
    data: dict[str, Any] = {}
    lines: dict[str, int] = {}
    faults: list[tuple[int, Fault]] = []
    for number, line in enumerate(text.split("\n"), first_line):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, colon, value = line.partition(":")
        key = key.strip()
        if not colon or not key:
            faults.append((number, Fault((), f"`{line.strip()[:60]}` is no `key: value`.")))
        elif key in data:
            faults.append((number, Fault((), f"`{key}` stands here twice.", "Keep one of them.")))
        else:
            data[key] = _value(value.strip())
            lines[key] = number
    front, found = convert(data, FrontMatter, strict=False)
    opening = first_line - 1
    for fault in found:
        fix = fault.fix.replace(" = ...", ": ...")
        faults.append((lines.get(str(fault.path[0]), opening), fault._replace(fix=fix)))
    if front is not None and front.format > FORMAT:
        message = f"This lesson is of format {front.format}; this tutor reads format {FORMAT}."
        faults.append((lines["format"], Fault((), message, "Update dlwalk-tutor.")))
    return (None if faults else front), faults


def _value(text: str) -> str | list[str]:
    if text.startswith("[") and text.endswith("]"):
        return [_unquoted(item) for item in text[1:-1].split(",") if item.strip()]
    return _unquoted(text)


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text
