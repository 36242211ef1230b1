"""A stopwatch for work that a device does later than it is told."""

import statistics


def seconds(work, wait, clock, turns=5):
    """Return how many seconds work() takes: the median of so many timed calls."""
    for _ in range(2):
        work()
    found = []
    for _ in range(turns):
        wait()
        began = clock()
        work()
        found.append(clock() - began)
    return statistics.median(found)


def law(one, many, batch):
    """Return (call, picture): seconds of a call, and seconds of each picture in it."""
    picture = (many - one) / (batch - 1)
    return one - picture, picture
