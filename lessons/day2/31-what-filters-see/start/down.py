"""The way down: unpool, and pay out windows."""


def unpool(values, switches):
    """Put each maximum back where it was.

    Args:
        values: Rows of numbers, the greatest of each 2x2.
        switches: Rows of pairs (down, across), each 0 or 1: where in
            its 2x2 the greatest was.

    Returns:
        Rows, twice as many and twice as long, 0 wherever no maximum was.
    """
    return []


def pay_out(values, kernel, stride, padding):
    """A transposed convolution.

    Args:
        values: Rows of numbers.
        kernel: Rows of weights, as many as each is long.
        stride: How far apart the windows of two neighbours begin.
        padding: Rows and columns to cut off each side at the end.

    Returns:
        Rows: each value pays out the kernel, times itself, and where
        windows overlap they are added.
    """
    return []
