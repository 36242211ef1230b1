"""The one error a person is meant to read."""


class TutorError(Exception):
    """Something went wrong that a person can do something about.

    Attributes:
        title: What happened, in one sentence.
        hint: What to do about it, in one sentence; may be empty.
    """

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.title} {self.hint}".strip()
