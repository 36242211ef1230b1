"""Data for a copy that drives, and what its errors cost."""


def dagger_round(data, policy, expert, start, step, count):
    """One round of DAgger: the copy drives, the expert answers.

    Args:
        data: A list of (state, answer) pairs so far. Leave it alone.
        policy: The copy: policy(state) is what it does.
        expert: expert(state) is what she would do.
        start: The first state of the drive.
        step: step(state, action) is the state after that.
        count: How many states are to be answered, `start` the first.

    Returns:
        A new list: all old pairs, then the new ones in order.
    """
    return list(data)


def wrong_steps(chance, steps, recovers):
    """How many steps are wrong on average.

    Args:
        chance: To slip at a step where all was right so far.
        steps: How many steps there are.
        recovers: Whether a slip costs one step, as a listener's;
            else that step and all after it are wrong.
    """
    return 0.0
