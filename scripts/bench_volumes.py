#!/usr/bin/env python3
"""Measures backups of volumes beside what people do by hand: tar in a container, and tar through zstd on the machine.

Needs root and a local engine. All candidates of a row read the same volume, in turn, so that a busy moment of the machine
hits all of them alike. Prints medians as a Markdown table, ready for docs/performance.md.
"""

import argparse
import contextlib
import json
import os
import pathlib
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
IMAGE = "devc-base:bookworm"
VOLUME, TARGET = "devc-bench-volume", "devc-bench-target"


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def mountpoint(volume):
    return run("docker", "volume", "inspect", "--format", "{{.Mountpoint}}", volume)


def fill(volume, source, size):
    """Copies a package cache until the volume holds `size` bytes."""
    folder = pathlib.Path(mountpoint(volume))
    held, copy = 0, 0
    while held < size:
        shutil.copytree(source, folder / str(copy), symlinks=True)
        held = int(run("du", "-sb", str(folder)).split()[0])
        copy += 1


def measured(action):
    """Seconds of wall clock, and of processor time of all that it started."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    action()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def fresh(volume):
    run("docker", "volume", "rm", "-f", volume)
    run("docker", "volume", "create", volume)


def rows(devc, folder):
    """Work, what has to happen before each run, and the candidates."""
    inside = ["docker", "run", "--rm", "-v", f"{folder}:/out", "-v"]
    sh = lambda script: run("sh", "-c", script)
    backup = lambda: run(devc, "volume", "backup", VOLUME, "--to", folder / "devc")
    newest = lambda: max((folder / "devc" / VOLUME).glob("*.zst"))
    yield "backup", lambda: None, {
        "tar -czf in a container": lambda: run(*inside, f"{VOLUME}:/data", IMAGE, "tar", "-C", "/data", "-czf", "/out/hand.tar.gz", "."),
        "tar | zstd -T0 -3": lambda: sh(f"tar -C {mountpoint(VOLUME)} -cf - . | zstd -qfT0 -3 -o {folder}/hand.tar.zst"),
        "devc": backup,
    }
    yield "verify", lambda: None, {"devc": lambda: run(devc, "volume", "verify", newest())}
    yield "restore", lambda: fresh(TARGET), {
        "tar -xzf in a container": lambda: run(*inside, f"{TARGET}:/data", IMAGE, "tar", "-C", "/data", "-xzf", "/out/hand.tar.gz"),
        "devc": lambda: run(devc, "volume", "restore", newest(), "--into", TARGET),
    }
    yield "clone", lambda: run("docker", "volume", "rm", "-f", TARGET), {
        "cp -a": lambda: sh(f"docker volume create {TARGET} && cp -a {mountpoint(VOLUME)}/. /var/lib/docker/volumes/{TARGET}/_data/"),
        "devc": lambda: run(devc, "volume", "clone", VOLUME, TARGET),
    }


@contextlib.contextmanager
def registry(folder):
    """A registry on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"localhost:{probe.getsockname()[1]}"
    settings = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "registry")}},
        "http": {"addr": address},
    }
    (folder / "registry.yml").write_text(json.dumps(settings))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(["docker-registry", "serve", folder / "registry.yml"], **quiet)
    try:
        while subprocess.run(["curl", "-sf", f"http://{address}/v2/"], **quiet).returncode:
            time.sleep(0.05)
        yield address
    finally:
        process.kill()
        process.wait()


def change(volume):
    """Gives every hundredth file other content of the same length."""
    files = sorted(path for path in pathlib.Path(mountpoint(volume)).rglob("*") if path.is_file() and not path.is_symlink())
    for path in files[::100]:
        path.write_bytes(os.urandom(path.stat().st_size))


def shares(devc, folder):
    """Prints what is sent to a registry, before and after a change of 1 %, and what is fetched by one who has the first state."""
    print("\n| work | bytes | part of the first | wall, s |\n|---|---|---|---|")
    with registry(folder) as address:
        place = f"{address}/bench:latest"
        first = None
        for work, words, told in [
            ("first push", ["push", VOLUME, place], "sentBytes"),
            ("first pull", ["pull", place, TARGET, "--replace", "--yes", "--no-backup"], "fetchedBytes"),
            ("push, 1 % changed", ["push", VOLUME, place], "sentBytes"),
            ("pull, 1 % changed", ["pull", place, TARGET, "--replace", "--yes", "--no-backup"], "fetchedBytes"),
        ]:
            start = time.perf_counter()
            count = json.loads(run(devc, "volume", *words, "--json"))[told]
            wall = time.perf_counter() - start
            first = first or count
            print(f"| {work} | {count} | {100 * count / first:.1f} % | {wall:.1f} |", flush=True)
            if work == "first pull":
                change(VOLUME)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often everything runs (default: %(default)s)")
    parser.add_argument("--source", default=os.path.expanduser("~/.cargo/registry/src"), help="a package cache to fill the volume with")
    parser.add_argument("--size", type=int, default=1 << 30, help="bytes of the volume (default: 1 GiB)")
    parser.add_argument("--devc", default=str(ROOT / "target/release/devc"), help="the program (default: %(default)s)")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="devc-bench-"))
    print("| work | with | wall, s | processor, s |\n|---|---|---|---|")
    try:
        fresh(VOLUME)
        fill(VOLUME, arguments.source, arguments.size)
        for work, before, candidates in rows(arguments.devc, folder):
            samples = {name: [] for name in candidates}
            for _ in range(arguments.rounds):
                for name, action in candidates.items():
                    before()
                    samples[name].append(measured(action))
            for name, taken in samples.items():
                wall, processor = (statistics.median(column) for column in zip(*taken))
                print(f"| {work} | {name} | {wall:.1f} | {processor:.1f} |", flush=True)
        shares(arguments.devc, folder)
    finally:
        run("docker", "volume", "rm", "-f", VOLUME, TARGET)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
