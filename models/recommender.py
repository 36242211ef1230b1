"""Matrix factorisation: what somebody would have said of what they never saw.

    rating of user u for item i = mean + b_u + c_i + p_u . q_i

A few ratings of each user are known, most are not. Every user gets a short vector of tastes and every
item one of how much it has of each; nobody says what the tastes are. The known ratings fit them, and the
same product fills the gaps. With long vectors and nothing to hold them, they learn the known ratings by
heart and the gaps get worse.

People rate what they chose, and they choose what they like. Then a rating that was set aside is no sample
of the ones that are missing, and a score on the first says little of the second. Since the ratings here
are made up, both can be measured.

Sources:
    Y. Koren, R. Bell and C. Volinsky, "Matrix factorization techniques for recommender systems",
    IEEE Computer 42(8):30-37, 2009, https://doi.org/10.1109/MC.2009.263
    B. M. Marlin and R. S. Zemel, "Collaborative prediction and ranking with non-random missing data",
    RecSys 2009, https://doi.org/10.1145/1639714.1639717
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.projection import principal
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

USERS, ITEMS, TASTES, KNOWN = 400, 200, 3, 0.12
"""Of the ratings that are made up: how many tastes they come from, and the share that is known."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        factors: Length of the vectors.
        liking: How much people rate what they like: with each star more, a rating is e to this times
            as likely to be the next that is given. 0 is by lot.
        asked: Share of the known ratings that people did not choose to give; they were asked.
        decay: What a large vector costs. Live.
        learning_rate: Adam's. Live.
        epochs: Passes over the known ratings.
    """

    factors: int = 4
    liking: float = 0.0
    asked: float = 0.0
    decay: float = 0.02
    learning_rate: float = 0.02
    epochs: int = 30


@dataclass(frozen=True)
class Ratings:
    """Who gave what how many stars.

    Attributes:
        users: (n,) indices below `USERS`.
        items: (n,) indices below `ITEMS`.
        stars: (n,) halves from 0.5 to 5.
    """

    users: Int[Tensor, " n"]
    items: Int[Tensor, " n"]
    stars: Float[Tensor, " n"]

    def __getitem__(self, rows: Int[Tensor, " m"] | slice) -> "Ratings":
        return Ratings(self.users[rows], self.items[rows], self.stars[rows])

    def to(self, device: str) -> "Ratings":
        """The same ratings on another device."""
        return Ratings(*(each.to(device) for each in (self.users, self.items, self.stars)))


def choose(
    stars: Float[Tensor, "users items"], liking: float, asked: float, generator: torch.Generator
) -> Bool[Tensor, "users items"]:
    """Which ratings are known: always as many, `KNOWN` of them, whoever chose.

    Ratings race, each at a rate by its stars, and those that are in first are known.
    """
    count, rate = round(KNOWN * stars.numel()), (liking * (stars - 5)).exp()
    chosen = count - round(asked * count)
    race = torch.empty_like(stars).exponential_(generator=generator)
    first = (race / rate).flatten().argsort()
    lot = torch.rand(len(first) - chosen, generator=generator).argsort()[: count - chosen]
    known = torch.zeros(len(first), dtype=torch.bool)
    known[first[:chosen]] = known[first[chosen:][lot]] = True
    return known.reshape(stars.shape)


class World(NamedTuple):
    """All that people would say, cut by who may see it.

    Four fifths of the known ratings are trained on, a tenth each held out to choose by and to test on;
    `missing` are those that nobody gave, one half each.
    """

    known: Ratings
    held_out: tuple[Ratings, Ratings]
    missing: tuple[Ratings, Ratings]

    def to(self, device: str) -> "World":
        """The same world on another device."""
        one, other = self.held_out
        left, right = self.missing
        return World(
            self.known.to(device),
            (one.to(device), other.to(device)),
            (left.to(device), right.to(device)),
        )


def invent(seed: int, liking: float = 0.0, asked: float = 0.0) -> World:
    """Ratings of people with three tastes, some mildness and moods."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    liked = 0.55 * normal(USERS, TASTES) @ normal(TASTES, ITEMS)
    stars = 3.5 + 0.35 * normal(USERS, 1) + 0.35 * normal(1, ITEMS) + liked
    stars = ((stars + 0.3 * normal(USERS, ITEMS)) * 2).round().div(2).clamp(0.5, 5)
    known = choose(stars, liking, asked, generator)

    def shuffled(pairs: Tensor) -> Ratings:
        users, items = torch.where(pairs)
        order = torch.randperm(len(users), generator=generator)
        return Ratings(users, items, stars[users, items])[order]

    given, missing = shuffled(known), shuffled(~known)
    nine, eight = len(given.users) * 9 // 10, len(given.users) * 8 // 10
    half = len(missing.users) // 2
    return World(given[:eight], (given[eight:nine], given[nine:]), (missing[:half], missing[half:]))


class Factors(nn.Module):
    """Vectors and biases of users and items, about the mean rating."""

    def __init__(self, factors: int, mean: float) -> None:
        super().__init__()
        self.mean = mean
        self.users, self.items = nn.Embedding(USERS, factors), nn.Embedding(ITEMS, factors)
        self.mildness, self.quality = nn.Embedding(USERS, 1), nn.Embedding(ITEMS, 1)
        for vectors in (self.users, self.items):
            nn.init.normal_(vectors.weight, std=0.1)
        for biases in (self.mildness, self.quality):
            nn.init.zeros_(biases.weight)

    def forward(self, users: Int[Tensor, " n"], items: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
        """The stars that each user would give the item beside."""
        biases = self.mildness(users)[:, 0] + self.quality(items)[:, 0]
        return self.mean + biases + (self.users(users) * self.items(items)).sum(1)

    def size(self, ratings: Ratings) -> Float[Tensor, ""]:
        """The mean squared length of the vectors that these ratings use."""
        both = self.users(ratings.users).square() + self.items(ratings.items).square()
        return both.sum(1).mean()


def rmse(given: Float[Tensor, " n"], said: Float[Tensor, "..."]) -> Float[Tensor, ""]:
    """The root of the mean squared error, in stars."""
    return (given - said).square().mean().sqrt()


@torch.no_grad()
def error(model: Factors, asked: Ratings) -> Float[Tensor, ""]:
    """How far the model is off, in stars."""
    return rmse(asked.stars, model(asked.users, asked.items))


def biases_alone(known: Ratings, asked: Ratings, damping: float = 5.0) -> Float[Tensor, " n"]:
    """Mean, mildness and quality without any taste, by turns; few ratings are believed little."""
    device = known.stars.device
    mean = known.stars.mean()
    mildness, quality = torch.zeros(USERS, device=device), torch.zeros(ITEMS, device=device)

    def fitted(groups: Tensor, rest: Tensor, count: int) -> Tensor:
        sums = torch.zeros(count, device=device).index_add_(0, groups, rest)
        return sums / (torch.bincount(groups, minlength=count) + damping)

    for _ in range(10):
        mildness = fitted(known.users, known.stars - mean - quality[known.items], USERS)
        quality = fitted(known.items, known.stars - mean - mildness[known.users], ITEMS)
    return mean + mildness[asked.users] + quality[asked.items]


@torch.no_grad()
def pictures(model: Factors, valid: Ratings) -> dict[str, Picture]:
    """The items by their vectors, and what one user is told."""
    good = (model.quality.weight[:, 0] > 0).float()
    found = {}
    if model.items.embedding_dim > 1:
        flat = torch.column_stack([principal(model.items.weight, 2), good])
        caption = "the 200 items by their vectors"
        found["items"] = Picture("scatter", flat, caption, ("below the mean", "above"))
    user = int(valid.users[0])
    every = torch.arange(ITEMS, device=valid.users.device)
    stars = model(torch.full_like(every, user), every).clamp(0.5, 5)
    top = stars.argsort(descending=True)[:5].tolist()
    lines = [f"item {item:3}  {float(stars[item]):.1f} stars" for item in top]
    found["advice"] = Picture("text", [], "\n".join([f"For user {user}:", *lines]))
    return found


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch over the known ratings, 128 a step.

    All figures are root mean squared errors in stars: `rmse` of known ratings that were set aside,
    `missing` of those that nobody gave. `test/biases` and `test/mean` are what one gets on the former
    without vectors, and by always saying the mean.
    """
    torch.manual_seed(config.seed)
    world = invent(config.seed, config.liking, config.asked).to(config.device)
    known, (valid, test), (missing, unseen) = world
    model = Factors(config.factors, float(known.stars.mean())).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    batches = Shuffle(len(known.users), 128, torch.Generator().manual_seed(config.seed))
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total, samples_per_step=128, steps_per_epoch=batches.per_epoch,
        model=model, optimizer=optimizer,
    )  # fmt: skip
    for step in range(1, total + 1):
        batch = known[batches.draw()]
        said = model(batch.users, batch.items)
        loss = functional.mse_loss(said, batch.stars) + config.decay * model.size(batch)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/rmse": rmse(batch.stars, said.detach())})
        if step % batches.per_epoch == 0:
            now.scalars["valid/rmse"] = error(model, valid)
            now.scalars["valid/missing"] = error(model, missing)
            now.pictures.update(pictures(model, valid))
        if step == total:
            now.scalars["test/rmse"] = error(model, test)
            now.scalars["test/missing"] = error(model, unseen)
            now.scalars["test/biases"] = rmse(test.stars, biases_alone(known, test))
            now.scalars["test/mean"] = rmse(test.stars, known.stars.mean())
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=300)
