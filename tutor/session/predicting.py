"""Bets before a run: commit, then see."""

from typing import TYPE_CHECKING

from tutor.core.lesson import Case, Predict, Run, Scalar
from tutor.core.progress import Predicted
from tutor.core.quiz import Verdict

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor


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
