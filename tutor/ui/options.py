"""How the program should look and behave on this terminal."""

from typing import Literal

from msgspec import Struct

Glyphs = Literal["braille", "block", "ascii"]
GLYPHS: tuple[Glyphs, ...] = ("braille", "block", "ascii")


class Options(Struct, frozen=True):
    """What the command line and the environment ask of the screen.

    Attributes:
        glyphs: What curves and pictures are drawn with.
        mouse: Whether mouse events are asked for.
        slow_link: Half the plot's cadence, for links of a few kB/s.
        device: Device that runs use unless their exercise says cpu.
        lesson: A lesson to open at once, by id, number or beginning of its id.
    """

    glyphs: Glyphs | None = None
    mouse: bool = True
    slow_link: bool = False
    device: str = "auto"
    lesson: str = ""

    @property
    def plot_hertz(self) -> float:
        """Plot updates a second."""
        return 2.0 if self.slow_link else 4.0
