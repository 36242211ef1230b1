"""REINFORCE: do more of what went well.

The network gives the chance of each action; the agent draws one, and plays whole episodes. Then each
action that was taken is made likelier or less likely by how much better than usual things went after it:

    gradient = mean of (return - average return) * gradient of log pi(action | state)

No model of the world, no worth of anything: only the log-probability of what one did, weighted by what
came of it. Eight carts play at once, and returns are put to mean 0 and deviation 1 over them.

Source:
    R. J. Williams, "Simple statistical gradient-following algorithms for connectionist
    reinforcement learning", Machine Learning 8:229-256, 1992, https://doi.org/10.1007/BF00992696
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from models import reading
from models.cartpole import LONGEST, Carts, drawing
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        learning_rate: Adam's. Live.
        gamma: The discount of a reward that comes one step later.
        baseline: Whether returns are compared with their mean, and scaled by their deviation.
        carts: Episodes that make one update.
        updates: Optimiser steps.
    """

    learning_rate: float = 0.01
    gamma: float = 0.99
    baseline: bool = True
    carts: int = 8
    updates: int = 80


def network() -> nn.Sequential:
    """(carts, 4) states in, (carts, 2) logits of left and right out."""
    return nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 2))


def returns(alive: Bool[Tensor, "steps carts"], gamma: float) -> Float[Tensor, "steps carts"]:
    """What follows each step: the discounted sum of a reward of 1 for every step that was played."""
    found = torch.zeros(alive.shape, device=alive.device)
    future = found.new_zeros(alive.shape[1])
    for step in reversed(range(len(alive))):
        future = alive[step].float() * (1 + gamma * future)
        found[step] = future
    return found


@torch.no_grad()
def play(
    model: nn.Module, carts: Carts, generator: torch.Generator
) -> tuple[Float[Tensor, "steps carts 4"], Int[Tensor, "steps carts"], Bool[Tensor, "steps carts"]]:
    """One episode with each cart: states, actions, and which carts still played at each step."""
    at = next(model.parameters()).device
    carts.reset(torch.ones(carts.count, dtype=torch.bool))
    playing = torch.ones(carts.count, dtype=torch.bool)
    states, actions, alive = [], [], []
    while playing.any():
        chances = model(carts.state.to(at)).softmax(1)[:, 1].cpu()
        right = (torch.rand(carts.count, generator=generator) < chances).long()
        states.append(carts.state)
        actions.append(right)
        alive.append(playing)
        fell, late = carts.step(right)
        playing = playing & ~fell & ~late
    return torch.stack(states), torch.stack(actions), torch.stack(alive)


def train(config: Config) -> Iterator[Start | Reading]:
    """Play, then one step on what was played; the carts themselves stay on the CPU.

    `train/steps` is the mean length of the update's episodes, 500 at most; `train/steps, last 100`
    that of the last 100 episodes.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    carts, model = Carts(config.carts, generator), network().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(
        total_steps=config.updates,
        samples_per_step=config.carts,
        model=model,
        optimizer=optimizer,
        example=carts.state.to(config.device, copy=True),
    )
    last: deque[float] = deque(maxlen=100)
    for update in range(1, config.updates + 1):
        played = play(model, carts, generator)
        states, actions, alive = (part.to(config.device) for part in played)
        gained = returns(alive, config.gamma)[alive]
        if config.baseline:
            gained = (gained - gained.mean()) / (gained.std() + 1e-6)
        chosen = model(states[alive]).log_softmax(1).gather(1, actions[alive][:, None])[:, 0]
        loss = -(gained * chosen).mean()
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        lengths = alive.sum(0).float()
        last.extend(lengths.tolist())
        now = Reading(
            update,
            {"train/steps": lengths.mean(), "train/steps, last 100": sum(last) / len(last)},
        )
        if update % 5 == 0:
            longest = int(lengths.argmax())
            moment = states[min(int(lengths[longest]), LONGEST) - 1, longest].cpu()
            caption = f"{drawing(moment)}\nthe longest of {config.carts} episodes, at its last step"
            now.pictures["cart"] = Picture("text", [], caption)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=10)
