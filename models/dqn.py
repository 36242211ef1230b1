"""DQN: Q-learning with a network in place of the table.

A table has a cell for each state; a cart has infinitely many. So a network gives the worth of both
actions, and is pulled towards the same target as the table: reward plus the discounted worth of
the best that can follow. Two things keep that from falling apart, since the network chases figures that
it makes itself: `replay` trains on moves drawn at random from a long memory, not on the last ones that all
look alike; and the target is made by an older copy of the network, which stands still for a while.

Sources:
    V. Mnih et al., "Human-level control through deep reinforcement learning", Nature 518:529-533,
    2015, https://doi.org/10.1038/nature14236
    Catch is after V. Mnih, N. Heess, A. Graves and K. Kavukcuoglu, "Recurrent models of visual
    attention", 2014, https://arxiv.org/abs/1406.6247
"""

from collections import deque
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.games import GAMES, Game
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

MEMORY, BATCH, WARM_UP = 20_000, 64, 500


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        game: `cartpole`, played from four numbers, or `catch`, played from pixels.
        replay: Whether it learns from moves drawn from memory, or from the last two.
        target: Whether targets come from an older copy of the network, or from itself.
        learning_rate: Adam's at the start; it falls to a tenth. Live.
        gamma: The discount of a reward that comes one step later.
        steps: Moves in the game; every second one is followed by an optimiser step.
    """

    game: str = "cartpole"
    replay: bool = True
    target: bool = True
    learning_rate: float = 1e-3
    gamma: float = 0.99
    steps: int = 20_000

    def check(self) -> None:
        """Raise ValueError unless there is such a game."""
        if self.game not in GAMES:
            raise ValueError(f"The game is {self.game!r}; it can be {', '.join(GAMES)}.")


def network(seen: int, actions: int) -> nn.Sequential:
    """(n, seen) observations in, (n, actions) worths out."""
    return nn.Sequential(
        *(nn.Linear(seen, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, actions))
    )


class Memory:
    """The last 20,000 moves: what was seen, done, gained, seen next, and whether it was the end."""

    def __init__(self, seen: int) -> None:
        self.seen = seen
        self.rows = torch.zeros(MEMORY, 2 * seen + 3)
        self.count = 0

    def add(self, seen: Tensor, action: int, reward: float, after: Tensor, over: bool) -> None:
        """Remember a move, over the oldest where there is no room."""
        row = torch.cat([seen, torch.tensor([float(action), reward, float(over)]), after])
        self.rows[self.count % MEMORY] = row
        self.count += 1

    def draw(self, generator: torch.Generator | None) -> Float[Tensor, "batch columns"]:
        """64 moves at random; the last two where there is no generator."""
        if generator is None:
            newest = torch.tensor([self.count - 2, self.count - 1]) % MEMORY
            return self.rows[newest]
        filled = min(self.count, MEMORY)
        return self.rows[torch.randint(filled, (BATCH,), generator=generator)]


def error(
    model: nn.Module, older: nn.Module, moves: Float[Tensor, "batch columns"], gamma: float
) -> Float[Tensor, ""]:
    """The Huber loss between the worth of what was done and its target."""
    wide = (moves.shape[1] - 3) // 2
    seen, action, reward, over, after = moves.split([wide, 1, 1, 1, wide], 1)
    with torch.no_grad():
        best = older(after).max(1, keepdim=True).values
        wanted = reward + gamma * best * (1 - over)
    return functional.smooth_l1_loss(model(seen).gather(1, action.long()), wanted)


@torch.no_grad()
def act(model: nn.Module, seen: Tensor, explore: float, generator: torch.Generator) -> int:
    """The best action, or with that chance any."""
    worths = model(seen.to(next(model.parameters()).device))
    chance, place = torch.rand(2, generator=generator).tolist()
    return int(place * len(worths)) if chance < explore else int(worths.argmax())


@torch.no_grad()
def judge(model: nn.Module, game: Game, episodes: int = 20) -> float:
    """The mean reward of so many episodes without a random move."""
    at, total = next(model.parameters()).device, 0.0
    for _ in range(episodes):
        seen, over = game.reset(), False
        while not over:
            seen, reward, _, over = game.step(int(model(seen.to(at)).argmax()))
            total += reward
    return total / episodes


def train(config: Config) -> Iterator[Start | Reading]:
    """Move after move; a reading each 50.

    Random moves fall from all to one in fifty over the first 4,000. `train/reward, last 20` is the
    mean of the last 20 episodes; `test/reward`, at the end, of 20 without random moves.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    game = GAMES[config.game](generator)
    seen = game.reset()
    model = network(len(seen), game.actions).to(config.device)
    older, memory = deepcopy(model), Memory(len(seen))
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(
        total_steps=config.steps, samples_per_step=BATCH, model=model, optimizer=optimizer,
        example=seen[None].to(config.device),
    )  # fmt: skip
    last: deque[float] = deque(maxlen=20)
    gained, losses = 0.0, torch.zeros(())
    for step in range(1, config.steps + 1):
        action = act(model, seen, max(0.02, 1 - step / 4000), generator)
        after, reward, fell, over = game.step(action)
        memory.add(seen, action, reward, after, fell)
        gained, seen = gained + reward, after
        if over:
            last.append(gained)
            gained, seen = 0.0, game.reset()
        if step > WARM_UP and step % 2 == 0:
            # Smaller steps towards the end: what it can do by then is not thrown away again.
            set_rate(optimizer, config.learning_rate * max(0.1, 1 - step / config.steps))
            moves = memory.draw(generator if config.replay else None).to(config.device)
            loss = error(model, older if config.target else model, moves, config.gamma)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses = loss.detach()
        if step % 400 == 0:
            older.load_state_dict(model.state_dict())
        if step % 50 == 0 or step == config.steps:
            now = Reading(step, {"train/loss": losses})
            if last:
                now.scalars["train/reward, last 20"] = sum(last) / len(last)
            if step % 500 == 0:
                now.pictures["game"] = Picture("text", [], game.drawing())
            if step == config.steps:
                now.scalars["test/reward"] = judge(model, game)
            yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=2000)
