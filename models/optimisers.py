"""Three rules that turn a gradient into a step: SGD, SGD with momentum, and Adam.

All see the same thing, the gradient of one mini-batch. SGD takes it as it is. Momentum keeps a
running sum of past gradients, so that what they agree on grows and what they contradict each other
in cancels. Adam divides a running mean of gradients by the root of a running mean of their squares,
so that every parameter moves by about the learning rate, however large its gradients are.

Each class is a `torch.optim.Optimizer`, so that whatever reads or schedules one of those can do the
same with these.

Sources:
    H. Robbins and S. Monro, "A stochastic approximation method", Annals of Mathematical Statistics
    22(3):400-407, 1951, https://doi.org/10.1214/aoms/1177729586
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
    Computational Mathematics and Mathematical Physics 4(5):1-17, 1964,
    https://doi.org/10.1016/0041-5553(64)90137-5
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    https://arxiv.org/abs/1412.6980
"""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn


class _Rule(torch.optim.Optimizer):
    """Hands every parameter that has a gradient to `update`."""

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Move every parameter once, along the gradients that `backward` has left."""
        for group in self.param_groups:
            for parameter in _with_gradient(group["params"]):
                self.update(parameter, parameter.grad, self.state[parameter], group["lr"])

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any], lr: float) -> None:
        """Move one parameter in place.

        Args:
            w: The parameter, of any shape.
            g: Its gradient, of the same shape.
            state: What this rule remembers about the parameter; empty at its first step.
            lr: The learning rate.
        """
        raise NotImplementedError


def _with_gradient(parameters: Iterable[Tensor]) -> Iterator[Tensor]:
    return (parameter for parameter in parameters if parameter.grad is not None)


class SGD(_Rule):
    """Stochastic gradient descent: w <- w - lr g."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any], lr: float) -> None:
        """One step against the gradient."""
        w -= lr * g


class Momentum(_Rule):
    """SGD with momentum: v <- momentum v + g, w <- w - lr v.

    In a constant gradient the velocity v grows to g / (1 - momentum): ten times the step at 0.9.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float, momentum: float = 0.9
    ) -> None:
        super().__init__(parameters, {"lr": lr})
        self.momentum = momentum

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any], lr: float) -> None:
        """One step along the velocity."""
        v = state.setdefault("v", torch.zeros_like(w))
        v.mul_(self.momentum).add_(g)
        w -= lr * v


class Adam(_Rule):
    """Adaptive moments: w <- w - lr m̂ / (√v̂ + eps).

    m and v are running means of the gradient and of its square. Both start at 0 and are therefore
    too small at first; dividing by 1 - beta^t makes up for it exactly if the gradient is constant.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, {"lr": lr})
        self.betas = betas
        self.eps = eps

    def update(self, w: Tensor, g: Tensor, state: dict[str, Any], lr: float) -> None:
        """One step of about lr in each coordinate."""
        if not state:
            state.update(t=0, m=torch.zeros_like(w), v=torch.zeros_like(w))
        beta1, beta2 = self.betas
        m, v = state["m"], state["v"]
        state["t"] += 1
        m.mul_(beta1).add_((1 - beta1) * g)
        v.mul_(beta2).add_((1 - beta2) * g**2)
        mean = m / (1 - beta1 ** state["t"])
        square = v / (1 - beta2 ** state["t"])
        w -= lr * mean / (square.sqrt() + self.eps)


RULES: dict[str, type[SGD] | type[Momentum] | type[Adam]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "adam": Adam,
}
"""By the names that learners choose them by."""
