def relu(x):
    return max(0, x)


print([relu(x) - relu(x - 1) for x in (-1, 0.5, 3)])
