"""BERT base and DistilBERT: the encoder of `models/bert.py` at its published size, and its weights.

BERT base has twelve layers of 768 numbers a place, and 109,482,240 parameters. DistilBERT has six of the
twelve, and neither kinds of sentence nor a pooler: 66,362,880. The layers are the same; the files call
their parts by other names, and each by its own.

Sources:
    J. Devlin, M.-W. Chang, K. Lee and K. Toutanova, "BERT: pre-training of deep bidirectional
    transformers for language understanding", NAACL 2019, https://arxiv.org/abs/1810.04805
    V. Sanh, L. Debut, J. Chaumond and T. Wolf, "DistilBERT, a distilled version of BERT", 2019,
    https://arxiv.org/abs/1910.01108
"""

from pathlib import Path

from models import pretrained
from models.bert import BERT


def distilbert() -> BERT:
    """DistilBERT's size: half of BERT's layers, no kinds of sentence, no pooler."""
    return BERT(layers=6, kinds=0, pooler=False)


def published_names(layers: int, style: str) -> dict[str, str]:
    """Our names of the tensors to those of the files, whose style is `bert` or `distilbert`."""
    bert = style == "bert"
    stem = "encoder.layer" if bert else "transformer.layer"
    parts = {
        "attend.query": "attention.self.query" if bert else "attention.q_lin",
        "attend.key": "attention.self.key" if bert else "attention.k_lin",
        "attend.value": "attention.self.value" if bert else "attention.v_lin",
        "attend.join": "attention.output.dense" if bert else "attention.out_lin",
        "norm1": "attention.output.LayerNorm" if bert else "sa_layer_norm",
        "widen": "intermediate.dense" if bert else "ffn.lin1",
        "narrow": "output.dense" if bert else "ffn.lin2",
        "norm2": "output.LayerNorm" if bert else "output_layer_norm",
    }
    names = {
        "token.weight": "embeddings.word_embeddings.weight",
        "place.weight": "embeddings.position_embeddings.weight",
        "norm.weight": "embeddings.LayerNorm.weight",
        "norm.bias": "embeddings.LayerNorm.bias",
    }
    if bert:
        names["kind.weight"] = "embeddings.token_type_embeddings.weight"
        names |= {f"pooler.{kind}": f"pooler.dense.{kind}" for kind in ("weight", "bias")}
    for layer in range(layers):
        for ours, theirs in parts.items():
            for kind in ("weight", "bias"):
                names[f"layers.{layer}.{ours}.{kind}"] = f"{stem}.{layer}.{theirs}.{kind}"
    return names


def fill(model: BERT, folder: Path | str) -> BERT:
    """A network with the published weights of a folder, those of BERT or of DistilBERT.

    Raises:
        FileNotFoundError: There are no weights.
        ValueError: They are of another network, or the file holds more than tensors.
    """
    tensors = {}
    for name, tensor in pretrained.read(folder).items():
        name = name.removeprefix("bert.").removeprefix("distilbert.")
        # Old files call a norm's parts gamma and beta; heads of the training's tasks are left out.
        name = name.replace("LayerNorm.gamma", "LayerNorm.weight")
        name = name.replace("LayerNorm.beta", "LayerNorm.bias")
        if not name.startswith(("cls.", "vocab_")) and not name.endswith("position_ids"):
            tensors[name] = tensor
    style = "bert" if model.kind is not None else "distilbert"
    pretrained.load(model, tensors, published_names(len(model.layers), style))
    return model.eval()


def from_pretrained(folder: Path | str, distilled: bool = False) -> BERT:
    """BERT base, or DistilBERT, with the published weights of a folder; errors as in `fill`."""
    return fill(distilbert() if distilled else BERT(), folder)
