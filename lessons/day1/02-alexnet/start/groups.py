"""What a map of a convolution sees, and how many parameters that takes."""


def sees(number, maps_in, maps_out, groups):
    """The maps of the layer below that one map sees.

    Maps in and out are cut into as many equal groups, in order; the first
    group of maps out sees the first group of maps in, and so on.

    Args:
        number: Which map out, counted from 0.
        maps_in: Maps of the layer below.
        maps_out: Maps of this layer.
        groups: How many groups.

    Returns:
        A list of the numbers of the maps in, ascending.
    """
    return []


def parameters(maps_in, maps_out, side, groups=1, bias=True):
    """How many numbers such a layer learns, as an int.

    Args:
        maps_in: Maps of the layer below.
        maps_out: Maps of this layer.
        side: Height and width of a kernel.
        groups: How many groups.
        bias: Whether each map out has a bias, too.

    Raises:
        ValueError: groups does not divide the maps in, or the maps out.
    """
    return 0
