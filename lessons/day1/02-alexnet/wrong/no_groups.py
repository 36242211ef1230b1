"""What a map of a convolution sees, and how many parameters that takes."""


def sees(number, maps_in, maps_out, groups):
    """The maps of the layer below that one map sees."""
    group = number // (maps_out // groups)
    wide = maps_in // groups
    return list(range(group * wide, (group + 1) * wide))


def parameters(maps_in, maps_out, side, groups=1, bias=True):
    """How many numbers such a layer learns, as an int."""
    if maps_in % groups or maps_out % groups:
        raise ValueError("groups has to divide the maps in and the maps out")
    weights = maps_out * maps_in * side**2
    return weights + maps_out if bias else weights
