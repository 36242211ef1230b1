"""What a move is worth, learned from what came after it."""


def discounted(rewards, gamma):
    """The return of an episode, seen from its start.

    Args:
        rewards: What each move brought, in order.
        gamma: What a reward is worth one move later, as a share.

    Returns:
        The sum of all rewards, the first at its full worth, each later
        one discounted once more.
    """
    return 0.0


def update(worth, state, action, reward, after, over, alpha, gamma):
    """One step of Q-learning, in place.

    Args:
        worth: worth[state][action], a list of lists.
        state: Where the agent was.
        action: What it did.
        reward: What that brought.
        after: Where it is now.
        over: Whether the episode ended there; then nothing follows.
        alpha: How far the worth goes towards the new one, from 0 to 1.
        gamma: The discount.
    """
