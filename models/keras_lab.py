"""The lab's network in Keras itself, on PyTorch, trained beside its translation from equal weights.

Both see the same pictures in the same order, and Adam with the same rate moves both. Keras has its own
layers, its own loss and its own optimiser; ours are PyTorch's. What is equal stays equal but for rounding,
and where the two part, something was not the same.

    answers    `softmax`: the lab's last layer, and Keras' loss of probabilities, which here cuts
               them off at 0.0000001; beside it PyTorch's loss, with the softmax it has inside.
               `logits`: `from_logits=True`, and the same in PyTorch.

Keras is an extra: `pip install "dlwalk-tutor[keras]"`.

Sources:
    F. Chollet and others, Keras, 2015, https://keras.io
    The notebook: https://github.com/stardust-r/walk-with-deep-learning, nbs/01_Keras_CNN.ipynb, 2021
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import fast, translated
from models.data.objects import SIDE, TRAIN, Split, splits
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.translated import dense_from_keras, kernel_from_keras


@dataclass(kw_only=True)
class Config(translated.Config):
    """The knobs, those of the translation; `epochs` are fewer, since Keras takes its time."""

    epochs: int = 4


def engine() -> Any:
    """Keras on PyTorch. Its settings file goes where it is in nobody's way.

    Raises:
        ModuleNotFoundError: It is not installed.
        ValueError: It was set up for another engine.
    """
    os.environ.setdefault("KERAS_BACKEND", "torch")
    os.environ.setdefault("KERAS_HOME", tempfile.mkdtemp(prefix="keras-"))
    import keras

    if keras.backend.backend() != "torch":
        raise ValueError(f"Keras runs on {keras.backend.backend()} here, not on PyTorch.")
    return keras


def network(keras: Any, config: Config) -> Any:
    """The lab's layers, or those with pooling, as Keras says them: (n, side, side, 3) in."""
    layers = keras.layers
    body = [layers.Conv2D(64, 3, activation="relu"), layers.Conv2D(32, 3, activation="relu")]
    if config.network == "pooled":
        body = [
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
        ]
    last = layers.Dense(10, activation="softmax" if config.answers == "softmax" else None)
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), *body, layers.Flatten(), last])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=config.answers == "logits")
    model.compile(keras.optimizers.Adam(config.learning_rate), loss, metrics=["accuracy"])
    return model


@torch.no_grad()
def carry(theirs: Any, ours: nn.Sequential) -> None:
    """Give our network the weights of Keras'."""
    given = [each.value.detach() for each in theirs.weights]
    mine = [each for each in ours if isinstance(each, nn.Conv2d | nn.Linear)]
    for layer, kernel, bias in zip(mine, given[::2], given[1::2], strict=True):
        turned = kernel_from_keras(kernel) if kernel.ndim == 4 else dense_from_keras(kernel, 32)
        layer.weight.copy_(turned)
        layer.bias.copy_(bias)


def last_first(images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n h w c"]:
    """The pictures as Keras wants them."""
    return images.permute(0, 2, 3, 1).contiguous()


def summary(theirs: Any, ours: nn.Module) -> Picture:
    """Keras' own table of its layers, and our count."""
    lines: list[str] = []
    theirs.summary(print_fn=lambda text, **_: lines.extend(text.splitlines()), line_length=62)
    counted = sum(each.numel() for each in ours.parameters())
    return Picture(
        "text", [], "\n".join([*lines, f"PyTorch's translation: {counted:,} parameters"])
    )


class Pair:
    """Keras' network and ours, from the same weights, each with its own loss and its own Adam.

    Attributes:
        theirs: Keras' `Sequential`.
        ours: PyTorch's.
        optimizer: What moves ours.
    """

    def __init__(self, keras: Any, config: Config) -> None:
        self._softmax = config.answers == "softmax"
        # Left alone, Keras takes a GPU wherever there is one.
        self._there = partial(keras.device, config.device)
        with self._there():
            self.theirs = network(keras, config)
        ours = translated.lab if config.network == "lab" else translated.pooled
        self.ours = ours(SIDE).to(config.device)
        carry(self.theirs, self.ours)
        # Keras' ε is ten times PyTorch's: with one number there is one thing less to wonder about.
        self.optimizer = torch.optim.Adam(self.ours.parameters(), config.learning_rate, eps=1e-7)

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float | Tensor]:
        """One batch for both; the losses before it."""
        with self._there():
            self.theirs.reset_metrics()
            said = self.theirs.train_on_batch(last_first(images), labels, return_dict=True)
        answers = self.ours(images)
        loss = functional.cross_entropy(answers.softmax(1) if self._softmax else answers, labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return {"train/loss Keras": float(said["loss"]), "train/loss PyTorch": loss.detach()}

    @torch.no_grad()
    def answers(self, images: Float[Tensor, "n c h w"]) -> dict[str, Float[Tensor, "n 10"]]:
        """The probabilities that each gives."""
        with self._there():
            said = torch.as_tensor(self.theirs(last_first(images), training=False))
        theirs = said if self._softmax else said.softmax(1)
        return {"Keras": theirs, "PyTorch": self.ours(images).softmax(1)}

    def scores(self, split: Split) -> dict[str, Tensor]:
        """The share of pictures that each calls rightly."""
        answers = self.answers(split.images)
        return {name: accuracy(said.argmax(1), split.labels) for name, said in answers.items()}

    def apart(self, images: Float[Tensor, "n c h w"]) -> Tensor:
        """The greatest difference between two probabilities that they give."""
        theirs, ours = self.answers(images).values()
        return (theirs - ours).abs().max()


def train(config: Config) -> Iterator[Start | Reading]:
    """The same batches to both; `train/loss Keras` and `train/loss PyTorch` at each step.

    After each epoch `valid/accuracy Keras` and `valid/accuracy PyTorch`, at the end the same of the
    test pictures; `apart` is the greatest difference between two probabilities that they give.

    Raises:
        ModuleNotFoundError: Keras is not installed.
        ValueError: A knob makes no sense, or Keras runs on another engine.
    """
    config.check()
    keras = engine()
    keras.utils.set_random_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    scale = 255 if config.pixels == "0 to 255" else 1
    data, valid, test = (
        Split(part.images * scale, part.labels).to(config.device) for part in splits()
    )
    pair = Pair(keras, config)
    layers = summary(pair.theirs, pair.ours)
    per_epoch = -(-TRAIN // config.batch_size)
    total, step = config.epochs * per_epoch, 0
    yield Start(
        total_steps=total, samples_per_step=config.batch_size, steps_per_epoch=per_epoch,
        model=pair.ours, optimizer=pair.optimizer, example=data.images[: config.batch_size],
    )  # fmt: skip
    while step < total:
        for batch in fast.batches(TRAIN, config.batch_size, generator, config.device):
            step += 1
            now = Reading(step, pair.step(data.images[batch], data.labels[batch]))
            if step == 1:
                now.pictures["layers"] = layers
            if step % per_epoch == 0:
                named = {f"valid/accuracy {name}": n for name, n in pair.scores(valid).items()}
                now.scalars.update(named, apart=pair.apart(valid.images))
            if step == total:
                named = {f"test/accuracy {name}": n for name, n in pair.scores(test).items()}
                now.scalars.update(named)
            yield now


if __name__ == "__main__":
    run_alone(train(Config(pixels="0 to 1", answers="logits")))
