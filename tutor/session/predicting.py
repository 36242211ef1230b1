"""Bets before a run: commit, then see."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tutor.core import guess
from tutor.core.errors import TutorError
from tutor.core.facts import Predicted
from tutor.core.lesson import Case, Predict, Run, Scalar
from tutor.core.quiz import Verdict
from tutor.core.reference import Band
from tutor.session.bands import case_band, matching_case

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor

Expected = list[tuple[int, float]]
ENOUGH = 0.5
"""The share of the x axis that a drawn curve has to be right on to count as seen coming."""


class Predicting:
    """The predictions of a course, for one learner."""

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor

    def run(self, predict: Predict) -> Run:
        """The run that the prediction is about."""
        found = self._tutor.course.find(predict.run)
        assert found is not None
        assert isinstance(found[1], Run)
        return found[1]

    def case(self, predict: Predict) -> Case:
        """The case that is run once the learner has committed."""
        wanted = predict.case or next(each.case for each in predict.choice if each.correct)
        return next(case for case in self.run(predict).case if case.id == wanted)

    def knobs(self, predict: Predict) -> dict[str, Scalar]:
        """The locked knobs of that run."""
        return dict(self.case(predict).knobs)

    def committed(self, predict: Predict) -> int | None:
        """The choice that was committed to, or None; it cannot be taken back."""
        record = self._tutor.progress.blocks.get(predict.id)
        answer = record.last_answer if record else None
        return answer if isinstance(answer, int) else None

    def commit(self, predict: Predict, choice: int) -> Verdict:
        """Commit to a choice. Only the first counts."""
        earlier = self.committed(predict)
        index = choice if earlier is None else earlier
        chosen = predict.choice[index]
        verdict = Verdict(
            points=predict.points if chosen.correct else 0.0,
            maximum=predict.points,
            passed=chosen.correct,
            why=(chosen.why,),
        )
        if earlier is None:
            self._tutor.record(
                Predicted(
                    block=predict.id,
                    choice=choice,
                    points=verdict.points,
                    maximum=verdict.maximum,
                )
            )
        return verdict

    # --- drawn curves -----------------------------------------------------------------------------

    def axes(self, predict: Predict) -> guess.Axes:
        """The empty axes of a sketch.

        Raises:
            TutorError: If no curves were recorded to judge it by.
        """
        run = self.run(predict)
        log = any(predict.series in plot.series and plot.y == "log" for plot in run.plot)
        bands = [self._band(predict, case.id) for case in run.case]
        found = guess.axes([band for band in bands if band is not None], log=log)
        if found is None:
            raise TutorError(
                "There are no recorded curves to judge a sketch by.",
                "The author records them with `dlwalk-tutor check --record`.",
            )
        return found

    def truth(self, predict: Predict) -> Band | None:
        """The recorded band of the case that is run; not to be shown before a commitment."""
        return self._band(predict, self.case(predict).id)

    def drawn(self, predict: Predict) -> guess.Places:
        """The anchors that were committed to; empty before."""
        record = self._tutor.progress.blocks.get(predict.id)
        return record.sketch if record else ()

    def commit_sketch(self, predict: Predict, places: guess.Places) -> Verdict:
        """Commit to a drawn curve. Only the first counts.

        Raises:
            TutorError: If no curves were recorded to judge it by.
        """
        axes, truth = self.axes(predict), self.truth(predict)
        earlier = self.drawn(predict)
        share = guess.share_inside(earlier or places, truth, axes) if truth else 0.0
        verdict = Verdict(
            points=predict.points * share,
            maximum=predict.points,
            passed=share >= ENOUGH,
            why=(f"{share:.0%} of the way inside the usual range.",),
        )
        if not earlier:
            self._tutor.record(
                Predicted(
                    block=predict.id,
                    choice=-1,
                    points=verdict.points,
                    maximum=verdict.maximum,
                    sketch=places,
                )
            )
        return verdict

    def expected(self, run: Run, series: str, knobs: Mapping[str, Scalar]) -> Expected | None:
        """The curve that the learner drew for a run with these knobs, for its plot."""
        for lesson in self._tutor.course.lessons.values():
            for block in lesson.blocks:
                predict = block.body
                if (
                    isinstance(predict, Predict)
                    and (predict.run, predict.series) == (run.id, series)
                    and self.drawn(predict)
                    and matching_case(run, dict(knobs)) == self.case(predict)
                ):
                    return guess.curve(self.drawn(predict), self.axes(predict))
        return None

    def _band(self, predict: Predict, case: str) -> Band | None:
        return case_band(self._tutor, self.run(predict), case, predict.series)
