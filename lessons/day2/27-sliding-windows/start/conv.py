"""A convolution as libraries have it, by loops."""


def out_size(n, k, stride=1, pad=0, dilation=1):
    """At how many places a window stands along one axis.

    Args:
        n: Pixels of the picture.
        k: Weights of the kernel.
        stride: How far the window goes on.
        pad: Zeros before the first pixel, and as many after the last.
        dilation: How many pixels two weights lie apart.
    """
    return 0


def conv2d(picture, kernels, stride=1, pad=0):
    """Slide kernels over a picture; they are not turned.

    Args:
        picture: picture[c][y][x], a number for each channel, row and
            column.
        kernels: kernels[o][c][v][u]: for each channel out and each
            channel in, square.
        stride: How far the window goes on, in both directions.
        pad: Zeros around the picture, on all four sides.

    Returns:
        maps[o][y][x].
    """
    return []
