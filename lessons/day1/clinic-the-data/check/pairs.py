"""Checks of the shuffle."""

import torch

from tutor.checks import check, equal, fail, for_sizes


def marked(count):
    """Images that carry their own number, and labels that say the same."""
    numbers = torch.arange(count)
    return numbers[:, None, None].expand(count, 8, 8).clone().float(), numbers


@check("every image keeps its label", points=2)
def check_pairs(learner):
    def body(count):
        images, labels = learner.shuffled(*marked(count))
        says = [int(each) for each in images[:, 0, 0]]
        equal(list(map(int, labels)), says, what="the labels beside the images' own numbers")

    for_sizes((2, 5, 50), body)


@check("nothing is lost and nothing comes twice", points=1)
def check_all(learner):
    images, _ = learner.shuffled(*marked(40))
    found = sorted(int(each) for each in images[:, 0, 0])
    equal(found, list(range(40)), what="the numbers of the images, sorted,")


@check("the order is a new one at each call", points=1)
def check_new(learner):
    images, labels = marked(40)
    orders = [[int(each) for each in learner.shuffled(images, labels)[0][:, 0, 0]] for _ in "abc"]
    if list(range(40)) in orders:
        fail("The images come back in the order in which they were.")
    if orders[0] == orders[1] or orders[1] == orders[2]:
        fail("Two calls give the same order.")


@check("leaves the tensors it was given alone", points=1)
def check_alone(learner):
    images, labels = marked(10)
    learner.shuffled(images, labels)
    equal(images, marked(10)[0], what="the caller's images")
    equal(labels, marked(10)[1], what="the caller's labels")
