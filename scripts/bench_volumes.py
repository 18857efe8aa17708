"""Rows on volumes, beside what people do by hand: tar in a container, tar through zstd, cp and du on the machine.

Needs root and a local engine. All candidates of a row work on the same volumes, in turn, so that a busy moment of the machine
hits all of them alike. Whatever they write goes to a new volume each time and is removed only in the end: ext4 passes over
inodes that were freed within the last minutes, one by one, which would be all that is measured.
"""

import json
import os
import pathlib
import shutil
import statistics
import time

from bench_common import Sample, registry, run, sample

IMAGE = "devc-base:bookworm"
PREFIX = "devc-bench-volume"
# Any package cache with a mix of sizes.
SOURCE = pathlib.Path.home() / ".cargo/registry/src"
BYTES = 1 << 30
STATUS_FILES = 500_000
# What a row is compared with, and how many times as fast devc is to be.
GOALS = {"backup": ("tar -czf in a container", 6), "restore": ("tar -xzf in a container", 3), "clone": ("cp -a", 1),
         "status of ten volumes": ("du -s side by side", 1)}

class Volumes:
    """Volumes of this run; all go in the end."""

    def __init__(self):
        self.names = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        run("docker", "volume", "rm", "-f", *self.names)

    def name(self):
        self.names.append(f"{PREFIX}-{os.getpid()}-{len(self.names)}")
        return self.names[-1]

    def make(self):
        return run("docker", "volume", "create", self.name())

    def filled(self, is_full):
        """A volume with copies of a package cache, until it holds enough."""
        volume, copy = self.make(), 0
        while not is_full(mountpoint(volume)):
            shutil.copytree(SOURCE, mountpoint(volume) / str(copy), symlinks=True)
            copy += 1
        return volume


def mountpoint(volume):
    return pathlib.Path(run("docker", "volume", "inspect", "--format", "{{.Mountpoint}}", volume))


def files_in(folder):
    return sum(len(files) for _, _, files in os.walk(folder))


def measure_volumes(bench, folder):
    """Prints a table of its own: what is compared is not what the other rows compare."""
    contents = [work for work in ("backup", "verify", "restore", "clone") if bench.wants(f"volume {work}")]
    has_status, has_share = bench.wants("volume status"), bench.wants("volume push and pull")
    if contents or has_status:
        measure_beside(bench, folder, contents, has_status)
    # Last, since its pulls remove what was there.
    if has_share:
        measure_shares(bench, folder)


def measure_beside(bench, folder, contents, has_status):
    print("| volume: work | with | wall, s | processor, s | memory, MiB | devc is |\n|---|---|---|---|---|---|")
    with Volumes() as volumes:
        if contents:
            measure_contents(bench, folder, volumes, contents)
        if has_status:
            measure_status(bench, volumes)
    print(flush=True)


def measure_contents(bench, folder, volumes, works):
    volume = volumes.filled(lambda root: int(run("du", "-sb", root).split()[0]) >= BYTES)
    data, devc, backups = mountpoint(volume), bench.devc, folder / "backups"
    inside = lambda mounted, *words: ["docker", "run", "--rm", "-v", f"{folder}:/out", "-v", f"{mounted}:/data", IMAGE, *words]
    pack = inside(volume, "tar", "-C", "/data", "-czf", "/out/hand.tar.gz", ".")
    run(devc, "volume", "backup", volume, "--to", backups)
    run(*pack)
    newest = max((backups / volume).glob("*.zst"))
    rows = {
        "backup": {
            "tar -czf in a container": lambda: pack,
            "tar, zstd -T0 -3": lambda: ["sh", "-c", f"tar -C {data} -cf - . | zstd -qfT0 -3 -o {folder}/hand.tar.zst"],
            "devc": lambda: [devc, "volume", "backup", volume, "--to", backups],
        },
        "verify": {"devc": lambda: [devc, "volume", "verify", newest]},
        "restore": {
            "tar -xzf in a container": lambda: inside(volumes.make(), "tar", "-C", "/data", "-xzf", "/out/hand.tar.gz"),
            "devc": lambda: [devc, "volume", "restore", newest, "--into", volumes.name()],
        },
        "clone": {
            "cp -a": lambda: ["cp", "-a", f"{data}/.", mountpoint(volumes.make())],
            "devc": lambda: [devc, "volume", "clone", volume, volumes.name()],
        },
    }
    for work in works:
        measure_row(bench, work, rows[work])


def measure_shares(bench, folder):
    """What is sent to a registry, before and after a change of 1 %, and what is fetched by one who has the first state."""
    print("| volume: work | bytes | part of the first | wall, s |\n|---|---|---|---|")
    with Volumes() as volumes, registry(folder / "registry") as address:
        volume = volumes.filled(lambda root: int(run("du", "-sb", root).split()[0]) >= BYTES)
        place, target, first = f"{address}/bench:latest", volumes.make(), None
        for work, words, told in [
            ("first push", ["push", volume, place], "sentBytes"),
            ("first pull", ["pull", place, target, "--replace", "--yes", "--no-backup"], "fetchedBytes"),
            ("push, 1 % changed", ["push", volume, place], "sentBytes"),
            ("pull, 1 % changed", ["pull", place, target, "--replace", "--yes", "--no-backup"], "fetchedBytes"),
        ]:
            start = time.perf_counter()
            # A cache of its own, as what was fetched in earlier runs would not be fetched again.
            environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
            count = json.loads(run(bench.devc, "volume", *words, "--json", env=environment))[told]
            wall = time.perf_counter() - start
            first = first or count
            print(f"| {work} | {count} | {100 * count / first:.1f} % | {wall:.1f} |", flush=True)
            if work == "first pull":
                change(mountpoint(volume))
    print(flush=True)


def change(folder):
    """Gives every hundredth file other content, which compresses about as well."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    for path in files[::100]:
        path.write_bytes(path.read_bytes()[::-1])


def measure_status(bench, volumes):
    """Ten volumes, looked at for the first time and again; each look from a state folder that knows nothing, or all."""
    names = [volumes.filled(lambda root: files_in(root) >= STATUS_FILES // 10) for _ in range(10)]
    roots = " ".join(str(mountpoint(name)) for name in names)
    looks = f"{bench.devc} volume status {' '.join(names)}"
    forgetful = f"XDG_STATE_HOME=$(mktemp -d) && export XDG_STATE_HOME && {looks}; rm -r $XDG_STATE_HOME"
    measure_row(bench, "status of ten volumes", {
        "du -s side by side": lambda: ["sh", "-c", f"for root in {roots}; do du -s $root & done; wait"],
        "devc": lambda: ["sh", "-c", forgetful],
    })
    measure_row(bench, "status again", {"devc": lambda: ["sh", "-c", looks]})


def measure_row(bench, work, candidates):
    """Each candidate says what to run, after it has made what has to be there; that is not measured."""
    samples = {name: [] for name in candidates}
    for _ in range(min(3, bench.rounds)):
        for name, words in candidates.items():
            samples[name].append(sample(words()))
    medians = {name: Sample(*map(statistics.median, zip(*taken))) for name, taken in samples.items()}
    for name, taken in medians.items():
        ratio = f"{taken.wall / medians['devc'].wall:.1f} x as fast" if name != "devc" else ""
        other, goal = GOALS.get(work, (None, None))
        ratio += f" (goal {goal} x)" if name == other else ""
        print(f"| {work} | {name} | {taken.wall:.2f} | {taken.processor:.2f} | {taken.memory:.0f} | {ratio} |", flush=True)
