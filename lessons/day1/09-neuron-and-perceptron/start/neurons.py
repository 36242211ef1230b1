"""Two machines: the neuron that is wired, and the one that learns."""


def mp_neuron(excitatory, inhibitory, threshold):
    """The neuron of 1943: return 1 if it fires, 0 if it stays silent.

    excitatory: list of 0s and 1s, the inputs that count
    inhibitory: list of 0s and 1s, the inputs that veto
    threshold:  how many excitatory inputs must be active

    mp_neuron([1, 1], [], 2)  -> 1
    mp_neuron([1, 1], [1], 2) -> 0
    """
    raise NotImplementedError("mp_neuron is yours to write")


def perceptron_epoch(weights, bias, inputs, targets, learning_rate):
    """One pass over all points, learning from each mistake at once.

    weights: list of numbers, one per input
    bias:    a number
    inputs:  list of points, each a list as long as weights
    targets: list of 0s and 1s, one per point

    Return (weights, bias, mistakes): the new weights as a new list, the
    new bias, and how many points were answered wrongly when they came
    up.
    """
    raise NotImplementedError("perceptron_epoch is yours to write")
