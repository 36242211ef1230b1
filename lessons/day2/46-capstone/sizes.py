"""Three forecasters of 13, 225 and 18,305 parameters, in the loop of the open problem."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models import reading
from models.contest import Config as Contest
from models.contest import weather
from models.reading import Reading, Start

RIVALS = {"line": "line", "16 units": "small", "128 and 128": "large"}


@dataclass(kw_only=True)
class Config(reading.Config):
    """Which of them trains, how fast, and for how long."""

    network: str = "128 and 128"
    learning_rate: float = 3e-3
    steps: int = 1500

    def check(self) -> None:
        """Raise ValueError unless there is such a network."""
        if self.network not in RIVALS:
            raise ValueError(f"The network is {self.network!r}; there are {', '.join(RIVALS)}.")


def train(config: Config) -> Iterator[Start | Reading]:
    """The readings of the open problem, with the network that was chosen."""
    file = Path(__file__).parent / "rivals" / f"{RIVALS[config.network]}.py"
    yield from weather.train(
        Contest(
            seed=config.seed,
            device=config.device,
            learner=str(file),
            learning_rate=config.learning_rate,
            steps=config.steps,
        )
    )
