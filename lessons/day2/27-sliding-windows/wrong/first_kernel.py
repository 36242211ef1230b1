"""A convolution as libraries have it, by loops."""


def out_size(n, k, stride=1, pad=0, dilation=1):
    """At how many places a window stands along one axis."""
    reach = dilation * (k - 1) + 1
    return (n + 2 * pad - reach) // stride + 1


def padded(rows, pad):
    """The rows with zeros on all four sides."""
    width = len(rows[0]) + 2 * pad
    inner = [[0] * pad + list(row) + [0] * pad for row in rows]
    return [[0] * width for _ in range(pad)] + inner + [[0] * width for _ in range(pad)]


def conv2d(picture, kernels, stride=1, pad=0):
    """Slide kernels over a picture; they are not turned."""
    k = len(kernels[0][0])
    height = out_size(len(picture[0]), k, stride, pad)
    width = out_size(len(picture[0][0]), k, stride, pad)
    ground = [padded(channel, pad) for channel in picture]
    maps = []
    for kernel in kernels[:1]:
        rows = []
        for y in range(height):
            row = []
            for x in range(width):
                total = 0
                for c in range(len(picture)):
                    for v in range(k):
                        for u in range(k):
                            pixel = ground[c][y * stride + v][x * stride + u]
                            total += kernel[c][v][u] * pixel
                row.append(total)
            rows.append(row)
        maps.append(rows)
    return maps
