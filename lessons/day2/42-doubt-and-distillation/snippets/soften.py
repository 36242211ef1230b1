import math


def first(sums, temperature):
    raised = [math.exp(x / temperature) for x in sums]
    return raised[0] / sum(raised)


print(f"{first([4, 2, 0], 1):.2f} {first([4, 2, 0], 4):.2f}")
