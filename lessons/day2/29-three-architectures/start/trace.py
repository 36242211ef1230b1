"""What a list of layers makes of a picture, and what it costs."""


def trace(layers, shape):
    """Work a network out on paper.

    Args:
        layers: A list of
            ("conv", maps, k, stride, pad, groups)  with offsets
            ("pool", k, stride)                     without padding
            ("flatten",)
            ("dense", units)                        with offsets
        shape: Of one picture, (maps, height, width).

    Returns:
        For each layer (shape, parameters, multiplications): the shape
        of what comes out as a tuple, how many parameters it has,
        and how many of its weights are multiplied with something for
        one picture, each as often as that is done.
    """
    return [(shape, 0, 0) for layer in layers]
