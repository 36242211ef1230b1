"""Two machines in plain Python: the neuron that is wired and the one that learns."""


def mp_neuron(excitatory, inhibitory, threshold):
    """The neuron of 1943: return 1 if it fires, 0 if it stays silent."""
    if any(inhibitory):
        return 0
    return int(sum(excitatory) >= threshold)


def perceptron_epoch(weights, bias, inputs, targets, learning_rate):
    """One pass over all points, learning from each mistake as it is made."""
    weights = list(weights)
    mistakes = 0
    for point, target in zip(inputs, targets, strict=True):
        total = sum(w * x for w, x in zip(weights, point, strict=True)) + bias
        error = target - int(total >= 0)
        if error != 0:
            mistakes += 1
            weights = [w + error * x for w, x in zip(weights, point, strict=True)]
            bias += error
    return weights, bias, mistakes
