"""What a player remembers, and what it is praised for."""


class Memory:
    """The last moves, as many as there is room for.

    Attributes:
        moves: A list of what is remembered, in any order.
    """

    def __init__(self, room):
        self.room = room
        self.moves = []

    def add(self, move):
        """Remember a move; where there is no room, over the oldest."""

    def draw(self, count, rng):
        """So many different moves out of all, drawn with `rng`.

        Args:
            count: How many; never more than are remembered.
            rng: A random.Random. Use no other source of chance.
        """
        return []


def praises(episodes, gamma):
    """How much better than usual it went from each move on.

    Args:
        episodes: A list of episodes, each a list of rewards.
        gamma: The discount.

    Returns:
        A list of lists like `episodes`: the discounted return from
        each move on, less the mean of all returns of all episodes,
        divided by their deviation (the root of the mean square).
        The returns are never all equal.
    """
    return [[0.0 for _ in rewards] for rewards in episodes]
