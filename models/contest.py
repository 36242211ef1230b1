"""Open problems: a network of your own, data and a budget that are the same for everybody.

The course brings the data, the loop, the budget and the judge. What is trained is in a file of the
learner's: `build`, and where the problem allows it how a batch is prepared or what the loss is. The
test data are looked at once, after the last step.

    digits     fewer than 1,000 parameters, hands that nobody trained on
    robust     digits that an attacker may move by 0.15 in every pixel
    weather    tomorrow's highest temperature, 10 % better than saying today's again
    manual     text at a given loss with as few parameters as can be

Sources:
    R. Schwartz, J. Dodge, N. A. Smith and O. Etzioni, "Green AI", 2019,
    https://arxiv.org/abs/1907.10597 (what a result cost is part of the result)
    A. Madry et al., "Towards deep learning models resistant to adversarial attacks", 2018,
    https://arxiv.org/abs/1706.06083 (the attack)
"""

import importlib.util
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import adversarial, reading
from models.data import digits as data_of_digits
from models.data import manual as data_of_manual
from models.data import weather as data_of_weather
from models.mlp import accuracy
from models.reading import Reading, Start
from models.resuming import Shuffle

LARGEST = {"digits": 999, "robust": 20_000, "weather": 20_000, "manual": 200_000}
"""Parameters that a network may have, by problem."""
CONTEXT = 64
"""Characters of the manual that a network reads at once."""
EPSILON = 0.15
"""How far an attacker may move a pixel; 1 is from black to white."""
Loss = Callable[[nn.Module, Tensor, Tensor, torch.Generator], Tensor]


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs; everything else is in the learner's file.

    Attributes:
        learning_rate: AdamW's, falling to 0 along half a cosine. Live.
        decay: Weight decay.
        steps: Optimiser steps; a run counts with as many as the problem allows.
    """

    learning_rate: float = 3e-3
    decay: float = 0.01
    steps: int = 1500


def entry(config: Config) -> types.ModuleType:
    """The learner's file as a module.

    Raises:
        ValueError: There is none, or it has no `build`.
    """
    if config.learner is None:
        raise ValueError(
            "This run trains a network of yours: write the code of this problem first."
        )
    spec = importlib.util.spec_from_file_location("learner", config.learner)
    assert spec is not None, "it was checked before it came here"
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, "build", None)):
        raise ValueError("There is no function `build` in your file.")
    return module


def built(
    theirs: types.ModuleType, problem: str, example: Tensor, wanted: tuple[int, ...]
) -> nn.Module:
    """The network, held against the budget and asked one example.

    Raises:
        ValueError: It has too many parameters or answers in another shape.
    """
    model = theirs.build()
    if not isinstance(model, nn.Module):
        raise ValueError(f"`build` returned a {type(model).__name__}; a network is an nn.Module.")
    count, most = parameters(model), LARGEST[problem]
    if count > most:
        raise ValueError(f"Your network has {count:,} parameters; the budget is {most:,}.")
    model = model.to(example.device)
    with torch.no_grad():
        found = tuple(model(example).shape)
    if found != wanted:
        raise ValueError(f"Your network answers {found} where {wanted} is asked for.")
    return model


def parameters(model: nn.Module) -> int:
    """All of them, whether they are trained or not: what is frozen is stored as well."""
    tensors = [*model.parameters(), *model.buffers()]
    return sum({id(each): each.numel() for each in tensors}.values())


def descend(
    config: Config, model: nn.Module, example: Tensor, loss_of: Callable[[], Tensor]
) -> Iterator[Start | tuple[int, Tensor]]:
    """AdamW with a falling rate and clipped gradients; each step and its loss."""
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, weight_decay=config.decay
    )
    yield Start(total_steps=config.steps, model=model, optimizer=optimizer, example=example)
    for step in range(1, config.steps + 1):
        half = (1 + torch.cos(torch.tensor(torch.pi * step / config.steps))) / 2
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * float(half)
        model.train()
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        model.eval()
        yield step, loss.detach()


# --- the problems -----------------------------------------------------------------------------------


def digits(config: Config) -> Iterator[Start | Reading]:
    """Small networks, and digits by writers of whom none was trained on.

    The file may have `prepare(images, generator)`, which makes of a batch (64, 1, 8, 8) another.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    theirs = entry(config)
    parts = data_of_digits.splits(writers=True)
    known, valid, test = (part.to(config.device) for part in parts)
    images = known.images[:, None]
    model = built(theirs, "digits", images[:2], (2, 10))
    prepare = getattr(theirs, "prepare", lambda images, generator: images)
    batches = Shuffle(len(images), 64, generator)

    def loss_of() -> Tensor:
        batch = batches.draw()
        return functional.cross_entropy(
            model(prepare(images[batch], generator)), known.labels[batch]
        )

    for now in _readings(descend(config, model, images[:64], loss_of), model):
        if isinstance(now, Reading) and (now.step % 50 == 0 or now.step == config.steps):
            with torch.no_grad():
                now.scalars["valid/accuracy"] = right(model, valid)
                if now.step == config.steps:
                    now.scalars["test/accuracy"] = right(model, test)
        yield now


def robust(config: Config) -> Iterator[Start | Reading]:
    """Digits that somebody moves, pixel by pixel, to where the network errs.

    The file may have `loss(model, images, labels, generator)`, the loss of a batch (32, 1, 8, 8).
    `test/attacked` is the accuracy after 20 steps of projected gradient descent within 0.15.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    theirs = entry(config)
    known, valid, test = (part.to(config.device) for part in data_of_digits.splits())
    images = known.images[:, None]
    model = built(theirs, "robust", images[:2], (2, 10))
    ask: Loss = getattr(theirs, "loss", _plain)
    batches = Shuffle(len(images), 32, generator)

    def loss_of() -> Tensor:
        batch = batches.draw()
        return ask(model, images[batch], known.labels[batch], generator)

    for now in _readings(descend(config, model, images[:32], loss_of), model):
        if isinstance(now, Reading) and (now.step % 100 == 0 or now.step == config.steps):
            now.scalars["valid/clean"] = right(model, valid)
            now.scalars["valid/attacked"] = attacked(model, valid, config.seed)
            if now.step == config.steps:
                now.scalars["test/clean"] = right(model, test)
                now.scalars["test/attacked"] = attacked(model, test, config.seed)
        yield now


def _plain(model: nn.Module, images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    return functional.cross_entropy(model(images), labels)


def weather(config: Config) -> Iterator[Start | Reading]:
    """Tomorrow's highest temperature in Seattle from the 12 features of today.

    The network gets them standardised by the training years, and says how many °C tomorrow differs
    from today. `skill` is the share of persistence's mean absolute error that is saved.
    """
    torch.manual_seed(config.seed)
    theirs = entry(config)
    known, valid, test = (part.to(config.device) for part in data_of_weather.splits())
    mean, deviation = known.features.mean(0), known.features.std(0)

    def ready(part: data_of_weather.Split) -> Tensor:
        return (part.features - mean) / deviation

    inputs, change = ready(known), known.targets - known.today
    model = built(theirs, "weather", inputs[:2], (2, 1))
    ask: Callable[[Tensor, Tensor], Tensor] = getattr(theirs, "loss", functional.mse_loss)
    batches = Shuffle(len(inputs), 64, torch.Generator().manual_seed(config.seed))

    def loss_of() -> Tensor:
        batch = batches.draw()
        return ask(model(inputs[batch])[:, 0], change[batch])

    @torch.no_grad()
    def skill(part: data_of_weather.Split) -> Tensor:
        said = part.today + model(ready(part))[:, 0]
        off, lazy = (part.targets - said).abs().mean(), (part.targets - part.today).abs().mean()
        return 1 - off / lazy

    for now in _readings(descend(config, model, inputs[:64], loss_of), model):
        if isinstance(now, Reading) and (now.step % 50 == 0 or now.step == config.steps):
            now.scalars["valid/skill"] = skill(valid)
            if now.step == config.steps:
                now.scalars["test/skill"] = skill(test)
        yield now


def manual(config: Config) -> Iterator[Start | Reading]:
    """The next character of Python's manual: the loss that is reached, and what it cost in numbers.

    The network gets (n, 64) codes of characters, of which there are 103, and answers
    (n, 64, 103) logits. What stands at a place may look at that place and those before it only.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    theirs = entry(config)
    known, held_out = (part.to(config.device) for part in data_of_manual.halves())
    asked, more = (
        data_of_manual.windows(held_out, count, CONTEXT + 1, torch.Generator().manual_seed(seed))
        for count, seed in ((40, 1), (200, 2))
    )
    kinds = len(data_of_manual.characters())
    model = built(theirs, "manual", asked[:2, :-1], (2, CONTEXT, kinds))
    if looks_ahead(model, asked[:2, :-1]):
        raise ValueError(
            "Your network looks at characters that come later than the one it foretells."
        )

    def loss_of() -> Tensor:
        batch = data_of_manual.windows(known, 16, CONTEXT + 1, generator)
        return text_loss(model, batch)

    for now in _readings(descend(config, model, asked[:16, :-1], loss_of), model):
        if isinstance(now, Reading) and (now.step % 100 == 0 or now.step == config.steps):
            with torch.no_grad():
                now.scalars["valid/loss"] = text_loss(model, asked)
                if now.step == config.steps:
                    now.scalars["test/loss"] = text_loss(model, more)
        yield now


# --- the judges -------------------------------------------------------------------------------------


def _readings(
    steps: Iterator[Start | tuple[int, Tensor]], model: nn.Module
) -> Iterator[Start | Reading]:
    size = float(parameters(model))
    for each in steps:
        if isinstance(each, Start):
            yield each
        else:
            step, loss = each
            yield Reading(step, {"train/loss": loss, "parameters": size})


@torch.no_grad()
def right(model: nn.Module, part: data_of_digits.Split) -> Float[Tensor, ""]:
    """The share of a split's images that is right."""
    return accuracy(model(part.images[:, None]).argmax(1), part.labels)


def attacked(model: nn.Module, part: data_of_digits.Split, seed: int) -> Float[Tensor, ""]:
    """That share after an attack on this very network."""
    generator = torch.Generator().manual_seed(seed)
    moved = adversarial.pgd(model, part.images[:, None], part.labels, EPSILON, 20, generator)
    with torch.no_grad():
        return accuracy(model(moved).argmax(1), part.labels)


def text_loss(model: nn.Module, tokens: Tensor) -> Float[Tensor, ""]:
    """Cross-entropy in nats a character."""
    logits = model(tokens[:, :-1])
    return functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


@torch.no_grad()
def looks_ahead(model: nn.Module, tokens: Tensor) -> bool:
    """Whether an answer changes with a character that comes later."""
    model.eval()
    half = tokens.shape[1] // 2
    other = tokens.clone()
    other[:, half:] = (other[:, half:] + 1) % int(tokens.max() + 1)
    return not torch.allclose(model(tokens)[:, :half], model(other)[:, :half], atol=1e-4)
