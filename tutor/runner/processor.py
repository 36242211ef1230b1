"""What the CPU does, as the kernel tells it in /proc and /sys."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from tutor.core.device import Device

SENSORS = frozenset({"coretemp", "k10temp", "zenpower", "cpu_thermal"})
"""Names of the kernel's drivers that measure a CPU; others measure disks, cards and cases."""
ZONES = frozenset({"x86_pkg_temp", "cpu-thermal", "cpu_thermal", "soc_thermal"})
TICKS = 3
"""Ticks of the kernel's clock that must have passed for a share of them to mean anything."""


class Processor:
    """The CPU of this machine. Its utilisation is that since the look before, so the first has none.

    Where there is no /proc, as in macOS, only the load is told.
    """

    def __init__(
        self, root: Path = Path("/"), load: Callable[[], tuple[float, ...]] = os.getloadavg
    ) -> None:
        """Look at nothing yet.

        Args:
            root: Of the file system.
            load: The means of 1, 5 and 15 minutes, as the C library tells them.
        """
        self._root = root
        self._load = load
        self._before: tuple[int, int] | None = None
        self._utilisation: int | None = None

    def look(self, cpu: Device) -> Device:
        """The CPU with all that the system tells of it just now."""
        total, free = self._memory()
        cores = sum(line.startswith("cpu") for line in self._lines("proc/stat")) - 1
        load = None
        with contextlib.suppress(OSError):
            load = round(self._load()[0], 2)
        return msgspec.structs.replace(
            cpu,
            memory_total=total,
            memory_free=free,
            utilisation=self._busy(),
            temperature=self._temperature(),
            cores=cores if cores > 0 else os.cpu_count(),
            load=load,
        )

    def _busy(self) -> int | None:
        head = next(iter(self._lines("proc/stat")), "").split()
        # user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
        ticks = [int(field) for field in head[1:9] if field.isdecimal()]
        if len(ticks) < 5:
            return None
        idle, total = ticks[3] + ticks[4], sum(ticks)
        before, self._before = self._before, self._before or (idle, total)
        if before is not None and total - before[1] >= TICKS:
            share = 1 - (idle - before[0]) / (total - before[1])
            self._utilisation = min(100, max(0, round(100 * share)))
            self._before = idle, total
        return self._utilisation

    def _memory(self) -> tuple[int | None, int | None]:
        """Bytes in all, and what could be given out without swapping."""
        found = {}
        for line in self._lines("proc/meminfo"):
            name, _, rest = line.partition(":")
            amount = rest.split()
            if amount and amount[0].isdecimal():
                found[name] = int(amount[0]) * 1024
        return found.get("MemTotal"), found.get("MemAvailable")

    def _temperature(self) -> int | None:
        heats = [heat for heat in self._heats() if 0 < heat < 150_000]
        return max(heats) // 1000 if heats else None

    def _heats(self) -> Iterator[int]:
        """Thousandths of a degree, from every sensor that belongs to a CPU."""
        for folders, what, known, files in (
            ("sys/class/hwmon/hwmon*", "name", SENSORS, "temp*_input"),
            ("sys/class/thermal/thermal_zone*", "type", ZONES, "temp"),
        ):
            for folder in sorted(self._root.glob(folders)):
                if self._word(folder / what) in known:
                    words = (self._word(file) for file in sorted(folder.glob(files)))
                    yield from (int(word) for word in words if word.isdecimal())

    def _lines(self, path: str) -> list[str]:
        return self._word(self._root / path).splitlines()

    @staticmethod
    def _word(path: Path) -> str:
        try:
            return path.read_text(errors="replace").strip()
        except OSError:
            # Not there, or not for this user.
            return ""
