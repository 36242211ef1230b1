"""Tomorrow's highest temperature in Seattle from the 12 features of today."""

import sys
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional

from models.contest import Config, built, descend, entry, readings
from models.data.weather import Split, splits
from models.reading import Reading, Start, run_alone
from models.resuming import Shuffle


def train(config: Config) -> Iterator[Start | Reading]:
    """Train the network of the learner's file.

    The network gets them standardised by the training years, and says how many °C tomorrow differs
    from today. `skill` is the share of persistence's mean absolute error that is saved.
    """
    torch.manual_seed(config.seed)
    theirs = entry(config)
    known, valid, test = (part.to(config.device) for part in splits())
    mean, deviation = known.features.mean(0), known.features.std(0)

    def ready(part: Split) -> Tensor:
        return (part.features - mean) / deviation

    inputs, change = ready(known), known.targets - known.today
    model = built(theirs, "weather", inputs[:2], (2, 1))
    ask: Callable[[Tensor, Tensor], Tensor] = getattr(theirs, "loss", functional.mse_loss)
    batches = Shuffle(len(inputs), 64, torch.Generator().manual_seed(config.seed))

    def loss_of() -> Tensor:
        batch = batches.draw()
        return ask(model(inputs[batch])[:, 0], change[batch])

    @torch.no_grad()
    def skill(part: Split) -> Tensor:
        said = part.today + model(ready(part))[:, 0]
        off, lazy = (part.targets - said).abs().mean(), (part.targets - part.today).abs().mean()
        return 1 - off / lazy

    for now in readings(descend(config, model, inputs[:64], loss_of), model):
        if isinstance(now, Reading) and (now.step % 50 == 0 or now.step == config.steps):
            now.scalars["valid/skill"] = skill(valid)
            if now.step == config.steps:
                now.scalars["test/skill"] = skill(test)
        yield now


if __name__ == "__main__":
    run_alone(train(Config(learner=sys.argv[1])), every=100)
