"""Setting up the instruments of a lesson, and keeping what was reached with them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tutor.core.bitmap import Drawing
from tutor.core.errors import TutorError
from tutor.core.facts import Operated
from tutor.core.instruments.base import Instrument, grade_lab
from tutor.core.instruments.board_game import BoardGame, Book
from tutor.core.instruments.convolution import Convolution
from tutor.core.instruments.imitation import Imitation
from tutor.core.instruments.merge_desk import CHOICES, MergeDesk
from tutor.core.instruments.threshold_desk import ThresholdDesk
from tutor.core.lesson import Lab, Lesson
from tutor.core.notebooks import Cell, cells
from tutor.core.quiz import Verdict

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor

Fitted = TypeVar("Fitted", Convolution, ThresholdDesk)
OPPONENTS = ("perfect", "random", "network")


class Instruments:
    """The labs of a course, for one learner."""

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor

    def open(self, lab: Lab, *, seed: int | None = None) -> Instrument:
        """An instrument, as it stands before the first key.

        Args:
            lab: Which one, and with what.
            seed: For what it draws; another one for each attempt by default.

        Raises:
            TutorError: If its options do not fit it, or a file of theirs cannot be read.
        """
        record = self._tutor.progress.blocks.get(lab.id)
        drawn = (record.attempts if record else 0) if seed is None else seed
        match lab.instrument:
            case "merge-desk":
                return self._merge_desk(lab)
            case "board-game":
                return self._board_game(lab, drawn)
            case "convolution":
                return _fitted(lab, Convolution)
            case "threshold-desk":
                return _fitted(lab, ThresholdDesk)
            case "imitation":
                return self._imitation(lab, drawn)

    def operated(self, lab: Lab, instrument: Instrument) -> Verdict:
        """What is reached by now; written down as soon as it is more than ever before."""
        figures = instrument.figures
        verdict = grade_lab(lab, figures)
        record = self._tutor.progress.blocks.get(lab.id)
        if verdict.points > ((record.best or 0.0) if record else 0.0):
            self._tutor.record(
                Operated(
                    block=lab.id,
                    points=verdict.points,
                    maximum=verdict.maximum,
                    figures=dict(figures),
                )
            )
        return verdict

    # --- setting up ---------------------------------------------------------------------------------

    def _merge_desk(self, lab: Lab) -> MergeDesk:
        lesson = self._tutor.owner(lab)

        def version(name: str) -> tuple[Cell, ...]:
            return cells(self._text(lesson, lab, name), f"`{lab.options.get(name)}`")

        right = lab.options.get("right", {})
        if not isinstance(right, Mapping) or not set(right.values()) <= set(CHOICES.values()):
            raise _unfit(lab, "`right` says ours, theirs or both for ids of cells")
        return MergeDesk(
            base=version("base"), ours=version("ours"), theirs=version("theirs"), right=dict(right)
        )

    def _text(self, lesson: Lesson, lab: Lab, name: str) -> str:
        file = lab.options.get(name)
        if not isinstance(file, str):
            raise _unfit(lab, f"`{name}` names a notebook in the lesson's folder")
        # Here, since the tutor opens with this module and Home waits for it.
        from tutor.content.files import read_text, resolve

        path, wrong = resolve(Path(self._tutor.course.root), lesson.folder, file)
        if path is None:
            raise _unfit(lab, wrong.rstrip("."))
        text, problems = read_text(path, file)
        if text is None:
            raise _unfit(lab, problems[0].message.rstrip("."))
        return text

    def _board_game(self, lab: Lab, seed: int) -> BoardGame:
        opponents = tuple(lab.options.get("opponents", ("perfect",)))
        if not opponents or not set(opponents) <= set(OPPONENTS):
            raise _unfit(lab, f"`opponents` are some of {', '.join(OPPONENTS)}")
        book: Book = {}
        if "network" in opponents:
            book = self._book(str(lab.options.get("run", "")))
            if not book:
                # Nobody sits there yet: the others play, and the lesson says how to get a network.
                opponents = tuple(each for each in opponents if each != "network") or ("perfect",)
        return BoardGame(opponents=opponents, book=book, seed=seed)

    def _imitation(self, lab: Lab, seed: int) -> Imitation:
        lesson = self._tutor.owner(lab)
        rounds = lab.options.get("rounds", 10)
        persons = self._text(lesson, lab, "persons").splitlines()
        networks, whose = self._written(str(lab.options.get("run", ""))), "yours"
        if not isinstance(rounds, int) or len(networks) < rounds:
            networks = self._text(lesson, lab, "networks").splitlines()
            whose = "one that was trained when the lesson was written"
        try:
            return Imitation.shuffled(persons, networks, rounds=rounds, whose=whose, seed=seed)
        except (TypeError, ValueError) as error:
            raise _unfit(lab, str(error)) from None

    def _written(self, exercise: str) -> list[str]:
        """The lines that the network of the newest run wrote at its end; none where no run did."""
        found = self._newest(exercise, "lines")
        return Drawing.from_json(found[-1]).caption.splitlines() if found else []

    def _book(self, exercise: str) -> Book:
        """How the network of the newest run that left a book plays; empty where none did."""
        found = self._newest(exercise, "book")
        return _book(Drawing.from_json(found[-1]).values()) if found else {}

    def _newest(self, exercise: str, picture: str) -> list[bytes]:
        """The pictures of a name, in order, of the newest run of an exercise that has any."""
        for entry in self._tutor.ledger.entries():
            if entry.exercise == exercise and entry.over:
                live = self._tutor.ledger.record(entry.run)
                read = [live.read_picture(saved) for saved in live.gallery.get(picture, ())]
                if found := [raw for raw in read if raw is not None]:
                    return found
        return []


def _fitted(lab: Lab, kind: type[Fitted]) -> Fitted:
    """An instrument that is all in its options."""
    try:
        return msgspec.convert(lab.options, kind)
    except msgspec.ValidationError as error:
        raise _unfit(lab, str(error).replace(" - at `$", " at `")) from None


def _book(flat: list[float]) -> Book:
    """A picture's numbers, four a position: its code in two parts (by 81), the move, its worth."""
    rows = zip(flat[::4], flat[1::4], flat[2::4], flat[3::4], strict=False)
    return {int(81 * high + low): (int(move), worth) for high, low, move, worth in rows}


def _unfit(lab: Lab, words: str) -> TutorError:
    return TutorError(f"The lab `{lab.id}` cannot be set up: {words}.", "See docs/authoring.md.")
