"""How the program should look and behave on this terminal."""

from typing import Literal

from msgspec import Struct

from tutor.core.errors import TutorError

Glyphs = Literal["braille", "block", "ascii"]
GLYPHS: tuple[Glyphs, ...] = ("braille", "block", "ascii")


class Options(Struct, frozen=True):
    """What the command line and the environment ask of the screen.

    Attributes:
        glyphs: What curves and pictures are drawn with; with `ascii` every sign of ours is ASCII.
        mouse: Whether mouse events are asked for.
        slow_link: For links of a few kB/s: plots half as often, nothing moves by itself, and
            no words about progress pop up.
        device: Device that runs use unless their exercise says cpu.
        lesson: A lesson to open at once, by id, number or beginning of its id.
    """

    glyphs: Glyphs | None = None
    mouse: bool = True
    slow_link: bool = False
    device: str = "auto"
    lesson: str = ""


def asked_glyphs(name: str) -> Glyphs | None:
    """Glyphs by the name that was asked for, or None where none was.

    Raises:
        TutorError: If there are none of this name.
    """
    if not name:
        return None
    for glyphs in GLYPHS:
        if name == glyphs:
            return glyphs
    raise TutorError(f"There are no `{name}` glyphs.", "Choose braille, block or ascii.")
