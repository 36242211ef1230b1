"""Data for a copy that drives, and what its errors cost."""


def dagger_round(data, policy, expert, start, step, count):
    """One round of DAgger: the copy drives, the expert answers."""
    new, state = [], start
    for _ in range(count):
        new.append((state, expert(state)))
        state = step(state, policy(state))
    data.extend(new)
    return data


def wrong_steps(chance, steps, recovers):
    """How many steps are wrong on average."""
    if recovers:
        return chance * steps
    return sum(1 - (1 - chance) ** step for step in range(1, steps + 1))
