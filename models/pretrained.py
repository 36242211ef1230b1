"""Published weights from a folder into a network of ours, and nothing else out of that folder.

A pickle, which torch's files are, is a program: to load one is to run it. So this reads files of
`safetensors`, which hold numbers and their names and can hold nothing else, and of torch's own only
what `weights_only` lets through: tensors in dicts.

A `.safetensors` file is 8 bytes of length n (little-endian), n bytes of JSON that give for each
tensor its dtype, its shape and where its bytes begin and end, and then all the bytes.

Source:
    Hugging Face, "Safetensors: format", https://github.com/huggingface/safetensors#format
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

DTYPES = {
    **{"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16},
    **{"I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8},
    **{"U8": torch.uint8, "BOOL": torch.bool},
}
"""What the format calls the dtypes that weights come in."""

TORCH_FILES = (".pt", ".pth", ".bin")

HEADER = 100_000_000
"""The most bytes of JSON that the format allows."""

COUNTER = "num_batches_tracked"
"""A counter of batch norms that no forward pass reads; files older than it lack it."""


def safetensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a `.safetensors` file, by its name, on the CPU.

    Raises:
        ValueError: The file is no such file, or is cut short, or has a dtype that is not known.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, HEADER):
            raise ValueError(f"{path.name} is no safetensors file, or it is cut short.")
        try:
            header = json.loads(file.read(length))
            header.pop("__metadata__", None)
            return {
                name: _tensor(file, entry, begin=8 + length, end=size)
                for name, entry in header.items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"{path.name} is no safetensors file, or it is cut short ({error})."
            raise ValueError(message) from error


def _tensor(file: Any, entry: dict[str, Any], begin: int, end: int) -> Tensor:
    """One tensor, from the bytes that its entry in the header points at."""
    dtype, shape = DTYPES[entry["dtype"]], entry["shape"]
    first, last = (begin + offset for offset in entry["data_offsets"])
    length = math.prod(shape) * dtype.itemsize
    if not (
        begin <= first <= last <= end and last - first == length and min(shape, default=0) >= 0
    ):
        raise ValueError(f"a tensor of shape {shape} does not lie at {entry['data_offsets']}")
    if not length:
        return torch.empty(shape, dtype=dtype)
    file.seek(first)
    return torch.frombuffer(bytearray(file.read(length)), dtype=dtype).reshape(shape)


def read(folder: Path | str) -> dict[str, Tensor]:
    """Every tensor of the weights in a folder, by its name, on the CPU.

    All `.safetensors` files of the folder together, for great models come in parts; where there is
    none, all files of torch's. A path to one such file will do as well.

    Raises:
        FileNotFoundError: There are no weights.
        ValueError: A file cannot be read, holds more than tensors, or a tensor is there twice.
    """
    folder = Path(folder)
    files = sorted(folder.iterdir()) if folder.is_dir() else [folder]
    files = [path for path in files if path.is_file()]
    chosen = [path for path in files if path.suffix == ".safetensors"]
    chosen = chosen or [path for path in files if path.suffix in TORCH_FILES]
    if not chosen:
        known = ", ".join((".safetensors", *TORCH_FILES))
        raise FileNotFoundError(f"{folder} holds no file of weights ({known}).")
    found: dict[str, Tensor] = {}
    for path in chosen:
        tensors = safetensors(path) if path.suffix == ".safetensors" else _torch_file(path)
        if twice := found.keys() & tensors.keys():
            raise ValueError(f"{path.name} holds {min(twice)}, and another file does too.")
        found |= tensors
    return found


def _torch_file(path: Path) -> dict[str, Tensor]:
    """A state dict that `torch.save` wrote."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    # What a damaged or a dangerous file raises has no common class, and is none of a learner's.
    except Exception as error:
        raise ValueError(f"{path.name} is no file of weights alone.") from error
    if not isinstance(found, dict) or not all(isinstance(each, Tensor) for each in found.values()):
        raise ValueError(f"{path.name} holds something other than tensors by name.")
    return found


def load(
    model: nn.Module, tensors: Mapping[str, Tensor], names: Mapping[str, str] | None = None
) -> None:
    """Copy published tensors into a network; nothing is copied unless everything fits.

    Args:
        model: The network, on a real device.
        tensors: What `read` returned.
        names: Our name of each tensor to the published one; None where they are the same.

    Raises:
        ValueError: A tensor is missing, has another shape, or belongs nowhere.
    """
    own = model.state_dict()
    names = names or {name: name for name in own}
    wanted = {names[name]: tensor for name, tensor in own.items()}
    faults = [
        f"{name} is missing"
        for name in wanted
        if name not in tensors and not name.endswith(COUNTER)
    ]
    faults += [
        f"{name} is {tuple(tensors[name].shape)} and has to be {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in tensors and tensors[name].shape != tensor.shape
    ]
    faults += [f"{name} belongs nowhere" for name in tensors if name not in wanted]
    if faults:
        more = f", and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise ValueError(f"These weights are of another network: {'; '.join(faults[:5])}{more}.")
    with torch.no_grad():
        for name, tensor in wanted.items():
            if name in tensors:
                tensor.copy_(tensors[name])


def torchvision_names(model: nn.Module, builder: str, **options: Any) -> dict[str, str]:
    """Our names of a network's tensors to torchvision's, for networks that agree layer by layer.

    The layers of ours stand in the order of torchvision's, so that the n-th tensor is the n-th.

    Args:
        model: The network of ours.
        builder: The function of `torchvision.models` that makes its counterpart.
        options: What that function is told.
    """
    # Here and not above: it takes a second, and only whoever has published weights needs it.
    from torchvision import models as published

    with torch.device("meta"):
        theirs = getattr(published, builder)(weights=None, **options)
    return dict(zip(model.state_dict(), theirs.state_dict(), strict=True))
