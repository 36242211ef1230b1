"""Beginning a course or a lesson: a copy of the worked lesson of the authors' guide, to be changed.

The guide is the only place where that lesson stands, so that what it teaches and what an author
begins with cannot drift apart.
"""

import re
from pathlib import Path

import tutor
from tutor.content.course import COURSE, LESSON, load_course
from tutor.content.parse import slug
from tutor.core.errors import TutorError
from tutor.core.text import visible

_FENCE = re.compile(r"^(`{3,})\w+ (\S+[./]\S+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_LISTED = re.compile(r"^lessons\s*=\s*\[(?P<inside>[^\]]*)\]", re.MULTILINE)
_ID, _TITLE, _PREFIX = "rolling-downhill", "Rolling downhill", "rd"


def guide() -> Path:
    """The authors' guide: in the wheel, or in a checkout."""
    package = Path(tutor.__file__).parent
    inside = package / "_authoring.md"
    return inside if inside.is_file() else package.parent / "docs" / "authoring.md"


def worked() -> dict[str, str]:
    """The worked course: its files by their path inside it."""
    text = guide().read_text(encoding="utf-8")
    return {name: body for _, name, body in _FENCE.findall(text)}


def new_course(folder: Path | None, title: str) -> Path:
    """Begin a course with the worked lesson in it; returns the lesson's file.

    Raises:
        TutorError: If there is something in the folder already, or it cannot be written.
    """
    folder = folder or Path(slug(title))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TutorError(
            f"{visible(str(folder))} is not empty.", "Name a folder that is not there yet."
        )
    files = worked()
    files[COURSE] = re.sub(r'^id = ".*"', f'id = "{slug(title)}"', files[COURSE], flags=re.M)
    files[COURSE] = re.sub(
        r'^title = ".*"', _toml("title", title), files[COURSE], count=1, flags=re.M
    )
    # The chapter has an id of its own, which the first line above renamed too.
    files[COURSE] = files[COURSE].replace(
        f'[[chapter]]\nid = "{slug(title)}"', '[[chapter]]\nid = "first"'
    )
    _write(folder, files)
    return folder / next(name for name in files if name.endswith(LESSON))


def new_lesson(root: Path, title: str) -> Path:
    """Begin a lesson in a course: at the end of its last chapter; returns the lesson's file.

    Raises:
        TutorError: If the course cannot be opened, or has a lesson of that name.
    """
    course = load_course(root)
    name = slug(title)
    if name in course.lessons:
        raise TutorError(f"There is a lesson `{name}` already.", "Give the new one another title.")
    text = (root / COURSE).read_text(encoding="utf-8")
    listed = list(_LISTED.finditer(text))
    if not listed:
        raise TutorError(f"{COURSE} has no chapter with `lessons = [...]`.", "Add one first.")
    last = course.chapters[-1]
    parent = last.lessons[-1].rpartition("/")[0] if last.lessons else f"day{last.day}"
    folder = f"{parent}/{len(course.lessons) + 1:02}-{name}".lstrip("/")
    ids = {block.id.partition(".")[0] for each in course.lessons.values() for block in each.blocks}
    initials = "".join(word[0] for word in name.split("-"))
    prefix = name if initials in ids or len(initials) < 2 else initials
    files = {}
    for path, body in worked().items():
        if path != COURSE:
            body = body.replace(f'"{_PREFIX}.', f'"{prefix}.').replace(_ID, name)
            body = re.sub(rf"^(title: |# ){_TITLE}$", rf"\g<1>{title}", body, flags=re.M)
            files[path.replace(path.partition(f"-{_ID}")[0] + f"-{_ID}", folder)] = body
    _write(root, files)
    _list(root / COURSE, text, listed[-1], folder)
    return root / folder / LESSON


def _list(file: Path, text: str, last: re.Match[str], folder: str) -> None:
    """Add a folder to a list of `course.toml`, leaving everything else in it as it is."""
    inside = last["inside"].rstrip()
    comma = "," if inside.strip() and not inside.endswith(",") else ""
    gap = "\n    " if "\n" in last["inside"] else " " if inside.strip() else ""
    tail = "\n" if "\n" in last["inside"] else ""
    added = f'{inside}{comma}{gap}"{folder}"{tail}'
    file.write_text(text[: last.start("inside")] + added + text[last.end("inside") :], "utf-8")


def _toml(key: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key} = "{escaped}"'.replace("\\", "\\\\")


def _write(root: Path, files: dict[str, str]) -> None:
    for name, body in files.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(body)
        except OSError as error:
            raise TutorError(
                f"{visible(str(path))} cannot be written: {error.strerror}."
            ) from error
