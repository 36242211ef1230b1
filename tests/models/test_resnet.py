"""ResNet-50 beside torchvision's."""

import torch
from torchvision.models import resnet50

from models import pretrained, resnet


def test_the_published_size():
    with torch.device("meta"):
        model = resnet.network()
    # torchvision's figure for ResNet50_Weights: 25,557,032.
    assert sum(each.numel() for each in model.parameters()) == 25_557_032


def test_it_says_what_torchvisions_says():
    torch.manual_seed(0)
    theirs, mine = resnet50(weights=None), resnet.network()
    for each in theirs.modules():
        if isinstance(each, torch.nn.BatchNorm2d):
            each.running_mean.normal_()
            each.running_var.uniform_(0.5, 2)
    names = pretrained.torchvision_names(mine, "resnet50")
    pretrained.load(mine, theirs.state_dict(), names)
    pictures = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        found, wanted = mine.eval()(pictures), theirs.eval()(pictures)
    assert torch.allclose(found, wanted, rtol=1e-3, atol=1e-3)


def test_narrow_ones_are_narrow():
    with torch.device("meta"):
        model = resnet.network(divisor=16, classes=10)
    assert sum(each.numel() for each in model.parameters()) < 150_000
    assert model(torch.empty(1, 3, 64, 64, device="meta")).shape == (1, 10)
