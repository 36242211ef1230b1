"""An autoencoder: a network that has to say an image again in a few numbers, and what it cannot say.

    64 pixels -> 64 ReLU -> `bottleneck` numbers -> 64 ReLU -> 64 pixels

It learns to copy, but the copy has to pass a bottleneck, so it keeps what images have in common and
loses the rest. An image unlike all it has seen comes out worse: the reconstruction error is a score
of strangeness, though the network never saw a strange image and nobody told it what strange is. With linear
layers the best it can do is PCA, which is drawn beside it.

Sources:
    G. E. Hinton and R. R. Salakhutdinov, "Reducing the dimensionality of data with neural networks",
    Science 313:504-507, 2006, https://doi.org/10.1126/science.1127647
    N. Japkowicz, C. Myers and M. Gluck, "A novelty detection approach to classification", IJCAI
    1995, https://www.ijcai.org/Proceedings/95-1/Papers/068.pdf
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import splits
from models.projection import directions, principal
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        bottleneck: Numbers that an image is squeezed into.
        normal: Digits it is shown, as in `01234`; the others are the strangers. All ten: none are.
        learning_rate: Adam's. Live.
        epochs: Passes over the training images of the normal digits.
        batch_size: Images a step.
    """

    bottleneck: int = 8
    normal: str = "0123456789"
    learning_rate: float = 2e-3
    epochs: int = 80
    batch_size: int = 32

    def check(self) -> None:
        """Raise ValueError unless some digits are normal and the bottleneck lets something pass."""
        if not self.normal or set(self.normal) - set("0123456789"):
            raise ValueError(f"`normal` is {self.normal!r}; it holds digits, as in 01234.")
        if not 1 <= self.bottleneck <= 64:
            raise ValueError(f"The bottleneck is {self.bottleneck}; it can be 1 to 64.")


class Autoencoder(nn.Module):
    """(images, 64) pixels to (images, bottleneck) codes and back."""

    def __init__(self, bottleneck: int) -> None:
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, bottleneck))
        self.decode = nn.Sequential(nn.Linear(bottleneck, 64), nn.ReLU(), nn.Linear(64, 64))

    def forward(self, pixels: Float[Tensor, "n 64"]) -> Float[Tensor, "n 64"]:
        """Each image, said again."""
        return self.decode(self.encode(pixels))


def strangeness(model: nn.Module, pixels: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
    """The mean squared error of each image's reconstruction."""
    return (model(pixels) - pixels).square().mean(1)


def auroc(scores: Float[Tensor, " n"], strange: Bool[Tensor, " n"]) -> float:
    """The chance that a stranger scores higher than a normal one; half a point for equals.

    The area under the receiver operating characteristic (Hanley and McNeil, 1982): 0.5 is a coin.
    Not a number where one of the two groups is empty.
    """
    difference = scores[strange][:, None] - scores[~strange]
    return float((difference.sign() / 2 + 0.5).mean())


def pca_error(
    train: Float[Tensor, "n d"], test: Float[Tensor, "m d"], count: int
) -> Float[Tensor, ""]:
    """The mean squared error of the best linear bottleneck: PCA fitted on `train`."""
    axes, mean = directions(train, count), train.mean(0)
    return ((test - mean) @ axes.T @ axes + mean - test).square().mean()


def pictures(model: Autoencoder, pixels: Tensor, labels: Tensor) -> dict[str, Picture]:
    """Images over their copies, and the codes seen from their widest side."""
    with torch.no_grad():
        codes = model.encode(pixels)
        copies = model.decode(codes)
    grid = torch.stack([pixels[:8], copies[:8].clamp(0, 1)]).reshape(2, 8, 8, 8)
    flat = torch.column_stack([principal(codes, 2), labels.float()]) if codes.shape[1] > 1 else None
    found = {"copies": Picture("image_grid", grid, "held-out images, and their copies below")}
    if flat is not None:
        caption = "the codes of 300 images; the network was told no digit"
        found["codes"] = Picture("scatter", flat[:300], caption, tuple("0123456789"))
    return found


def train(config: Config) -> Iterator[Start | Reading]:
    """Copy the normal digits; judge copies and strangeness on held-out images.

    `test/mse` is of normal test images, `test/pca mse` the same through PCA; `test/auroc` and, after
    each epoch, `valid/auroc` tell normal from strange, and `test/mean image auroc` does it by the
    distance to the mean image.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (split.to(config.device) for split in splits())
    known = torch.tensor([int(digit) for digit in config.normal], device=config.device)
    pixels = data.images[torch.isin(data.labels, known)].flatten(1)
    strange = ~torch.isin(valid.labels, known)
    held_out = valid.images.flatten(1)
    looked_at = held_out[~strange], valid.labels[~strange]
    model = Autoencoder(config.bottleneck).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    batches = Shuffle(len(pixels), config.batch_size, generator)
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total,
        samples_per_step=config.batch_size,
        steps_per_epoch=batches.per_epoch,
        model=model,
        optimizer=optimizer,
        example=pixels[: config.batch_size],
    )
    yield Reading(0, {}, pictures(model, *looked_at))
    for step in range(1, total + 1):
        set_rate(optimizer, config.learning_rate)
        batch = pixels[batches.draw()]
        loss = functional.mse_loss(model(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/mse": loss.detach()})
        if step % batches.per_epoch == 0:
            with torch.no_grad():
                errors = strangeness(model, held_out)
            now.scalars["valid/mse"] = errors[~strange].mean()
            if strange.any():
                now.scalars["valid/auroc"] = auroc(errors, strange)
        if step % (4 * batches.per_epoch) == 0:
            now.pictures.update(pictures(model, *looked_at))
        if step == total:
            now.scalars.update(judge(model, pixels, test.images.flatten(1), test.labels, known))
        yield now


@torch.no_grad()
def judge(
    model: Autoencoder, pixels: Tensor, tested: Tensor, labels: Tensor, known: Tensor
) -> dict[str, float | Tensor]:
    """The figures at the end, each beside what needs no network."""
    strange = ~torch.isin(labels, known)
    errors = strangeness(model, tested)
    figures: dict[str, float | Tensor] = {
        "test/mse": errors[~strange].mean(),
        "test/pca mse": pca_error(pixels, tested[~strange], model.encode[-1].out_features),
    }
    if strange.any():
        from_mean = (tested - pixels.mean(0)).square().mean(1)
        figures["test/auroc"] = auroc(errors, strange)
        figures["test/mean image auroc"] = auroc(from_mean, strange)
    return figures


if __name__ == "__main__":
    run_alone(train(Config(normal="01234")), every=200)
