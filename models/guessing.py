"""Guessing: what a game gives to a player who learns nothing.

Draw the weights of a player at random, let it play, keep it if it did better than the best so far; draw
again. There is no gradient, and nothing that one guess tells the next. It is the baseline that every learner
of a game has to beat, and on some games that is hard. The player is the plainest there is: one weight for
each action and each number seen, and the action with the greatest sum is taken.

Beside it, on the same games and the same scale, DQN may play.

Sources:
    H. Mania, A. Guy and B. Recht, "Simple random search of static linear policies is competitive for
    reinforcement learning", NeurIPS 2018, https://arxiv.org/abs/1803.07055
    The cart and the guessing: OpenAI, "Requests for research: CartPole", 2016
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models import dqn, reading
from models.games import GAMES, Game
from models.reading import Picture, Reading, Start, run_alone

EPISODES, TESTED = 20, 100
"""Episodes that a guess is judged by, and those that judge the best one in the end."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        game: `cartpole`; or `catch`, seen as pixels; or `catch in numbers`.
        player: `guess`, or `network`, which is DQN.
        guesses: How many players are drawn; DQN makes `steps` moves instead.
        replay: Of DQN: whether it learns from moves drawn from memory, or from the last two.
        steps: Of DQN: moves in the game.
        learning_rate: Of DQN.
    """

    game: str = "catch"
    player: str = "guess"
    guesses: int = 1000
    replay: bool = True
    steps: int = 8000
    learning_rate: float = 1e-3

    def check(self) -> None:
        """Raise ValueError unless there is such a game and such a player."""
        if self.game not in GAMES:
            raise ValueError(f"The game is {self.game!r}; it can be {', '.join(GAMES)}.")
        if self.player not in ("guess", "network"):
            raise ValueError(f"The player is {self.player!r}; it can be guess or network.")
        if self.guesses < 1:
            raise ValueError(f"There are {self.guesses} guesses; there must be one at least.")


def share(reward: float | Tensor, game: Game) -> float:
    """A reward between the worst and the best of the game, from 0 to 1."""
    return (float(reward) - game.worst) / (game.best - game.worst)


def judged(player: nn.Module, game: Game, episodes: int, to_beat: float) -> float:
    """The mean share of so many episodes; 0 as soon as the player can no longer beat a score."""
    total = 0.0
    for left in reversed(range(episodes)):
        total += share(dqn.judge(player, game, 1), game)
        if total + left <= to_beat * episodes:
            return 0.0
    return total / episodes


def guess(config: Config) -> Iterator[Start | Reading]:
    """Player after player; a reading each."""
    generator = torch.Generator().manual_seed(config.seed)
    game = GAMES[config.game](generator)
    best = nn.Linear(len(game.reset()), game.actions, bias=False).to(config.device)
    example = game.reset()[None].to(config.device)
    yield Start(total_steps=config.guesses, model=best, example=example)
    player, score = deepcopy(best), -1.0
    for step in range(1, config.guesses + 1):
        with torch.no_grad():
            player.weight.copy_(torch.randn(player.weight.shape, generator=generator))
        found = judged(player, game, EPISODES, score)
        if found > score:
            score = found
            best.load_state_dict(player.state_dict())
        now = Reading(step, {"train/score": score})
        if step % 50 == 0:
            now.pictures["game"] = Picture("text", [], game.drawing())
        if step == config.guesses:
            now.scalars["test/score"] = judged(best, game, TESTED, -1.0)
        yield now


def learn(config: Config) -> Iterator[Start | Reading]:
    """DQN, its rewards on the scale of the guesses."""
    knobs = {name: getattr(config, name) for name in ("seed", "device", "game", "replay", "steps")}
    game = GAMES[config.game](torch.Generator())
    names = {"train/reward, last 20": "train/score", "test/reward": "test/score"}
    for item in dqn.train(dqn.Config(learning_rate=config.learning_rate, **knobs)):
        if isinstance(item, Reading):
            for name in names.keys() & item.scalars.keys():
                item.scalars[names[name]] = share(item.scalars.pop(name), game)
        yield item


def train(config: Config) -> Iterator[Start | Reading]:
    """Guess, or learn.

    `train/score` is the share of what can be won, from 0 to 1: of the best guess so far in the 20
    episodes that chose it, or of DQN in its last 20. `test/score`, at the end, is in new episodes: 100 of
    the best guess, 20 of DQN without random moves.
    """
    config.check()
    yield from guess(config) if config.player == "guess" else learn(config)


if __name__ == "__main__":
    run_alone(train(Config()), every=100)
