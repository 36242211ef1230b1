"""What a run's record tells of its network, without following the run to its end."""

from tutor.core.errors import TutorError
from tutor.core.network import Anatomy
from tutor.core.protocol import Started
from tutor.runner.record import Reader
from tutor.session.tutor import Tutor


def network(tutor: Tutor, run: str) -> Anatomy:
    """The network of a run, layer by layer.

    Raises:
        TutorError: If there is no such run, or its record tells of no network.
    """
    folder = tutor.training.attach(run).folder
    found, started = None, None
    for event in Reader(folder).read():
        if isinstance(event, Anatomy):
            found = event
        elif isinstance(event, Started):
            started = event
    if found is not None:
        return found
    if started is not None and started.parameters is None:
        raise TutorError(
            f"The exercise of run `{run}` shows no network.", "Its `Start` names no model."
        )
    raise TutorError(
        f"The record of run `{run}` tells nothing of its network.",
        "It is taken apart after a run's first step; `dlwalk-tutor again` trains a run once more.",
    )
