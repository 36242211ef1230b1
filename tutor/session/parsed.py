"""Opening a course fast: what was parsed once is kept until one of its files changes.

Parsing forty-five lessons takes half a second; reading back what it gave, a few milliseconds.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

import tutor
from tutor.core.course import Course

DEEPEST = 3
"""A lesson's own folders: day, lesson, `start`. Somebody's home folder may be far deeper."""
KEPT = 4
"""How many courses are kept; the one longest unused goes first."""


def open_course(root: Path, cache: Path) -> Course:
    """A course, read back where nothing in it changed since it was parsed.

    Args:
        root: A folder, or one markdown file.
        cache: Where parsed courses are kept; it may be deleted at any time.

    Raises:
        TutorError: If the course does not parse.
    """
    root = root.resolve()
    file = cache / f"course-{_hash(str(root))}.msgpack"
    state = _state(root).encode()
    with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
        kept, _, body = file.read_bytes().partition(b"\n")
        if kept == state:
            os.utime(file)
            return msgspec.msgpack.decode(body, type=Course)
    # Only here: the markdown parser is a tenth of the start-up's imports.
    from tutor.content.course import load_course

    course = load_course(root)
    with contextlib.suppress(OSError):
        _keep(file, state + b"\n" + msgspec.msgpack.encode(course))
    return course


def _state(root: Path) -> str:
    """What tells one state of a course, and of the program that parses it, from another."""
    package = Path(tutor.__file__).parent
    ours = [*(package / "content").glob("*.py"), *(package / "core").glob("*.py")]
    theirs = sorted(_files(root)) if root.is_dir() else [root]
    lines = [tutor.__version__]
    for path in [*sorted(ours), *theirs]:
        with contextlib.suppress(OSError):
            stat = path.stat()
            lines.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return _hash("\n".join(lines))


def _files(folder: Path) -> Iterator[Path]:
    """Every file a parse may look at: what the lessons name has to exist."""
    for parent, folders, names in os.walk(folder):
        deep = len(Path(parent).relative_to(folder).parts) >= DEEPEST
        folders[:] = [name for name in folders if not (deep or name.startswith((".", "__")))]
        yield from (Path(parent, name) for name in names)


def _keep(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(f".{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(file)
    kept = sorted(file.parent.glob("course-*.msgpack"), key=lambda path: -path.stat().st_mtime)
    for old in kept[KEPT:]:
        old.unlink(missing_ok=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
