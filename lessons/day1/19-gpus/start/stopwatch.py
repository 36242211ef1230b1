"""A stopwatch for work that a device does later than it is told."""

import statistics


def seconds(work, wait, clock, turns=5):
    """Return how many seconds work() takes: the median of timed calls.

    work:  hands the device something to do, and may come back before it
           is done
    wait:  comes back when the device has done all that it was handed
    clock: tells the time, in seconds
    turns: calls that are timed, after two calls that are not
    """
    raise NotImplementedError("seconds is yours to write")


def law(one, many, batch):
    """Return (call, picture): seconds of a call, and of each picture.

    one:   seconds of a batch of 1
    many:  seconds of a batch of so many pictures
    batch: how many, at least 2

    law(0.0064, 0.0092, 8) -> (0.006, 0.0004), about
    """
    raise NotImplementedError("law is yours to write")
