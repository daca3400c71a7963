"""What the machine is and how fast its disk makes something durable: no figure means anything without."""

import os
import platform
import shutil
import tempfile
import time

SYNCS = 300
IN_MEMORY = ("tmpfs", "ramfs", "overlay-tmpfs")


class Refused(Exception):
    """Something is missing or wrong outside of what is measured; its text says what to do."""


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def file_system(directory):
    """(kind, device) of the file system that holds `directory`."""
    best, found = "", ("unknown", "unknown")
    directory = os.path.realpath(directory)
    with open("/proc/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            device, point, kind = line.split()[:3]
            inside = directory == point or directory.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, found = point, (kind, device)
    return found


def make_directory(parent):
    """A fresh directory on a real disk, which other users may look into: the peer runs as another one."""
    parent = parent or "/var/tmp"
    kind, _ = file_system(parent)
    if kind in IN_MEMORY:
        raise Refused(f"{parent} is memory ({kind}), not a disk: name another place by --directory")
    made = tempfile.mkdtemp(prefix="oncepay-bench-", dir=parent)
    os.chmod(made, 0o755)
    return made


def sync_times_ms(directory):
    """How long a write of 4 KiB takes until it is durable, in a file that grows, many times over."""
    times = []
    path = os.path.join(directory, "syncs")
    with open(path, "wb", buffering=0) as file:
        for _ in range(SYNCS):
            began = time.perf_counter()
            file.write(b"\xa5" * 4096)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1e3)
    os.remove(path)
    return times


def sync_text(times):
    return f"fdatasync of 4 KiB: p50 {quantile(times, 0.5):.2f} ms, p99 {quantile(times, 0.99):.2f} ms"


def _first_value(path, key):
    with open(path, encoding="utf-8") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "unknown")


def memory_bytes():
    return int(_first_value("/proc/meminfo", "MemTotal").split()[0]) * 1024


def facts(directory):
    kind, _ = file_system(directory)
    return (f"{os.cpu_count()} processors {_first_value('/proc/cpuinfo', 'model name')}, "
            f"{memory_bytes() / 2**30:.0f} GiB, {kind}, Linux {platform.release()}, "
            f"{shutil.disk_usage(directory).free / 2**30:.0f} GiB free")


def anonymous_bytes(pid):
    """Memory of a process that no file stands behind: what it really takes away from others."""
    return int(_first_value(f"/proc/{pid}/status", "RssAnon").split()[0]) * 1024


def cpu_ticks(pid, with_ended_children=False):
    """Clock ticks a process has used, in it or for it by the kernel; None where it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return sum(int(f) for f in fields[11:15 if with_ended_children else 13])


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def family_cpu_s(pid):
    """Seconds of processor time of a process, its living children, and those that ended and were waited for."""
    ticks = cpu_ticks(pid, with_ended_children=True) or 0
    ticks += sum(cpu_ticks(child) or 0 for child in children(pid))
    return ticks / os.sysconf("SC_CLK_TCK")
