"""From a list of Keras layers to a network in PyTorch."""

from torch import nn


def translate(layers, shape):
    """The same network, as PyTorch says it.

    Args:
        layers: Pairs of a name and its settings, such as
            ("Conv2D", {"filters": 64, "kernel_size": 3}). Names and
            settings, with what Keras takes where they are left out:
            Conv2D: filters, kernel_size, padding "valid" or "same",
                activation None, "relu" or "softmax"
            MaxPooling2D: pool_size 2; it goes on by as much
            Flatten: none
            Dense: units, activation None, "relu" or "softmax"
        shape: Of one picture as Keras has it: (rows, columns, channels).

    Returns:
        An nn.Sequential. It takes (n, channels, rows, columns) and
        returns logits: a softmax of the last layer is left to the loss.
    """
    return nn.Sequential()


def kernel_from_keras(kernel):
    """A convolution's weights for PyTorch.

    Args:
        kernel: A tensor (rows, columns, channels in, channels out).
    """
    return kernel


def dense_from_keras(kernel, shape):
    """The weights, for PyTorch, of a dense layer after a Flatten.

    Args:
        kernel: A tensor (rows * columns * channels, units), whose rows
            are in the order in which Keras flattens.
        shape: Of what was flattened, as Keras has it: (rows, columns,
            channels).
    """
    return kernel
