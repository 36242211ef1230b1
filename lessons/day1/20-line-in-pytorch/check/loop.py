import torch
from torch import nn

from tutor.checks import check, close, equal, for_any

MSE = nn.functional.mse_loss


class Line(nn.Module):
    def __init__(self, a=0.0, b=0.0):
        super().__init__()
        self.a = nn.Parameter(torch.tensor([a]))
        self.b = nn.Parameter(torch.tensor([b]))

    def forward(self, x):
        return self.a * x + self.b


def column(*values):
    return torch.tensor(values, dtype=torch.float32)[:, None]


def numbers(model):
    return [round(model.a.item(), 4), round(model.b.item(), 4)]


def sgd(model, rate=0.1):
    return torch.optim.SGD(model.parameters(), rate)


@check("one step by hand", points=1)
def one_step(learner):
    model = Line()
    learner.train_epoch(model, [(column(1, 2), column(2, 4))], MSE, sgd(model))
    equal(numbers(model), [1.0, 0.6], what="a and b after one step of 0.1 from 0 and 0, y = 2x")


@check("the loss it returns", points=1)
def returned(learner):
    model = Line()
    found = learner.train_epoch(model, [(column(1, 2), column(2, 4))], MSE, sgd(model))
    close(found, 10.0, what="the mean loss before the step, (4 + 16) / 2")


@check("gradients do not pile up", points=1)
def fresh(learner):
    model = Line()
    batch = (column(1, -1), column(2, 4))
    learner.train_epoch(model, [batch, batch], MSE, sgd(model))
    # b falls short of 3 by 3, 2.4, 1.92; a of -1 by 1, 0.8, 0.64.
    equal(numbers(model), [-0.36, 1.08], what="a and b after two steps on x = 1, -1 and y = 2, 4")


@check("a smaller last batch", points=1)
def weighted(learner):
    batches = [(column(0, 0, 0), column(2, 2, 2)), (column(0), column(6))]
    close(
        learner.validate(Line(), batches, MSE),
        12.0,
        what="three points that cost 4, one that costs 36",
    )
    model = Line()
    found = learner.train_epoch(model, batches, MSE, sgd(model, 0.0))
    close(found, 12.0, what="the same in train_epoch, with steps of size 0")


@check("looks at the batches that it is given", points=1)
def given(learner):
    first = learner.validate(Line(1.0, 0.0), [(column(1, 2), column(1, 2))], MSE)
    other = learner.validate(Line(1.0, 0.0), [(column(1, 2), column(2, 3))], MSE)
    close(first, 0.0, what="points on the line")
    close(other, 1.0, what="points 1 above the line")


@check("validation leaves no trace", points=1)
def no_trace(learner):
    model = Line(1.0, 1.0)
    learner.validate(model, [(column(1, 2), column(5, 6))], MSE)
    equal(numbers(model), [1.0, 1.0], what="the weights afterwards")
    equal(
        model.a.grad is None and model.b.grad is None, True, what="whether there are no gradients"
    )


@check("dropout is off while it validates", points=1)
def modes(learner):
    model = nn.Sequential(Line(1.0, 1.0), nn.Dropout(0.5))
    batches = [(torch.ones(400, 1), torch.full((400, 1), 2.0))]
    close(learner.validate(model, batches, MSE), 0.0, what="a perfect line behind dropout")
    learner.train_epoch(model, batches, MSE, sgd(model, 0.0))
    equal(model.training, True, what="whether the model is in training mode after train_epoch")


@check("any points, cut anywhere", points=1, hidden=True)
def any_points(learner):
    def body(case):
        ys, cut = case
        x, y = column(*range(len(ys))), column(*ys)
        model = Line(0.5, -1.0)
        whole = MSE(model(x), y).item()
        batches = [(x[:cut], y[:cut]), (x[cut:], y[cut:])]
        found = learner.validate(model, [each for each in batches if len(each[0])], MSE)
        close(found, whole, what=f"{len(ys)} points in batches of {cut} and {len(ys) - cut}")

    def draw(rng, size):
        ys = [rng.randint(-size, size) for _ in range(rng.randint(1, 3 + size))]
        return ys, rng.randint(0, len(ys))

    for_any(draw, body)
