"""Rows on `devc prebuild`, beside what people do by hand: xargs, and the same commands one after the other.

The first rows need nothing but devc; the others run in a container with node, pip and cargo.
"""

import json
import os
import pathlib
import statistics
import subprocess
import time

from bench_common import run

# A cargo that knows today's index.
DOCKERFILE = """FROM devc-base:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm python3-venv cargo-web rustc-web
"""
IMAGE = "devc-bench-tasks"
DEPTH, COUNT = 20, 1000
RESTORES = {
    "npm": ("npm install --no-audit --no-fund express webpack typescript", "node"),
    "pip": ("python3 -m venv .venv && .venv/bin/pip install --no-cache-dir django requests black", "python"),
    "cargo": ("CARGO_HOME=$PWD/.cargo cargo fetch", "rust"),
}
CARGO = '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\ntokio = { version = "1", features = ["full"] }\nclap = "4"\nserde_json = "1"\n'


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
        return run(self.devc, *words, cwd=self.folder, env=self.environment)

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


def again_row(devc, root):
    tasks = {f"copy{number}": {"run": f"cp in out{number}", "inputs": "in", "outputs": f"out{number}"} for number in range(8)}
    project = Project(devc, root, {"all": {"tasks": tasks}}, image=IMAGE)
    project.write("in", "something")
    project.run("up")
    try:
        project.prebuild("--local=false")
        yield "second run, nothing changed", lambda: None, {"devc": lambda: project.prebuild("--local=false")}
        yield "one exec, for comparison", lambda: None, {"devc exec -- true": lambda: project.run("exec", "--", "true")}
    finally:
        project.run("down")


def restore_row(devc, root):
    tasks = {name: {"run": command, "cwd": folder} for name, (command, folder) in RESTORES.items()}
    project = Project(devc, root, {"restore": {"tasks": tasks}}, image=IMAGE)
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


def measure_tasks(bench, folder):
    """Prints a table of its own: what is compared is not what the other rows compare."""
    rows = [row for row in ROWS if bench.wants(f"prebuild, {row}")]
    if not rows:
        return
    if any(row in IN_CONTAINER for row in rows):
        subprocess.run(["docker", "build", "--quiet", "--tag", IMAGE, "-"], input=DOCKERFILE, text=True, check=True, capture_output=True)
    print("| prebuild | by | median | beside the first |\n|---|---|---|---|")
    for row in rows:
        measure(ROWS[row](bench.devc, folder / row.replace(" ", "-")), min(5, bench.rounds))
    print(flush=True)


def measure(works, rounds):
    for work, before, candidates in works:
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


IN_CONTAINER = {"second run": again_row, "restore": restore_row}
ROWS = {"waiting tasks": network_row, "trivial tasks": trivial_row, **IN_CONTAINER}
