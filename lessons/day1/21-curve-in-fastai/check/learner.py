import torch
from torch import nn

from tutor.checks import check, close, equal, fail, for_any

MSE = nn.functional.mse_loss


class Teller:
    def __init__(self, page, name=""):
        self.page, self.name = page, name

    def before_fit(self, learner):
        self.page.append(f"{self.name}begin")

    def after_batch(self, learner):
        self.page.append(f"{self.name}batch")

    def after_epoch(self, learner):
        self.page.append(f"{self.name}epoch {learner.epoch}")

    def after_fit(self, learner):
        self.page.append(f"{self.name}end")


class StopAt:
    def __init__(self, stop, count):
        self.stop, self.left = stop, count

    def after_batch(self, learner):
        self.left -= 1
        if not self.left:
            raise self.stop


class Breaks:
    def after_batch(self, learner):
        raise ZeroDivisionError("a fault of the callback's own")


def made(learner, callbacks=(), batches=2):
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    data = [(torch.tensor([[1.0], [i]]), torch.tensor([[2.0], [2.0 * i]])) for i in range(batches)]
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    return learner.Learner(data, model, MSE, optimizer, callbacks), data, model


@check("the same weights as the loop", points=2)
def trains(learner):
    own, data, model = made(learner)
    torch.manual_seed(0)
    plain = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(plain.parameters(), 0.1)
    for _ in range(3):
        for x, y in data:
            optimizer.zero_grad()
            MSE(plain(x), y).backward()
            optimizer.step()
    own.fit(3)
    close(
        model.weight.item(),
        plain.weight.item(),
        what="the weight after three epochs of two batches",
    )
    close(model.bias.item(), plain.bias.item(), what="the bias after three epochs of two batches")


@check("the order of events", points=2)
def order(learner):
    page = []
    made(learner, [Teller(page)])[0].fit(2)
    wanted = ["begin", "batch", "batch", "epoch 0", "batch", "batch", "epoch 1", "end"]
    equal(page, wanted, what="two epochs of two batches")


@check("callbacks in the order given", points=1)
def given(learner):
    page = []
    made(learner, [Teller(page, "a "), Teller(page, "b ")], batches=1)[0].fit(1)
    equal(page[:2], ["a begin", "b begin"], what="the first two calls")


@check("methods that a callback does not have", points=1)
def partial(learner):
    class OnlyEpochs:
        seen = 0

        def after_epoch(self, learner):
            self.seen += 1

    callback = OnlyEpochs()
    made(learner, [callback])[0].fit(3)
    equal(callback.seen, 3, what="calls of a callback that has after_epoch only")


@check("the loss of each batch", points=1)
def losses(learner):
    seen = []

    class Keeps:
        def after_batch(self, learner):
            seen.append(learner.loss)

    own, data, model = made(learner, [Keeps()])
    first = MSE(model(data[0][0]), data[0][1]).item()
    own.fit(1)
    equal(len(seen), 2, what="losses that were seen")
    equal(isinstance(seen[0], float), True, what="whether learner.loss is a float")
    close(seen[0], first, what="the loss of the first batch, before its step")


@check("a callback can stop it", points=2)
def stops(learner):
    page = []
    made(learner, [Teller(page), StopAt(learner.Stop, 3)])[0].fit(5)
    wanted = ["begin", "batch", "batch", "epoch 0", "batch", "end"]
    equal(page, wanted, what="Stop in the third batch")


@check("only Stop is silent", points=1)
def loud(learner):
    try:
        made(learner, [Breaks()])[0].fit(1)
    except ZeroDivisionError:
        return
    fail("A callback's own error was swallowed. Training would end, and nobody would know why.")


@check("any number of epochs and batches", points=1, hidden=True)
def any_size(learner):
    def body(size):
        epochs, batches = size
        page = []
        made(learner, [Teller(page)], batches)[0].fit(epochs)
        equal(page.count("batch"), epochs * batches, what=f"batches of {epochs} epochs")
        equal(sum(each.startswith("epoch") for each in page), epochs, what="ends of epochs")
        equal((page[0], page[-1]), ("begin", "end"), what="the first and the last call")

    for_any(lambda draw, size: (draw.randint(0, 3), draw.randint(1, 4)), body)
