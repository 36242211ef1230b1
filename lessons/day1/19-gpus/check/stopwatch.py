"""Checks of the stopwatch, on a device that exists nowhere and whose times are known."""

import itertools

from tutor.checks import check, close, equal, for_any


class Device:
    """Computes later than it is told. Its clock moves only while somebody waits for it, or hands over."""

    def __init__(self, *costs, queued=0.0, handing=0.001):
        self.now = 100.0
        self.queue = [queued]
        self.handing = handing
        self.calls = 0
        self._costs = itertools.chain(costs, itertools.repeat(costs[-1]))

    def work(self):
        self.calls += 1
        self.now += self.handing
        self.queue.append(next(self._costs))

    def wait(self):
        self.now += sum(self.queue)
        self.queue.clear()

    def clock(self):
        return self.now


def timed(learner, device, **how):
    return learner.seconds(device.work, device.wait, device.clock, **how)


@check("the device is waited for", points=1)
def check_waits(learner):
    found = timed(learner, Device(0.5))
    close(found, 0.501, 1e-9, what="the time of work that takes 0.5 s, and 0.001 s to hand over")


@check("what was queued before is not counted", points=1)
def check_before(learner):
    # A single turn, and 3 s of somebody else's work still in the queue.
    found = timed(learner, Device(0.5, queued=3.0), turns=1)
    close(found, 0.501, 1e-9, what="the time of one turn, with 3 s of other work queued before")


@check("the first two calls are not timed", points=1)
def check_warm_up(learner):
    device = Device(9.0, 9.0, 0.5)
    found = timed(learner, device, turns=3)
    equal(device.calls, 5, what="the number of calls for three turns")
    close(found, 0.501, 1e-9, what="the time where the first two calls take 9 s")
    device = Device(9.0, 9.0, 0.5)
    close(timed(learner, device, turns=1), 0.501, 1e-9, what="the same with a single turn")


@check("one interrupted call changes nothing", points=1)
def check_median(learner):
    found = timed(learner, Device(0.5, 0.5, 0.5, 60.0, 0.5))
    close(found, 0.501, 1e-9, what="the time where one call of five is interrupted for a minute")


@check("the law of the text", points=1)
def check_law(learner):
    close(
        list(learner.law(0.0064, 0.0092, 8)), [0.006, 0.0004], 1e-9, what="law(0.0064, 0.0092, 8)"
    )
    close(list(learner.law(0.022, 5.122, 256)), [0.002, 0.02], 1e-9, what="law(0.022, 5.122, 256)")


@check("any law is found again", points=1, hidden=True)
def check_any(learner):
    def draw(random, size):
        return (
            random.uniform(0, size),
            random.uniform(0.001, size + 0.001),
            random.randint(2, size + 2),
        )

    def body(case):
        call, picture, batch = case
        if batch < 2 or picture <= 0:
            return  # a simpler case that is none
        found = learner.law(call + picture, call + batch * picture, batch)
        close(list(found), [call, picture], 1e-6, what=f"the law of a batch of 1 and of {batch}")

    for_any(draw, body)
