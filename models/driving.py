"""Behaviour cloning, and why a good copy of a good driver ends in the ditch.

A car sees the road ahead as 12x16 cells and has to say how to steer. An expert who knows where the
middle of the road is drives a track; a network learns to answer as she did. Its error on her pictures is
tiny. But she never left the middle: when the copy drifts a little, it sees what she never saw, errs a
little more, and so on until it is off the road. Two ways out: let her arm be jogged, so that the
pictures show how one gets back; or DAgger, where the copy drives, and she says what she would have done.

Sources:
    D. A. Pomerleau, "ALVINN: an autonomous land vehicle in a neural network", NIPS 1, 1988,
    https://proceedings.neurips.cc/paper/1988/hash/812b4ba287f5ee0bc9d43bbf5bbe87fb-Abstract.html
    S. Ross, G. Gordon and D. Bagnell, "A reduction of imitation learning and structured prediction
    to no-regret online learning", AISTATS 2011, https://arxiv.org/abs/1011.0686
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate
from models.road import VIEW, Car, track

ROUND, LAP, LOOK = 250, 300, 3
"""Pictures of a track in the data; steps on an unknown track that count as having driven it; epochs
between two looks at how the copy drives."""
TRAINED_ON, TESTED_ON = (100, 101, 102, 103), (1, 2, 3)
"""Seeds of the tracks."""

Policy = Callable[[Float[Tensor, "12 16"]], float]
"""What is seen to how to steer, -1 for hard right to 1 for hard left."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        data: `clean`, as the expert drives; or `jogged`, her arm knocked about while she does.
        rounds: Rounds of DAgger after the first training; 0 is cloning alone.
        tracks: How many tracks the expert drives, 1 to 4.
        learning_rate: Adam's. Live.
        epochs: Passes over the pictures in each round.
    """

    data: str = "clean"
    rounds: int = 0
    tracks: int = 1
    learning_rate: float = 2e-3
    epochs: int = 15

    def check(self) -> None:
        """Raise ValueError unless there is such data."""
        if self.data not in ("clean", "jogged"):
            raise ValueError(f"The data are {self.data!r}; they can be clean or jogged.")
        if not 1 <= self.tracks <= len(TRAINED_ON):
            raise ValueError(f"The tracks are {self.tracks}; there are 1 to {len(TRAINED_ON)}.")


def collect(
    middle: Tensor, policy: Policy | None, jog: float, generator: torch.Generator
) -> tuple[Float[Tensor, "n 12 16"], Float[Tensor, " n"]]:
    """What was seen on a track and what the expert would have done, whoever drove.

    Args:
        middle: The track.
        policy: Who drives; the expert where it is None.
        jog: Standard deviation of what is added to the steering, though not to what is learned.
        generator: What decides that, and where it begins again after it left the road.
    """
    car = Car(middle)
    seen, wanted = [], []
    for _ in range(ROUND):
        seen.append(car.view())
        wanted.append(car.expert())
        steer = wanted[-1] if policy is None else policy(seen[-1])
        chance = torch.randn(3, generator=generator).tolist()
        if not car.step(steer + jog * chance[0]):
            car.reset(0.5 * chance[1], 0.1 * chance[2])
    return torch.stack(seen), torch.tensor(wanted)


def network() -> nn.Sequential:
    """(n, 1, 12, 16) views in, (n, 1) steering out."""
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU()),
        *(nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(16 * 3 * 4, 32), nn.ReLU(), nn.Linear(32, 1)),
    )


def policy_of(model: nn.Module) -> Policy:
    """The network as a driver."""
    device = next(model.parameters()).device

    @torch.no_grad()
    def policy(view: Tensor) -> float:
        return float(model(view[None, None].to(device)))

    return policy


class Drive(NamedTuple):
    """What came of a drive.

    Attributes:
        steps: How many were on the road, at most `LAP`.
        way: (steps, 2), where the car was.
        off: Mean square of what the expert would have done otherwise along that way.
    """

    steps: int
    way: Float[Tensor, "n 2"]
    off: float


def drive(middle: Tensor, policy: Policy) -> Drive:
    """Drive a track from its start until the car leaves it."""
    car, way, off = Car(middle), [], []
    for _ in range(LAP):
        way.append(car.position)
        steer = policy(car.view())
        off.append((steer - car.expert()) ** 2)
        if not car.step(steer):
            break
    return Drive(len(way), torch.stack(way), sum(off) / len(off))


def overhead(middle: Tensor, driven: Drive) -> Picture:
    """A track and the way that was driven on it, from above."""
    caption = f"an unknown track from above: {driven.steps} of {LAP} steps on the road"
    road = torch.column_stack([middle[::2], torch.zeros(len(middle[::2]))])
    way = torch.column_stack([driven.way, torch.ones(len(driven.way))])
    return Picture("scatter", torch.cat([road, way]), caption, ("middle of the road", "driven"))


class Examiner:
    """Unknown tracks, how the expert drives them, and how a copy does."""

    def __init__(self) -> None:
        generator = torch.Generator()  # Of its own: being looked at changes nothing.
        self.tracks = [track(seed) for seed in TESTED_ON]
        self._hers = [collect(middle, None, 0.0, generator) for middle in self.tracks]

    @torch.no_grad()
    def beside_her(self, model: nn.Module, place: int) -> float:
        """The copy's squared error on what the expert saw of a track, while she drove it."""
        seen, wanted = self._hers[place]
        device = next(model.parameters()).device
        found = model(seen[:, None].to(device))[:, 0]
        return float(functional.mse_loss(found, wanted.to(device)))

    def look(self, model: nn.Module) -> tuple[dict[str, float], Picture]:
        """Both errors and the steps on the first track; and that drive from above."""
        driven = drive(self.tracks[0], policy_of(model))
        found = {
            "valid/steps": float(driven.steps),
            "valid/mse, her way": self.beside_her(model, 0),
            "valid/mse, own way": driven.off,
        }
        return found, overhead(self.tracks[0], driven)

    def judge(self, model: nn.Module) -> dict[str, float]:
        """The same of all tracks, in the mean, and how many it stayed on."""
        drives = [drive(middle, policy_of(model)) for middle in self.tracks]
        hers = [self.beside_her(model, place) for place in range(len(self.tracks))]
        return {
            "test/steps": sum(each.steps for each in drives) / len(drives),
            "test/tracks": float(sum(each.steps == LAP for each in drives)),
            "test/mse, her way": sum(hers) / len(hers),
            "test/mse, own way": sum(each.off for each in drives) / len(drives),
        }


def train(config: Config) -> Iterator[Start | Reading]:
    """Learn from the expert's pictures; then, in each round of DAgger, from the copy's own way.

    `train/mse` is the error in steering on the pictures. Every third epoch the copy is tried on the
    first unknown track: `valid/steps` says how long it stays on it, at most 300; `valid/mse, her way`
    its error on what the expert sees there while she drives, and `valid/mse, own way` on what it sees
    itself. At the end the `test/` series say the same as means over three tracks, and `test/tracks`
    how many it stayed on.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    jog = 0.5 if config.data == "jogged" else 0.0
    parts = [collect(track(seed), None, jog, generator) for seed in TRAINED_ON[: config.tracks]]
    examiner = Examiner()
    sizes = [ROUND * (config.tracks + done) for done in range(config.rounds + 1)]
    total = sum(config.epochs * math.ceil(size / 64) for size in sizes)
    model = network().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(
        total_steps=total, samples_per_step=64, model=model, optimizer=optimizer,
        example=parts[0][0][:64, None].to(config.device),
    )  # fmt: skip
    step = 0
    for done in range(config.rounds + 1):
        if done:
            # The old data stay: what was learned in one round is not unlearned in the next.
            middle = track(TRAINED_ON[(done - 1) % config.tracks])
            parts.append(collect(middle, policy_of(model), 0.0, generator))
        views = torch.cat([seen for seen, _ in parts])[:, None].to(config.device)
        wanted = torch.cat([steer for _, steer in parts]).to(config.device)
        batches = Shuffle(len(wanted), 64, generator)
        steps = config.epochs * batches.per_epoch
        for i in range(steps):
            batch = batches.draw()
            loss = functional.mse_loss(model(views[batch])[:, 0], wanted[batch])
            set_rate(optimizer, config.learning_rate)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            now = Reading(step, {"train/mse": loss.detach()})
            if i == steps - 1 or (i + 1) % (LOOK * batches.per_epoch) == 0:
                found, now.pictures["track"] = examiner.look(model)
                now.scalars.update(found)
                eight = views[-8:].reshape(1, 8, *VIEW)
                now.pictures["view"] = Picture("image_grid", eight, "what the driver sees")
            if step == total:
                now.scalars.update(examiner.judge(model))
            yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=60)
