"""A judge of drawn digits: do they look like digits, of all ten kinds, as varied as real ones?

A generator has no accuracy: nobody can say which image it should have drawn. So a small network is
trained to read real digits, and reads the drawn ones. Being sure of them is not enough: a generator
that draws one perfect 7 over and over makes the judge very sure. So it also counts the classes, and
compares the whole crowd of drawn images with the whole crowd of real ones:

    confidence   mean probability of what each image is taken for                      1 is best
    coverage     classes with more than 2 % of the images                             10 is best
    score        exp of what an image tells of its class (the inception score), 1 to  10 is best
    distance     between the two crowds as Gaussians of features (the FID)             0 is best

Score and distance are the published formulas on the features of *this* judge instead of Inception's
on photographs: they compare runs of this course with one another and with nothing published.

Sources:
    T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen, "Improved techniques for
    training GANs", NIPS 2016, https://arxiv.org/abs/1606.03498 (the inception score)
    M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter, "GANs trained by a two
    time-scale update rule converge to a local Nash equilibrium", NIPS 2017,
    https://arxiv.org/abs/1706.08500 (the Fréchet inception distance)
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data.digits import splits
from models.mlp import accuracy, pictures
from models.reading import Reading, Start, run_alone

SEED = 123
"""Every process trains the same judge, so that its verdicts can be compared."""

SHARE = 0.02
"""A class is covered if more than this share of the images is taken for it."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        learning_rate: Of Adam; the greatest of its one cycle.
        batch_size: Images in a step.
        epochs: Passes over the 1,097 training images.
    """

    seed: int = SEED
    learning_rate: float = 0.006
    batch_size: int = 32
    epochs: int = 15


def network() -> nn.Sequential:
    """The reader: (images, 8, 8) in, (images, 10) logits out; 32 features before its last layer."""
    return nn.Sequential(
        *(nn.Unflatten(1, (1, 8)), nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 10)),
    )


def train(config: Config) -> Iterator[Start | Reading]:
    """Teach the judge to read: epoch after epoch in a new random order."""
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (split.to(config.device) for split in splits())
    model = network().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    count = len(data.labels)
    per_epoch = -(-count // config.batch_size)
    total, step = config.epochs * per_epoch, 0
    yield Start(
        total_steps=total,
        samples_per_step=config.batch_size,
        steps_per_epoch=per_epoch,
        model=model,
        optimizer=optimizer,
        example=data.images[: config.batch_size],
    )
    for _ in range(config.epochs):
        for batch in fast.batches(count, config.batch_size, generator, config.device):
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * fast.one_cycle((step + 0.5) / total)
            step += 1
            loss = functional.cross_entropy(model(data.images[batch]), data.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach()})
            if step % per_epoch == 0:
                with torch.no_grad():
                    answers = model(valid.images).argmax(1)
                now.scalars["valid/accuracy"] = accuracy(answers, valid.labels)
                now.pictures.update(pictures(model, valid))
            if step == total:
                with torch.no_grad():
                    answers = model(test.images).argmax(1)
                now.scalars["test/accuracy"] = accuracy(answers, test.labels)
            yield now


# --- the verdict ------------------------------------------------------------------------------


def inception_score(probabilities: Float[Tensor, "images classes"]) -> Tensor:
    """How much an image tells of its class: exp of a mean KL divergence, 1 to `classes`.

    The divergence is of each image's probabilities from their mean over all images: it is high
    where every image is one thing and all images together are everything.
    """
    mean = probabilities.mean(0)
    divergence = torch.xlogy(probabilities, probabilities) - torch.xlogy(probabilities, mean)
    return divergence.sum(1).mean().exp()


def _root(matrix: Float[Tensor, "n n"]) -> Float[Tensor, "n n"]:
    """The square root of a covariance."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp_min(0).sqrt() @ vectors.T


def frechet_distance(
    drawn: Float[Tensor, "n features"], real: Float[Tensor, "m features"]
) -> Tensor:
    """|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½) of two crowds' means and covariances, at least 0.

    It is a squared distance, in squared units of the features.
    """
    a, b = drawn.double(), real.double()
    first, second = a.T.cov(), b.T.cov()
    # The trace of (C1 C2)^½ is the sum of the singular values of C1^½ C2^½. The root itself, of a
    # product that is not symmetric, may come out complex.
    shared = torch.linalg.matrix_norm(_root(first) @ _root(second), "nuc")
    apart = (a.mean(0) - b.mean(0)).square().sum() + first.trace() + second.trace() - 2 * shared
    return apart.clamp_min(0).float()


@dataclass(frozen=True)
class Verdict:
    """What the judge says of a crowd of images.

    Attributes:
        confidence: Mean probability of the class that each image is taken for.
        coverage: How many of the ten classes have more than 2 % of the images.
        score: The inception score, 1 to 10.
        distance: The Fréchet distance from the test images, 0 and more.
        agreement: The share taken for what was asked for; None where nothing was.
        shares: The share of images taken for each class.
    """

    confidence: float
    coverage: int
    score: float
    distance: float
    agreement: float | None
    shares: tuple[float, ...]

    def scalars(self) -> dict[str, float | Tensor]:
        """The verdict as series of a reading."""
        found: dict[str, float | Tensor] = {
            "judge/confidence": self.confidence,
            "judge/coverage": float(self.coverage),
            "judge/score": self.score,
            "judge/distance": self.distance,
        }
        return found if self.agreement is None else found | {"judge/agreement": self.agreement}


class Judge:
    """A trained reader and what it thinks of the real test images.

    Args:
        model: What `network` returns, trained.
        real: The images that drawn ones are compared with.
    """

    def __init__(self, model: nn.Sequential, real: Float[Tensor, "n 8 8"]) -> None:
        self.body, self.head = model[:-1].eval().requires_grad_(False), model[-1]
        self.head.requires_grad_(False)
        self.real = self.features(real)

    def features(self, images: Float[Tensor, "n 8 8"]) -> Float[Tensor, "n 32"]:
        """What the judge sees in each image, before it decides.

        A pixel that is no number, as a diverged generator draws it, is taken for paper.
        """
        return self.body(images.nan_to_num(0, 1, 0).clamp(0, 1))

    def probabilities(self, images: Float[Tensor, "n 8 8"]) -> Float[Tensor, "n 10"]:
        """The probability of each digit, for each image; gradients reach the images."""
        return self.head(self.features(images)).softmax(1)

    @torch.no_grad()
    def verdict(
        self, images: Float[Tensor, "n 8 8"], asked: Int[Tensor, " n"] | None = None
    ) -> Verdict:
        """Judge a crowd: a few hundred images or more, for few are far from any crowd.

        Args:
            images: Pixels from 0 (paper) to 1 (ink); what is beyond is cut.
            asked: The digits that they were to be, where the generator was asked for any.
        """
        features = self.features(images)
        probabilities = self.head(features).softmax(1)
        sure, taken = probabilities.max(1)
        shares = taken.bincount(minlength=10) / len(taken)
        return Verdict(
            confidence=float(sure.mean()),
            coverage=int((shares > SHARE).sum()),
            score=float(inception_score(probabilities)),
            distance=float(frechet_distance(features, self.real)),
            agreement=None if asked is None else float((taken == asked).float().mean()),
            shares=tuple(shares.tolist()),
        )


@functools.cache
def judge(device: str = "cpu") -> Judge:
    """The judge, trained on first use in this process: seconds.

    Whatever is random in the caller's run goes on as if nothing had been drawn here.
    """
    # On the CPU, whatever it will judge on: it is to be the same judge everywhere.
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        running = train(Config())
        model = next(item.model for item in running if isinstance(item, Start))
        for _ in running:
            pass
    if not isinstance(model, nn.Sequential):
        raise TypeError("The judge's training did not tell its network.")
    return Judge(model.to(device), splits()[2].images.to(device))


if __name__ == "__main__":
    run_alone(train(Config()))
    print("real images:", judge().verdict(splits()[0].images))
    print("noise:      ", judge().verdict(torch.rand(1000, 8, 8)))
