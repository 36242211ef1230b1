"""The way down: unpool, and pay out windows."""


def unpool(values, switches):
    """Put each maximum back where it was."""
    rows, columns = len(values), len(values[0])
    canvas = [[0] * (2 * columns) for _ in range(2 * rows)]
    for i in range(rows):
        for j in range(columns):
            down, across = switches[i][j]
            canvas[2 * i + down][2 * j + across] = values[i][j]
    return canvas


def pay_out(values, kernel, stride, padding):
    """A transposed convolution."""
    rows, columns, k = len(values), len(values[0]), len(kernel)
    high, wide = (rows - 1) * stride + k, (columns - 1) * stride + k
    canvas = [[0] * wide for _ in range(high)]
    for i in range(rows):
        for j in range(columns):
            for a in range(k):
                for b in range(k):
                    canvas[i * stride + a][j * stride + b] = values[i][j] * kernel[a][b]
    return [row[padding : wide - padding] for row in canvas[padding : high - padding]]
