"""GPT-2: the stack of `models/gpt.py` at its published size, and its weights.

Twelve layers of 768 numbers a place, over pieces of words, 1,024 of them at a time. Nothing else is new: put
the published files into a folder, and it writes.

    python -m models.gpt2 FOLDER "The sky is"

Source:
    A. Radford et al., "Language models are unsupervised multitask learners", 2019,
    https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf
"""

import argparse
from pathlib import Path

import torch

from models import pretrained
from models.gpt import GPT
from models.tokenisers import ByteBPE

GPT2 = {"vocabulary": 50_257, "width": 768, "heads": 12, "layers": 12, "context": 1024}
"""GPT-2 small: 124,439,808 parameters."""


def published_names(layers: int) -> dict[str, str]:
    """Our names of GPT-2's tensors to those of the files."""
    names = {
        "token.weight": "wte.weight",
        "place.weight": "wpe.weight",
        "norm.weight": "ln_f.weight",
        "norm.bias": "ln_f.bias",
    }
    parts = {
        **{"norm1": "ln_1", "ask": "attn.c_attn", "join": "attn.c_proj"},
        **{"norm2": "ln_2", "think.0": "mlp.c_fc", "think.2": "mlp.c_proj"},
    }
    for layer in range(layers):
        for ours, theirs in parts.items():
            for kind in ("weight", "bias"):
                names[f"blocks.{layer}.{ours}.{kind}"] = f"h.{layer}.{theirs}.{kind}"
    return names


def from_pretrained(folder: Path | str) -> GPT:
    """GPT-2 small with the published weights of a folder.

    Raises:
        FileNotFoundError: There are no weights.
        ValueError: They are of another network, or the file holds more than tensors.
    """
    tensors = {}
    for name, tensor in pretrained.read(folder).items():
        name = name.removeprefix("transformer.")
        # Masks are no weights, and the output table is the input table.
        if name.endswith((".attn.bias", ".attn.masked_bias")) or name == "lm_head.weight":
            continue
        # The published layers keep their matrices the other way round.
        turned = name.startswith("h.") and name.endswith(".weight") and tensor.ndim == 2
        tensors[name] = tensor.T if turned else tensor
    model = GPT(**GPT2)
    pretrained.load(model, tensors, published_names(GPT2["layers"]))
    return model.eval()


def main() -> None:
    """Let the published one write."""
    parser = argparse.ArgumentParser(description="The published GPT-2, from a folder of yours.")
    parser.add_argument("folder", help="with its weights, vocab.json and merges.txt")
    parser.add_argument("prompt", nargs="?", default="The sky is")
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--count", type=int, default=40, help="tokens to write")
    given = parser.parse_args()
    model, tokeniser = from_pretrained(given.folder), ByteBPE.from_folder(given.folder)
    begin = torch.tensor([tokeniser.encode(given.prompt)])
    tokens, _ = model.write(begin, given.count, given.temperature, torch.Generator())
    print(tokeniser.decode(tokens[0].tolist()))


if __name__ == "__main__":
    main()
