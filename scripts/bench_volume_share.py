#!/usr/bin/env python3
"""Measures what `devc volume push` sends and `pull` fetches, first and after every hundredth file has changed.

Needs root, a local engine and Debian's docker-registry. Prints a Markdown table, ready for docs/performance.md.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def mountpoint(volume):
    return run("docker", "volume", "inspect", "--format", "{{.Mountpoint}}", volume)


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
    """Gives every hundredth file other content, which compresses about as well."""
    files = sorted(path for path in pathlib.Path(mountpoint(volume)).rglob("*") if path.is_file() and not path.is_symlink())
    for path in files[::100]:
        path.write_bytes(path.read_bytes()[::-1])


def shares(devc, folder, volume, target):
    """Prints what is sent, and what is fetched by one who has the first state: each before and after a change."""
    print("| work | bytes | of the first | wall, s |\n|---|---|---|---|")
    with registry(folder) as address:
        place = f"{address}/bench:latest"
        pull = ["pull", place, target, "--replace", "--yes", "--no-backup"]
        for state in ["all", "1 % changed"]:
            for work, words, told in [("push", ["push", volume, place], "sentBytes"), ("pull", pull, "fetchedBytes")]:
                start = time.perf_counter()
                count = json.loads(run(devc, "volume", *words, "--json"))[told]
                wall = time.perf_counter() - start
                first = count if state == "all" else first
                print(f"| {work}, {state} | {count} | {100 * count / first:.1f} % | {wall:.1f} |", flush=True)
            change(volume)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default=pathlib.Path.home() / ".cargo/registry/src", help="a package cache (default: %(default)s)")
    parser.add_argument("--devc", default=str(ROOT / "target/release/devc"), help="the program (default: %(default)s)")
    arguments = parser.parse_args()
    volume, target = (f"devc-bench-share-{os.getpid()}-{name}" for name in ("volume", "target"))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="devc-bench-"))
    try:
        run("docker", "volume", "create", volume)
        shutil.copytree(arguments.source, mountpoint(volume), symlinks=True, dirs_exist_ok=True)
        shares(arguments.devc, folder, volume, target)
    finally:
        run("docker", "volume", "rm", "-f", volume, target)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
