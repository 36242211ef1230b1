"""From a list of Keras layers to a network in PyTorch."""

from torch import nn


def activation(name):
    """The layers of an activation: one, or none."""
    return {None: [], "relu": [nn.ReLU()], "softmax": [nn.Softmax(1)]}[name]


def translate(layers, shape):
    """The same network, as PyTorch says it."""
    rows, columns, channels = shape
    width, found = None, []
    for kind, settings in layers:
        if kind == "Conv2D":
            size, padding = settings["kernel_size"], settings.get("padding", "valid")
            found.append(nn.Conv2d(channels, settings["filters"], size, padding=padding))
            channels = settings["filters"]
            if padding == "valid":
                rows, columns = rows - size + 1, columns - size + 1
        elif kind == "MaxPooling2D":
            size = settings.get("pool_size", 2)
            found.append(nn.MaxPool2d(size))
            rows, columns = rows // size, columns // size
        elif kind == "Flatten":
            found.append(nn.Flatten())
            width = rows * columns * channels
        elif kind == "Dense":
            found.append(nn.Linear(width, settings["units"]))
            width = settings["units"]
        else:
            raise ValueError(f"There is no layer {kind!r} here.")
        found += activation(settings.get("activation"))
    return nn.Sequential(*found)


def kernel_from_keras(kernel):
    """A convolution's weights for PyTorch."""
    return kernel.permute(3, 2, 0, 1)


def dense_from_keras(kernel, shape):
    """The weights, for PyTorch, of a dense layer after a Flatten."""
    rows, columns, channels = shape
    return kernel.reshape(rows, columns, channels, -1).permute(3, 2, 0, 1).flatten(1)
