"""The sums behind a run's limits, without a run."""

import os

from tutor.worker import limits
from tutor.worker.output import Bounded


def test_memory_is_a_share_of_the_container(tmp_path):
    total = limits.memory_allowed(tmp_path / "none", tmp_path)
    group = tmp_path / "group"
    group.write_text("0::/jobs/7\n")
    inner = tmp_path / "jobs" / "7"
    inner.mkdir(parents=True)
    (inner / "memory.max").write_text("max\n")
    assert limits.memory_allowed(group, tmp_path) == total
    (tmp_path / "jobs" / "memory.max").write_text(f"{2 * 2**30}\n")
    assert limits.memory_allowed(group, tmp_path) == int(2 * 2**30 * limits.MEMORY_SHARE)
    old = tmp_path / "memory" / "jobs"
    old.mkdir(parents=True)
    (old / "memory.limit_in_bytes").write_text(f"{3 * 2**30}\n")
    group.write_text("5:cpu:/x\n4:memory,hugetlb:/jobs\n")
    assert limits.memory_allowed(group, tmp_path) == int(3 * 2**30 * limits.MEMORY_SHARE)


def test_a_bounded_log_keeps_the_first_and_the_last(tmp_path):
    path = tmp_path / "log"
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    log = Bounded(number, limit=10, tail=4)
    text = b"".join(b"%03d" % i for i in range(100))
    left = text
    while left:
        left = left[log.write(left[:7]) :]
    log.finish()
    log.close()
    os.close(number)
    written = path.read_bytes()
    assert written.startswith(text[:10] + b"\n[More than")
    assert written.endswith(b"]\n" + text[-4:])
