"""The Vision Transformer, and CLIP at its published size.

Cut a picture into patches, call each a word, and read the sentence with a transformer: no convolution, no
idea that neighbours belong together but what it learns. One more word, the class token, collects
what is to be said. CLIP ViT-B/32 has such an eye and a causal text transformer of half the width, and one number that says
how sharply to compare; `models/clip.py` is the same idea at the size of a digit.

Sources:
    A. Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021,
    https://arxiv.org/abs/2010.11929
    A. Radford et al., "Learning transferable visual models from natural language supervision", ICML
    2021, https://arxiv.org/abs/2103.00020
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models.attention import MultiHead, future


class Layer(nn.Module):
    """Look at one another, think; each around a shortcut, each after a norm.

    Args:
        width: Numbers of a place.
        heads: Heads that share them.
        sharp: Whether the small network has CLIP's approximation of GELU, x * sigmoid(1.702 x).
    """

    def __init__(self, width: int, heads: int, sharp: bool = False) -> None:
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(width, eps=1e-5 if sharp else 1e-6) for _ in "12")
        self.attend = MultiHead(width, heads)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.sharp = sharp

    def forward(
        self, x: Float[Tensor, "n t width"], hidden: Tensor | None = None
    ) -> Float[Tensor, "n t width"]:
        """The places, each with what it found and made of it."""
        seen = self.norm1(x)
        x = x + self.attend(seen, seen, hidden)
        wide = self.widen(self.norm2(x))
        wide = wide * (1.702 * wide).sigmoid() if self.sharp else functional.gelu(wide)
        return x + self.narrow(wide)


class ViT(nn.Module):
    """(n, 3, side, side) pictures to (n, out) numbers.

    Args:
        side: Pixels of a picture's side.
        patch: Pixels of a patch's side.
        width: Numbers of a place.
        heads: Heads of each attention.
        layers: How deep.
        out: Classes, or the width of CLIP's common space.
        clip: Whether it is CLIP's eye: no bias in the patches, one norm more before the layers, none
            in the last map.
    """

    def __init__(
        self, side: int = 224, patch: int = 32, width: int = 768, heads: int = 12,
        layers: int = 12, out: int = 1000, clip: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        count = (side // patch) ** 2
        self.patches = nn.Conv2d(3, width, patch, patch, bias=not clip)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.place = nn.Parameter(torch.empty(1, count + 1, width).normal_(std=0.02))
        self.before = nn.LayerNorm(width) if clip else nn.Identity()
        self.layers = nn.ModuleList(Layer(width, heads, clip) for _ in range(layers))
        self.after = nn.LayerNorm(width, eps=1e-5 if clip else 1e-6)
        self.say = nn.Linear(width, out, bias=not clip)

    def forward(self, pictures: Float[Tensor, "n 3 side side"]) -> Float[Tensor, "n out"]:
        """What the class token has to say."""
        words = self.patches(pictures).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(words), -1, -1), words], 1) + self.place
        x = self.before(x)
        for layer in self.layers:
            x = layer(x)
        return self.say(self.after(x[:, 0]))


class CLIP(nn.Module):
    """Both encoders of CLIP ViT-B/32 and how sharply they are compared: 151,277,313 parameters."""

    def __init__(
        self, space: int = 512, vocabulary: int = 49_408, context: int = 77, width: int = 512,
        heads: int = 8, layers: int = 12, eye: ViT | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.eye = eye or ViT(out=space, clip=True)
        self.token = nn.Embedding(vocabulary, width)
        self.place = nn.Parameter(torch.empty(context, width).normal_(std=0.01))
        self.layers = nn.ModuleList(Layer(width, heads, sharp=True) for _ in range(layers))
        self.after, self.say = nn.LayerNorm(width), nn.Linear(width, space, bias=False)
        # The logarithm of the scale: exp of it is 1 / 0.07 at the start.
        self.scale = nn.Parameter(torch.tensor(1 / 0.07).log())

    def read(self, tokens: Int[Tensor, "n t"]) -> Float[Tensor, "n space"]:
        """Where each sentence lies; its last token has the greatest number of the vocabulary."""
        long = tokens.shape[1]
        x, later = self.token(tokens) + self.place[:long], future(long, tokens.device)
        for layer in self.layers:
            x = layer(x, later)
        rows = torch.arange(len(tokens), device=tokens.device)
        return self.say(self.after(x)[rows, tokens.argmax(1)])

    def forward(
        self, pictures: Float[Tensor, "n 3 side side"], tokens: Int[Tensor, "m t"]
    ) -> Float[Tensor, "n m"]:
        """How well each picture goes with each sentence."""
        seen, heard = (
            functional.normalize(each, dim=1) for each in (self.eye(pictures), self.read(tokens))
        )
        return self.scale.exp() * seen @ heard.T
