"""A one-stage detector: every cell of a grid says what stands around it, and how far it reaches.

A scene of 32x32 pixels becomes an 8x8 grid of cells, 4 pixels wide. Each cell returns 15 numbers,
from one network in one look, without proposals and without boxes to start from:

    1    is a digit's centre near this cell?        a logit, binary cross-entropy
    4    how far to the left, top, right, bottom    logarithms of pixels, loss -log(IoU)
    10   which digit is it?                         logits, cross-entropy

That it is done on a grid in one pass is YOLO's idea; distances to the four sides from every cell
near a centre are FCOS's. Since all cells within 4 pixels of a centre answer for a digit, each digit
is found about four times over: without non-maximum suppression three answers in four are mistakes.
With it, the surest of them speaks for all.

Sources:
    J. Redmon, S. Divvala, R. Girshick, A. Farhadi, "You only look once: unified, real-time object
    detection", CVPR 2016, https://arxiv.org/abs/1506.02640
    Z. Tian, C. Shen, H. Chen, T. He, "FCOS: fully convolutional one-stage object detection",
    ICCV 2019, https://arxiv.org/abs/1904.01355
    J. Yu, Y. Jiang, Z. Wang, Z. Cao, T. Huang, "UnitBox: an advanced object detection network",
    ACM Multimedia 2016, https://arxiv.org/abs/1608.01471 (the IoU loss)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.boxes import Boxes, curve, framed, hits, mean_average_precision, nms
from models.data import scenes
from models.data.scenes import SIDE, Scenes
from models.reading import Picture, Reading, Start, run_alone

CELL, GRID = 4, 8
"""Pixels in a cell's side, cells in a row."""

CLASSES = 10


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        near: Cells answer for a digit whose centre is nearer than so many pixels, both ways.
        suppress: Whether non-maximum suppression clears up. Live.
        overlap: How much of the union a box may share with a better one and be kept. Live.
        least: The least score of a box that counts at all. Live.
        class_weight: The weight of the question which digit it is. Live.
        learning_rate: Of Adam, at its greatest: up from 0 in three tenths of the steps, then down.
        batch_size: Scenes in a step.
        steps: Steps in all.
    """

    near: float = 4.0
    suppress: bool = True
    overlap: float = 0.45
    least: float = 0.05
    class_weight: float = 1.0
    learning_rate: float = 0.006
    batch_size: int = 32
    steps: int = 400

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        for name in ("batch_size", "steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it has to be at least 1.")
        if self.near < CELL / 2:
            message = f"near is {self.near}; below {CELL / 2} a digit may be near no cell."
            raise ValueError(message)


def network(width: int = 24) -> nn.Sequential:
    """The detector: (n, 1, 32, 32) in, (n, 15, 8, 8) out."""

    def block(maps_in: int, maps: int, stride: int = 1) -> list[nn.Module]:
        conv = nn.Conv2d(maps_in, maps, 3, stride, padding=1, bias=False)
        return [conv, nn.BatchNorm2d(maps), nn.ReLU()]

    return nn.Sequential(
        *(*block(1, width), *block(width, width, 2)),
        *(*block(width, 2 * width), *block(2 * width, 2 * width, 2)),
        *(*block(2 * width, 3 * width), *block(3 * width, 3 * width), *block(3 * width, 3 * width)),
        nn.Conv2d(3 * width, 5 + CLASSES, 1),
    )


# --- what a cell is to say ----------------------------------------------------------------------


def centres(device: str | torch.device = "cpu") -> Float[Tensor, "8 8 2"]:
    """Where the middle of each cell is, across and down, in pixels."""
    middle = CELL * (torch.arange(GRID, device=device) + 0.5)
    down, across = torch.meshgrid(middle, middle, indexing="ij")
    return torch.stack([across, down], -1)


@dataclass(frozen=True)
class Targets:
    """What each cell is to say.

    Attributes:
        near: (n, 8, 8), whether a digit's centre is near.
        sides: (n, 4, 8, 8), pixels to its left, top, right, bottom.
        labels: (n, 8, 8), which digit; 0 where none is near.
    """

    near: Bool[Tensor, "n 8 8"]
    sides: Float[Tensor, "n 4 8 8"]
    labels: Int[Tensor, "n 8 8"]


def targets(data: Scenes, near: float) -> Targets:
    """Give each cell the digit whose centre is nearest, if that is near and the cell inside it."""
    cells = centres(data.boxes.device)
    boxes = data.boxes[:, :, None, None]  # (n, most, 1, 1, 4)
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2
    away = (cells - middle).abs().amax(-1)
    away = away.masked_fill((data.labels < 0)[:, :, None, None], torch.inf)
    sides = torch.cat([cells - boxes[..., :2], boxes[..., 2:] - cells], -1)
    away = away.masked_fill(sides.amin(-1) <= 0, torch.inf)
    nearest, which = away.min(1)
    chosen = sides.gather(1, which[:, None, :, :, None].expand(-1, 1, -1, -1, 4))[:, 0]
    labels = data.labels[:, :, None, None].expand_as(away).gather(1, which[:, None])[:, 0]
    return Targets(nearest < near, chosen.permute(0, 3, 1, 2), labels.clamp_min(0))


def loss(
    output: Float[Tensor, "n 15 8 8"], wanted: Targets, class_weight: float
) -> Float[Tensor, ""]:
    """The sum of the three losses; sides and classes are asked of the cells near a centre alone."""
    near = functional.binary_cross_entropy_with_logits(output[:, 0], wanted.near.float())
    said = output[:, 1:5].permute(0, 2, 3, 1)[wanted.near].exp()
    true = wanted.sides.permute(0, 2, 3, 1)[wanted.near]
    # Both boxes hold the cell's middle, so what they share reaches as far as the nearer side.
    least, area, truth = torch.minimum(said, true), _area(said), _area(true)
    both = _area(least)
    sides = -(both / (area + truth - both)).log().mean()
    logits = output[:, 5:].permute(0, 2, 3, 1)[wanted.near]
    which = functional.cross_entropy(logits, wanted.labels[wanted.near])
    return 4 * near + sides + class_weight * which


def _area(sides: Float[Tensor, "n 4"]) -> Float[Tensor, " n"]:
    return (sides[:, 0] + sides[:, 2]) * (sides[:, 1] + sides[:, 3])


# --- what is found ----------------------------------------------------------------------------


@torch.no_grad()
def detect(model: nn.Module, images: Float[Tensor, "n 1 32 32"], config: Config) -> list[Boxes]:
    """What the detector finds in each image.

    The score of a box is the probability that a digit is near, times that of the likeliest digit.
    A place holds one digit, so boxes of different digits suppress each other too.
    """
    model.eval()
    # Clearing up goes box by box, which a GPU is slow at.
    output = model(images).permute(0, 2, 3, 1).flatten(1, 2).cpu()  # (n, 64, 15)
    model.train()
    cells = centres().flatten(0, 1)
    sides = output[..., 1:5].exp().clamp_max(SIDE)
    boxes = torch.cat([cells - sides[..., :2], cells + sides[..., 2:]], -1)
    sure, labels = output[..., 5:].softmax(-1).max(-1)
    scores = output[..., 0].sigmoid() * sure
    found = []
    for places, labels_, scores_ in zip(boxes, labels, scores, strict=True):
        kept = scores_ > config.least
        each = Boxes(places[kept], labels_[kept], scores_[kept])
        if config.suppress:
            best = nms(each.boxes, each.scores, config.overlap)
            each = Boxes(each.boxes[best], each.labels[best], each.scores[best])
        found.append(each)
    return found


def truths(data: Scenes) -> list[Boxes]:
    """What is in each image."""
    pairs = zip(data.boxes.cpu(), data.labels.cpu(), strict=True)
    return [
        Boxes(boxes[labels >= 0], labels[labels >= 0], torch.ones(int((labels >= 0).sum())))
        for boxes, labels in pairs
    ]


def pictures(data: Scenes, found: list[Boxes], truth: list[Boxes]) -> dict[str, Picture]:
    """Six scenes with what was found in them, and precision against recall, all classes' mean."""
    scenes_ = [framed(data.images[k, 0].cpu(), each.boxes) for k, each in enumerate(found[:6])]
    grid = torch.stack(scenes_).reshape(2, 3, SIDE, SIDE)
    at = torch.linspace(0, 1, 101, dtype=torch.double)
    lines = []
    for label in range(CLASSES):
        recall, precision = curve(*hits(found, truth, label, 0.5))
        # The first place of the list that reaches the recall; beyond the last one nothing is found.
        place = torch.searchsorted(recall, at)
        lines.append(torch.cat([precision, precision.new_zeros(1)])[place])
    mean = torch.stack(lines).mean(0, keepdim=True)
    return {
        "scenes": Picture("image_grid", grid, "what is found in six validation scenes"),
        "precision": Picture("lines", mean, "precision at recall 0 to 1", labels=("precision",)),
    }


# --- the run ----------------------------------------------------------------------------------


def train(config: Config) -> Iterator[Start | Reading]:
    """A step for each mini-batch of scenes, drawn with replacement.

    `valid/map` comes ten times; `test/map` and `test/map75`, which asks for three quarters of the
    union, at the end.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    device, generator = config.device, torch.Generator().manual_seed(config.seed)
    torch.manual_seed(config.seed)
    data, valid, test = (part.to(device) for part in scenes.splits(config.seed))
    wanted = targets(data, config.near)
    model = network().to(device, memory_format=fast.LAYOUT)
    optimizer = fast.optimiser("adam", model.parameters(), config.learning_rate, device)
    size, total, every = config.batch_size, config.steps, max(1, config.steps // 10)
    yield Start(
        total_steps=total,
        samples_per_step=size,
        model=model,
        optimizer=optimizer,
        example=data.images[:size],
    )
    for step in range(1, total + 1):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * fast.one_cycle((step - 0.5) / total)
        batch = torch.randint(len(data.images), (size,), generator=generator).to(device)
        asked = Targets(wanted.near[batch], wanted.sides[batch], wanted.labels[batch])
        value = loss(model(data.images[batch]), asked, config.class_weight)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": value.detach()})
        if step % every == 0 or step == total:
            found, truth = detect(model, valid.images, config), truths(valid)
            now.scalars["valid/map"] = mean_average_precision(found, truth, CLASSES)
            now.pictures.update(pictures(valid, found, truth))
        if step == total:
            found, truth = detect(model, test.images, config), truths(test)
            now.scalars["test/map"] = mean_average_precision(found, truth, CLASSES)
            now.scalars["test/map75"] = mean_average_precision(found, truth, CLASSES, 0.75)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()))
