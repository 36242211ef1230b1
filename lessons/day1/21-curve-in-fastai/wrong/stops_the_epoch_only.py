"""A loop with places where others can put their work."""


class Stop(Exception):
    """Raised by a callback that wants training to end."""


class Learner:
    """Batches, a model, a loss and an optimiser, and whoever wants to be called meanwhile."""

    def __init__(self, batches, model, loss_of, optimizer, callbacks=()):
        self.batches, self.model = batches, model
        self.loss_of, self.optimizer = loss_of, optimizer
        self.callbacks = callbacks

    def call(self, event):
        for callback in self.callbacks:
            if hasattr(callback, event):
                getattr(callback, event)(self)

    def fit(self, epochs):
        """Train for so many passes over the batches; a callback that raises Stop ends it early."""
        self.call("before_fit")
        for self.epoch in range(epochs):
            try:
                self.one_epoch()
                self.call("after_epoch")
            except Stop:
                pass
        self.call("after_fit")

    def one_epoch(self):
        for x, y in self.batches:
            self.optimizer.zero_grad()
            loss = self.loss_of(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            self.loss = loss.item()
            self.call("after_batch")
