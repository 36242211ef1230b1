"""The Vision Transformer beside torchvision's, and CLIP's published size."""

import torch
from torchvision.models import VisionTransformer, vit_b_32

from models.vit import CLIP, ViT


def size(model):
    return sum(each.numel() for each in model.parameters())


def test_published_sizes():
    with torch.device("meta"):
        # torchvision's and OpenAI's figures: 88,224,232 and 151,277,313.
        assert size(ViT()) == size(vit_b_32()) == 88_224_232
        assert size(CLIP()) == 151_277_313


def test_it_says_what_torchvisions_says_with_equal_gradients():
    torch.manual_seed(0)
    theirs = VisionTransformer(16, 8, 2, 2, 12, 48, num_classes=5)
    mine = ViT(16, 8, 12, 2, 2, 5)
    with torch.no_grad():
        theirs.heads.head.weight.normal_()
        mine.patches.load_state_dict(theirs.conv_proj.state_dict())
        mine.token.copy_(theirs.class_token)
        mine.place.copy_(theirs.encoder.pos_embedding)
        for ours, layer in zip(mine.layers, theirs.encoder.layers, strict=True):
            heads = (ours.attend.query, ours.attend.key, ours.attend.value)
            for part, weight, bias in zip(
                heads,
                layer.self_attention.in_proj_weight.chunk(3),
                layer.self_attention.in_proj_bias.chunk(3),
                strict=True,
            ):
                part.weight.copy_(weight)
                part.bias.copy_(bias)
            ours.attend.join.load_state_dict(layer.self_attention.out_proj.state_dict())
            ours.norm1.load_state_dict(layer.ln_1.state_dict())
            ours.norm2.load_state_dict(layer.ln_2.state_dict())
            ours.widen.load_state_dict(layer.mlp[0].state_dict())
            ours.narrow.load_state_dict(layer.mlp[3].state_dict())
        mine.after.load_state_dict(theirs.encoder.ln.state_dict())
        mine.say.load_state_dict(theirs.heads.head.state_dict())
    pictures = torch.randn(2, 3, 16, 16)
    found, wanted = mine(pictures), theirs(pictures)
    assert torch.allclose(found, wanted, atol=1e-5)
    found.square().sum().backward()
    wanted.square().sum().backward()
    assert torch.allclose(mine.patches.weight.grad, theirs.conv_proj.weight.grad, atol=1e-4)


def test_pictures_are_compared_with_sentences_and_what_follows_the_end_says_nothing():
    torch.manual_seed(0)
    eye = ViT(16, 8, 12, 2, 1, 6, clip=True)
    model = CLIP(6, 20, 9, 8, 2, 1, eye)
    sentences = torch.tensor([[3, 4, 19, 0, 0], [5, 19, 0, 0, 0]])
    logits = model(torch.randn(3, 3, 16, 16), sentences)
    assert logits.shape == (3, 2)
    assert logits.abs().max() <= model.scale.exp() + 1e-4
    longer = torch.cat([sentences, torch.ones(2, 3, dtype=torch.long)], 1)
    assert torch.allclose(model.read(sentences), model.read(longer), atol=1e-5)
