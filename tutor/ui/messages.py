"""Messages that more than one screen sends or hears."""

from dataclasses import dataclass

from textual.message import Message


@dataclass
class ProgressChanged(Message):
    """Something was recorded; screens below redraw what they show of it."""

    block: str = ""
