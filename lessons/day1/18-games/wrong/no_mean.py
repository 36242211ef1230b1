"""What a player remembers, and what it is praised for."""


class Memory:
    """The last moves, as many as there is room for."""

    def __init__(self, room):
        self.room = room
        self.moves = []
        self.added = 0

    def add(self, move):
        """Remember a move; where there is no room, over the oldest."""
        if len(self.moves) < self.room:
            self.moves.append(move)
        else:
            self.moves[self.added % self.room] = move
        self.added += 1

    def draw(self, count, rng):
        """So many different moves out of all, drawn with `rng`."""
        return rng.sample(self.moves, count)


def returns(rewards, gamma):
    """What follows from each move on."""
    found, future = [], 0.0
    for reward in reversed(rewards):
        future = reward + gamma * future
        found.append(future)
    return found[::-1]


def praises(episodes, gamma):
    """How much better than usual it went from each move on."""
    found = [returns(rewards, gamma) for rewards in episodes]
    every = [value for episode in found for value in episode]
    mean = sum(every) / len(every)
    deviation = (sum((value - mean) ** 2 for value in every) / len(every)) ** 0.5
    return [[value / deviation for value in episode] for episode in found]
