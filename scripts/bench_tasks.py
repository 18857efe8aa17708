#!/usr/bin/env python3
"""Measures `devc prebuild` beside what people do by hand: xargs, and the same commands one after the other.

The local rows need nothing but devc. The rows in a container need a local engine and an image with node, pip and cargo
(--image). Each round runs every candidate once, in turn. Prints medians as a Markdown table, ready for docs/performance.md.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

DEPTH, COUNT = 20, 1000
RESTORES = {
    "npm": ("npm install --no-audit --no-fund express webpack typescript", "node"),
    "pip": ("python3 -m venv .venv && .venv/bin/pip install --no-cache-dir django requests black", "python"),
    "cargo": ("CARGO_HOME=$PWD/.cargo cargo fetch", "rust"),
}
CARGO = '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\ntokio = { version = "1", features = ["full"] }\nclap = "4"\nserde_json = "1"\n'


def run(words, **options):
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} failed ({done.returncode}):\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Project:
    """A folder with tasks, and a home of its own for what devc remembers."""

    def __init__(self, devc, root, phases, image="debian", parallel=None):
        self.devc, self.folder = devc, root / "project"
        self.folder.mkdir(parents=True)
        self.environment = {**os.environ, "HOME": str(root / "home"), "XDG_STATE_HOME": str(root / "state")}
        prebuild = {"phases": phases, **({"maxParallel": parallel} if parallel else {})}
        config = {"image": image, "customizations": {"devc": {"prebuild": prebuild, "volumes": False}}}
        self.write(".devcontainer.json", json.dumps(config))

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, *words):
        return run([self.devc, *words], cwd=self.folder, env=self.environment)

    def prebuild(self, *words):
        return self.run("prebuild", "--json", *words)


def network_row(devc, root):
    tasks = {f"wait{number}": "sleep 2" for number in range(8)}
    project = Project(devc, root, {"all": {"tasks": tasks}}, parallel=8)
    yield "eight tasks that wait for 2 s each", lambda: None, {"devc": lambda: project.prebuild("--local")}


def trivial_row(devc, root):
    width = COUNT // DEPTH
    phases = {
        f"phase{depth}": {"tasks": {f"task{depth}-{number}": ["/bin/sh", "-c", "exit 0"] for number in range(width)}}
        for depth in range(DEPTH)
    }
    parallel = os.cpu_count() or 2
    project = Project(devc, root, phases, parallel=parallel)
    words = ["xargs", f"-P{parallel}", "-n1", "/bin/sh", "-c", "exit 0"]
    lines = "\n".join(map(str, range(COUNT)))
    by_hand = lambda: subprocess.run(words, input=lines, text=True, check=True, stdout=subprocess.DEVNULL)
    yield f"{COUNT} trivial tasks, {DEPTH} deep", lambda: None, {
        f"xargs -P{parallel}": by_hand,
        "devc": lambda: project.prebuild("--local"),
    }


def again_row(devc, root, image):
    tasks = {f"copy{number}": {"run": f"cp in out{number}", "inputs": "in", "outputs": f"out{number}"} for number in range(8)}
    project = Project(devc, root, {"all": {"tasks": tasks}}, image=image)
    project.write("in", "something")
    project.run("up")
    try:
        project.prebuild("--local=false")
        yield "second run, nothing changed", lambda: None, {"devc": lambda: project.prebuild("--local=false")}
        yield "one exec, for comparison", lambda: None, {"devc exec -- true": lambda: project.run("exec", "--", "true")}
    finally:
        project.run("down")


def restore_row(devc, root, image):
    tasks = {name: {"run": command, "cwd": folder} for name, (command, folder) in RESTORES.items()}
    project = Project(devc, root, {"restore": {"tasks": tasks}}, image=image)
    for _, folder in RESTORES.values():
        (project.folder / folder).mkdir()
    project.write("node/package.json", "{}")
    project.write("rust/Cargo.toml", CARGO)
    project.write("rust/lib.rs", "")
    project.run("up")

    def clean():
        project.run("exec", "--", "sh", "-c", "rm -rf node/node_modules python/.venv rust/.cargo ~/.npm")

    by_hand = " && ".join(f"(cd {folder} && {command})" for command, folder in RESTORES.values())
    try:
        yield "npm, pip and cargo restored", clean, {
            "one after the other": lambda: project.run("exec", "--", "sh", "-c", by_hand),
            "devc": lambda: project.prebuild("--local=false"),
        }
    finally:
        project.run("down")


def measure(rows, rounds):
    for work, before, candidates in rows:
        seconds = {name: [] for name in candidates}
        for _ in range(rounds):
            for name, action in candidates.items():
                before()
                start = time.perf_counter()
                action()
                seconds[name].append(time.perf_counter() - start)
        medians = {name: statistics.median(values) for name, values in seconds.items()}
        hand = next(iter(medians.values()))
        for name, median in medians.items():
            print(f"| {work} | {name} | {median * 1000:.0f} ms | {median / hand:.2f} x |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devc", default=shutil.which("devc"), help="the program to measure")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--image", help="an image with node, pip and cargo, for the rows in a container")
    arguments = parser.parse_args()
    devc = str(pathlib.Path(arguments.devc).resolve())
    print("| work | by | median | against the first |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="devc-bench-") as folder:
        root = pathlib.Path(folder)
        measure(network_row(devc, root / "network"), arguments.rounds)
        measure(trivial_row(devc, root / "trivial"), arguments.rounds)
        if arguments.image:
            measure(again_row(devc, root / "again", arguments.image), arguments.rounds)
            measure(restore_row(devc, root / "restore", arguments.image), arguments.rounds)


if __name__ == "__main__":
    main()
