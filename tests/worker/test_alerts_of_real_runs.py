"""The alerts of real runs of the course: good ones raise none, broken ones what is wrong with them."""

import pytest

from models import mlp, weather, xor
from models.reading import Start
from tutor.core.alerts import Watch
from tutor.core.protocol import Readings, Started
from tutor.worker.events import Batch


class Kept(list):
    write = list.append


def alerts(module, **knobs):
    kept, watch = Kept(), Watch()
    batch = Batch(kept)
    for item in module.train(module.Config(**knobs)):
        if isinstance(item, Start):
            kept.write(Started(item.total_steps, item.samples_per_step))
        else:
            batch.add(item.step, item.scalars)
    batch.flush(1.0)
    assert isinstance(kept[-1], Readings)
    return [alert.kind for event in kept for alert in watch.apply(event)]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("module", "knobs", "expected"),
    [
        (mlp, {"optimiser": "adam", "learning_rate": 0.01}, []),
        (mlp, {"optimiser": "momentum", "learning_rate": 0.03}, []),
        (mlp, {"optimiser": "sgd", "learning_rate": 0.1}, []),
        (mlp, {"optimiser": "sgd", "learning_rate": 3.0}, ["plateau"]),
        (weather, {}, []),
        (weather, {"learning_rate": 0.1}, []),
        (weather, {"learning_rate": 0.3}, ["divergence", "nan"]),
        (weather, {"task": "hot", "learning_rate": 1.0}, []),
        (weather, {"task": "hot", "learning_rate": 0.1, "scale": False}, ["divergence"]),
        (xor, {"hidden": 8}, []),
        (xor, {"hidden": 0}, ["plateau"]),
    ],
)
def test_alerts_are_those_that_a_teacher_would_raise(module, knobs, expected, seed):
    assert alerts(module, seed=seed, **knobs) == expected
