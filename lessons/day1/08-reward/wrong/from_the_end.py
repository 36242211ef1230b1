"""What a move is worth, learned from what came after it."""


def discounted(rewards, gamma):
    """The return of an episode, seen from its start."""
    total = 0.0
    for reward in rewards:
        total = reward + gamma * total
    return total


def update(worth, state, action, reward, after, over, alpha, gamma):
    """One step of Q-learning, in place."""
    future = 0.0 if over else gamma * max(worth[after])
    target = reward + future
    worth[state][action] += alpha * (target - worth[state][action])
