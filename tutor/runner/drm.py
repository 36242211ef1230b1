"""AMD and Intel GPUs as the kernel tells of them; whether torch can use one only a run can say."""

from collections.abc import Mapping
from pathlib import Path

from tutor.core.device import Device
from tutor.core.text import visible

NODES = "sys/class/kfd/kfd/topology/nodes"
HIDING = ("ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES")
INTEL = "0x8086"


def amd(environment: Mapping[str, str], root: Path = Path("/")) -> list[Device]:
    """AMD's GPUs, in the order in which ROCm counts them.

    Args:
        environment: Where it hides GPUs, only those who follow its rules can count: one GPU then
            stands for what is left.
        root: Of the file system.
    """
    if not (root / "dev/kfd").exists():
        return []
    hidden = [environment[name].strip() for name in HIDING if name in environment]
    if any(names in ("", "-1") for names in hidden):
        return []
    if hidden:
        return [Device(id="cuda", name="AMD GPU", kind="cuda")]
    nodes = sorted((root / NODES).glob("[0-9]*"), key=lambda node: int(node.name))
    described = [_properties(node / "properties") for node in nodes]
    # A node without compute units is a CPU.
    gpus = [each for each in described if each.get("simd_count", 0) > 0]
    return [
        _amd(index, root / f"sys/class/drm/renderD{each.get('drm_render_minor', 0)}/device")
        for index, each in enumerate(gpus)
    ]


def intel(root: Path = Path("/")) -> list[Device]:
    """Intel's GPUs, built-in ones too. Call it only where torch was built for them."""
    vendors = sorted((root / "sys/class/drm").glob("renderD*/device/vendor"))
    count = sum(_word(vendor) == INTEL for vendor in vendors)
    return [Device(id=f"xpu:{i}", name="Intel GPU", kind="xpu", index=i) for i in range(count)]


def _amd(index: int, card: Path) -> Device:
    total, used = _number(card / "mem_info_vram_total"), _number(card / "mem_info_vram_used")
    heat = next(iter(sorted(card.glob("hwmon/hwmon*/temp1_input"))), None)
    millidegrees = None if heat is None else _number(heat)
    return Device(
        id=f"cuda:{index}",
        name=visible(_word(card / "product_name")) or "AMD GPU",
        kind="cuda",
        index=index,
        memory_total=total,
        memory_free=None if total is None or used is None else total - used,
        utilisation=_number(card / "gpu_busy_percent"),
        temperature=None if millidegrees is None else millidegrees // 1000,
    )


def _properties(path: Path) -> dict[str, int]:
    pairs = (line.split() for line in _word(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}


def _number(path: Path) -> int | None:
    word = _word(path)
    return int(word) if word.isdecimal() else None


def _word(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
