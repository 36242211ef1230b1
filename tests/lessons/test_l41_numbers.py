"""Every number that the lesson on several senses states, worked out again."""

from functools import cache

import pytest
import torch
from evidence import Lesson, curves, ended
from torch import Tensor, nn
from torch.nn import functional

from models import clip, dalle
from models.data.digits import splits
from models.fusion import SAMPLES, SILENT, TELLING, Config, Fusion, Pairs, invent, train
from models.judge import judge

LESSON = Lesson("day2/41-many-senses")
WAYS = {
    "the image alone": {"way": "image"},
    "the table alone": {"way": "table"},
    "both, jointly": {"way": "joint"},
    "both, late, weight 1": {"way": "late"},
    "both, late, weight 0.2": {"way": "late", "table_weight": 0.2},
    "both, the table hidden": {"way": "dropped"},
}
"""The rows of the table, as far as each begins, and their knobs."""


@cache
def run(seed: int = 0, **knobs: str | float) -> tuple[Fusion, dict[str, float]]:
    return ended(train(Config(seed=seed, **knobs)))


@cache
def samples(seed: int = 0) -> tuple[Pairs, Pairs]:
    """What a run of this seed trains on, and what it is asked at the end."""
    generator = torch.Generator().manual_seed(seed)
    data, valid, test = splits()
    chosen = torch.randperm(len(data.labels), generator=generator)[:SAMPLES]
    known, _, asked = (
        invent(images, labels, generator)
        for images, labels in (
            (data.images[chosen], data.labels[chosen]),
            (valid.images, valid.labels),
            (test.images, test.labels),
        )
    )
    return known, asked


def right(logits: Tensor, labels: Tensor) -> float:
    return float((logits.argmax(1) == labels).float().mean())


def test_what_the_senses_are():
    known, asked = samples()
    assert known.tables.shape == (300, 70)
    assert (TELLING, SILENT) == (10, 60)
    assert len(asked.labels) == 450
    model = Fusion()
    assert model.eye(known.images).shape == model.reader(known.tables).shape == (300, 32)
    assert LESSON.says("300 digits")
    assert LESSON.says("a table of seventy numbers. Ten of them")
    assert "64" in " ".join(LESSON.figure("one optimiser"))


def test_the_choices_of_the_bet_are_apart():
    ends = {
        case: LESSON.recorded("senses.fuse", case, "valid/accuracy")
        for case in ("image", "joint", "table")
    }
    assert 0.70 < ends["image"]["lo"][-1] <= ends["image"]["hi"][-1] < 0.80
    assert 0.38 < ends["joint"]["lo"][-1] <= ends["joint"]["hi"][-1] < 0.66
    assert 0.15 < ends["table"]["lo"][-1] <= ends["table"]["hi"][-1] < 0.32


def test_no_earlier_moment_is_better():
    bands = LESSON.bands("senses.fuse", "valid/accuracy")
    for case, quarter, end in (("joint", 0.51, 0.55), ("image", 0.60, 0.75)):
        middle = bands[case]["mid"]
        after = middle[bands[case]["step"].index(100)]
        assert (after, middle[-1]) == pytest.approx((quarter, end), abs=0.012)
    assert max(bands["joint"]["mid"]) < 0.57


def gone(losses: list[float]) -> int:
    """The steps before ten losses in a row first have a mean below 0.1."""
    return next(i for i in range(len(losses) - 9) if sum(losses[i : i + 10]) < 1)


def probed(model: Fusion) -> float:
    """How often a fresh last layer is right that reads the eye's numbers as they are."""
    known, asked = samples()
    with torch.no_grad():
        seen, new = model.eye(known.images), model.eye(asked.images)
    mean, spread = seen.mean(0), seen.std(0) + 1e-6
    seen, new = (seen - mean) / spread, (new - mean) / spread
    torch.manual_seed(0)
    last = nn.Linear(32, 10)
    optimizer = torch.optim.LBFGS(last.parameters(), max_iter=200)

    def loss() -> Tensor:
        optimizer.zero_grad()
        found = functional.cross_entropy(last(seen), known.labels)
        found = found + 1e-3 * last.weight.square().sum()
        found.backward()
        return found

    optimizer.step(loss)
    return right(last(new), asked.labels)


@pytest.mark.slow
def test_the_loss_is_gone_before_the_eye_has_learnt():
    losses = {way: curves(train(Config(way=way)))["train/loss"] for way in ("joint", "image")}
    assert len(losses["joint"]) == 400
    assert gone(losses["joint"]) == pytest.approx(115, abs=15)
    assert gone(losses["image"]) > 2 * gone(losses["joint"])
    assert LESSON.says("is below 0.1 after 115 of 400 steps; the eye alone takes 369")
    eyes = {way: probed(run(way=way)[0]) for way in ("joint", "image")}
    assert eyes["image"] == pytest.approx(0.74, abs=0.025)
    assert eyes["joint"] == pytest.approx(0.64, abs=0.025)
    assert eyes["image"] > eyes["joint"] + 0.05


def test_the_silent_columns_hidden():
    model, scalars = run(way="joint")
    _, asked = samples()
    heard = asked.tables.clone()
    heard[:, TELLING:] = 0
    with torch.no_grad():
        before = right(model(asked.images, asked.tables)[2], asked.labels)
        after = right(model(asked.images, heard)[2], asked.labels)
    assert before == pytest.approx(scalars["test/accuracy"])
    assert (before, after) == pytest.approx((0.593, 0.651), abs=0.015)
    assert after > before + 0.03
    assert LESSON.says("it gets better: from 0.593 to 0.651")


def test_two_opinions():
    lines = [line.split() for line in LESSON.figure("the image says")]
    image, table = ([float(each) for each in lines[row][3:5]] for row in (1, 2))
    assert (image, table) == ([0.60, 0.30], [0.05, 0.90])
    for row, weight, winner in ((4, 1.0, "3"), (5, 0.2, "8")):
        fused = [i * t**weight for i, t in zip(image, table, strict=True)]
        assert lines[row][3:5] == [f"{each:.2f}" for each in fused]
        assert ("3" if fused[0] < fused[1] else "8") == winner
        assert lines[row][-1] == ("8" if winner == "3" else "3")


def test_the_table_of_products():
    lines = [
        line.replace("[", " ").replace("]", " ").split() for line in LESSON.figure("down column")
    ]
    rows = [[float(each) for each in line[-6:]] for line in lines[1:4]]
    table = torch.tensor([row[:3] for row in rows])
    along = table.softmax(1)
    assert torch.allclose(along, torch.tensor([row[3:] for row in rows]), atol=0.0051)
    down = [float(each) for each in lines[5][-3:]]
    assert table.softmax(0)[:, 0].tolist() == pytest.approx(down, abs=0.0051)
    assert [int(row.argmax()) for row in table] == [0, 1, 2]
    assert LESSON.says(f"{len(table)} right pairs and {table.numel() - len(table)} wrong ones")


def test_keys_of_the_questions():
    for n in (4, 8, 32, 96):
        table = torch.ones(n, n, dtype=torch.bool)
        assert int((table & ~torch.eye(n, dtype=torch.bool)).sum()) == n * n - n
    assert (torch.zeros(32, 512) @ torch.zeros(10, 512).T).shape == (32, 10)
    for odds in (2, 3, 5):
        for weight in (0.25, 0.5, 0.75):
            image = torch.tensor([odds, 1.0]).log()
            table = torch.tensor([1.0, 16.0]).log()
            both = (image + weight * table).exp()
            assert float(both[0] / both[1]) == pytest.approx(odds / 16**weight)
    assert 256 + 32 * 32 == 1280
    assert LESSON.says("32 x 32 = 1,024")
    assert 60 + 4 + 178 + 54 + 78 + 67 + 74 + 53 + 83 == 651
    assert LESSON.says("They are counts, 651 pictures in all, sorted by hand into nine kinds")


def trained_clip() -> tuple[clip.Eye, clip.Ear, dict[str, float]]:
    """CLIP at its defaults; a run shows only the eye, so the ear is taken from where it is made."""
    ears: list[clip.Ear] = []

    class Kept(clip.Ear):
        def __init__(self) -> None:
            super().__init__()
            ears.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clip, "Ear", Kept)
        eye, scalars = ended(clip.train(clip.Config()))
    return eye, ears[0], scalars


def separation(fired: Tensor, own: Tensor) -> float:
    """How often a picture of its own digit fires a unit more than another's; ties count half."""
    apart = fired[own][:, None] - fired[~own][None]
    return float(((apart > 0).float() + 0.5 * (apart == 0).float()).mean())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_units_of_a_small_clip():
    eye, ear, scalars = trained_clip()
    assert scalars["test/zero-shot"] == pytest.approx(0.97, abs=0.02)
    assert scalars["test/words"] >= 0.99
    assert clip.classes(ear, clip.UNHEARD).shape == (10, 32)
    test = splits()[2]
    count, generator = len(test.labels), torch.Generator().manual_seed(0)
    yes, none = torch.ones(count, dtype=torch.bool), torch.full((count,), -1)
    with torch.no_grad():
        written = eye.units(clip.scene(test.images, yes, none, generator))
        printed = eye.units(clip.scene(test.images, ~yes, test.labels, generator))
    fires = (written.amax(0) > 0) | (printed.amax(0) > 0)
    favourites = [
        torch.stack([units[test.labels == digit].mean(0) for digit in range(10)]).argmax(0)
        for units in (written, printed)
    ]
    same = int((fires & (favourites[0] == favourites[1])).sum())
    assert written.shape[1] == 64
    assert int(fires.sum()) == pytest.approx(51, abs=6)
    assert same == pytest.approx(22, abs=7)
    assert same > 2 * int(fires.sum()) / 10
    best = max(
        min(separation(units[:, unit], test.labels == digit) for units in (written, printed))
        for unit in range(64)
        for digit in range(10)
    )
    assert best == pytest.approx(0.94, abs=0.04)
    assert LESSON.says("51 of 64 units")
    assert LESSON.says("In 22 of them")


def test_the_table_of_temperatures():
    assert (dalle.CODES, dalle.PATCHES, dalle.PATCH, dalle.DRAWN) == (64, 16, 2, 300)
    assert LESSON.says("64 patches of 2 x 2 pixels, sixteen of them a picture")
    rows = LESSON.rows("| temperature  ")
    names = ("judge/agreement", "judge/confidence", "judge/distance")
    for row, case in zip(rows, ("likeliest", "measured", "reckless"), strict=False):
        middles = [LESSON.recorded("senses.paint", case, name)["mid"][-1] for name in names]
        forms = zip(middles, (2, 3, 1), strict=True)
        assert row[1:] == [f"{middle:.{digits}f}" for middle, digits in forms]
    data, _, test = splits()
    found = []
    for seed in range(5):
        codes = dalle.codebook(data.images, seed)
        spelled = dalle.decode(dalle.encode(test.images, codes), codes).clamp(0, 1)
        found.append(judge("cpu").verdict(spelled, test.labels).scalars())
    real = [sorted(float(each[name]) for each in found)[2] for name in names]
    assert [float(cell) for cell in rows[3][1:]] == pytest.approx(real, abs=0.06)
    ends = LESSON.bands("senses.paint", "judge/confidence")
    assert ends["likeliest"]["mid"][-1] > real[1] + 0.02


def test_painters_that_pass_and_fail_are_apart():
    read, far = (LESSON.bands("senses.paint", f"judge/{n}") for n in ("agreement", "distance"))
    assert min(read["measured"]["lo"][-1], read["likeliest"]["lo"][-1]) > 0.87
    assert far["measured"]["hi"][-1] < 6 < 12 < far["likeliest"]["lo"][-1]
    assert read["reckless"]["hi"][-1] < 0.6
    assert far["likeliest"]["mid"][-1] == pytest.approx(far["reckless"]["mid"][-1], abs=3)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("steps", "known"), [(600, 4), (900, 9)])
def test_the_likeliest_picture_is_known_by_heart(steps, known, monkeypatch):
    painted, paint = [], dalle.paint
    monkeypatch.setattr(dalle, "paint", lambda *asked: painted.append(paint(*asked)) or painted[-1])
    list(dalle.train(dalle.Config(temperature=0.0, steps=steps)))
    data = splits()[0]
    sentences = dalle.encode(data.images, dalle.codebook(data.images, 0))
    drawn = painted[-1]
    assert drawn.shape == (300, 16)
    assert len({tuple(each.tolist()) for each in drawn}) <= 12
    copied = (drawn[:, None] == sentences[None]).all(2).any(1)
    assert 10 * float(copied.float().mean()) == pytest.approx(known, abs=1.1)
    assert LESSON.says("Four of the ten are not even drawn")
    assert LESSON.says("Train for 900 steps instead of 600, and it is nine of ten")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_table_of_twenty_seeds():
    rows = LESSON.rows("| trained on")
    found = {name: [run(seed, **knobs)[1] for seed in range(20)] for name, knobs in WAYS.items()}
    for row, (name, each) in zip(rows, found.items(), strict=True):
        assert row[0] == name
        scores = [one["test/accuracy"] for one in each]
        assert float(row[1]) == pytest.approx(sum(scores) / 20, abs=0.012)
        low, high = (float(end) for end in row[2].split(" to "))
        assert (low, high) == pytest.approx((min(scores), max(scores)), abs=0.03)
    weighed, image, joint = (
        [one["test/accuracy"] for one in found[name]]
        for name in ("both, late, weight 0.2", "the image alone", "both, jointly")
    )
    gains = [one - other for one, other in zip(weighed, image, strict=True)]
    assert sum(gain > 0 for gain in gains) == pytest.approx(17, abs=2)
    assert 100 * sum(gains) / 20 == pytest.approx(2, abs=0.7)
    assert LESSON.says("in 17 of twenty seeds, by two points on average")
    assert max(joint) < 0.66 <= min(image)
    assert min(weighed) >= 0.66
    losses = {name: sum(one["train/loss"] for one in each) / 20 for name, each in found.items()}
    assert min(losses, key=lambda name: losses[name]) == "both, jointly"
    for row in rows:
        assert float(row[3]) == pytest.approx(losses[row[0]], abs=0.02)
