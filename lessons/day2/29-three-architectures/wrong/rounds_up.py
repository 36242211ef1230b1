"""What a list of layers makes of a picture, and what it costs."""


def places(n, k, stride, pad=0):
    """At how many places a window stands along one axis."""
    return -(-(n + 2 * pad - k) // stride) + 1


def trace(layers, shape):
    """Work a network out on paper."""
    found = []
    for kind, *rest in layers:
        parameters = products = 0
        if kind == "conv":
            maps, k, stride, pad, groups = rest
            weights = maps * (shape[0] // groups) * k * k
            shape = (maps, *(places(n, k, stride, pad) for n in shape[1:]))
            parameters, products = weights + maps, weights * shape[1] * shape[2]
        elif kind == "pool":
            shape = (shape[0], *(places(n, *rest) for n in shape[1:]))
        elif kind == "flatten":
            length = 1
            for n in shape:
                length *= n
            shape = (length,)
        else:
            products = shape[0] * rest[0]
            parameters, shape = products + rest[0], (rest[0],)
        found.append((shape, parameters, products))
    return found
