"""A loop with places where others can put their work."""


class Stop(Exception):
    """Raised by a callback that wants training to end."""


class Learner:
    """Batches, a model, a loss, an optimiser, and whoever wants a call.

    A callback is any object. `fit` calls those of its methods that
    exist, with the learner:

        before_fit   once, first
        after_batch  after each step; `learner.loss` is the loss of that
                     batch, a float
        after_epoch  after each pass; `learner.epoch` is its number,
                     from 0
        after_fit    once, last, also where a callback raised Stop

    Several callbacks are called in the order in which they were given.
    """

    def __init__(self, batches, model, loss_of, optimizer, callbacks=()):
        self.batches, self.model = batches, model
        self.loss_of, self.optimizer = loss_of, optimizer
        self.callbacks = callbacks

    def fit(self, epochs):
        """Train for so many passes over the batches.

        A callback that raises Stop ends it early.
        """
