"""Rows on builds: each example as a plain one-`RUN` Dockerfile, the same with devc's caches, and the file that devc generates.

All three start from one image and build in one engine that nobody else uses (see bench_engine). `plain` is the bare
docker client; `with caches` is `devc build` of the same Dockerfile; `generated` is the bare docker client again, target
prod, with the Dockerfile of `devc generate`. Edits are real: a line in a source file, a package in manifest and lockfile.
"""

import dataclasses
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from bench_engine import Engine

BASE = "devc-bench-base"
EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"
SLOW = "50mbit"
NETWORKS = {"": None, ", 50 Mbit/s": SLOW}
CANDIDATES = ["plain", "with caches", "generated"]
STAGES = ["deps-api-pip", "deps-stock-cargo", "deps-web-npm"]


@dataclasses.dataclass
class Project:
    """An example, how a user in a hurry would build it, and what is done to it."""

    name: str
    packages: str
    commands: str
    source: str
    comment: str
    # Adds a dependency to manifest and lockfile, in a container that has the tools.
    add: str
    dependencies: list

    def dockerfile(self):
        return f"""FROM {BASE}
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY . .
RUN apt-get update && apt-get install -y --no-install-recommends {self.packages} && {self.commands}
"""


# The example's lockfile names no registry. As npm writes it, it does, and only then does npm look in its cache first.
NAME_REGISTRY = """node -e '
const fs = require("fs"), lock = JSON.parse(fs.readFileSync("package-lock.json"));
for (const [path, entry] of Object.entries(lock.packages).filter(([, entry]) => entry.integrity)) {
  const name = entry.name ?? path.split("node_modules/").pop();
  entry.resolved ??= `${process.argv[1]}${name}/-/${name.split("/").pop()}-${entry.version}.tgz`;
}
fs.writeFileSync("package-lock.json", JSON.stringify(lock, null, 2));' "$(npm config get registry)"
"""

PROJECTS = [
    Project(
        "node-api", "nodejs npm", "npm ci && npm run build", "src/app.ts", "//",
        "npm install --package-lock-only --ignore-scripts {}\n" + NAME_REGISTRY.replace("{", "{{").replace("}", "}}"),
        ["dayjs@1.11.13", "nanoid@5.0.9", "ms@2.1.2", "mime@4.0.4", "semver@7.6.3", "yaml@2.6.1"],
    ),
    Project(
        "python-pip", "python3 python3-venv", "python3 -m venv /opt/venv && pip install -r requirements.txt",
        "thumbnails/picture.py", "#", "echo {} >>requirements.txt",
        ["tabulate==0.9.0", "humanize==4.12.1", "toml==0.10.2", "colorama==0.4.6", "cachetools==5.5.2", "xmltodict==0.14.2"],
    ),
    Project(
        "rust-service", "cargo-web rustc-web gcc libc6-dev", "cargo build --release --locked", "src/service.rs", "//",
        "cargo add --quiet {} && cargo update --quiet --workspace",
        ["hex@0.4.3", "fnv@1.0.7", "humantime@2.1.0", "semver@1.0.23", "bytes@1.7.1", "either@1.13.0"],
    ),
]


@dataclasses.dataclass
class Sample:
    seconds: float
    fetched: int
    cached: float | None

    @staticmethod
    def median(samples):
        middle = lambda values: statistics.median(values) if None not in values else None
        return Sample(*(middle([getattr(sample, field.name) for sample in samples]) for field in dataclasses.fields(Sample)))

    def __str__(self):
        cached = "" if self.cached is None else f", {self.cached:.0%} of steps cached"
        return f"{self.seconds:.1f} s, {self.fetched / 1e6:.1f} MB{cached}"


class Steps:
    """What BuildKit tells of the instructions of one build."""

    def __init__(self, progress):
        self.vertexes = {}
        for event in events(progress):
            for vertex in event.get("vertexes") or []:
                if vertex["name"].startswith("[") and not vertex["name"].startswith("[internal]"):
                    self.vertexes.setdefault(vertex["digest"], {}).update(vertex)

    def cached(self):
        return sum(bool(vertex.get("cached")) for vertex in self.vertexes.values()) / max(len(self.vertexes), 1)

    def seconds(self, stages):
        """From the first beginning to the last end of any instruction of these stages."""
        mine = [vertex for vertex in self.vertexes.values() if vertex["name"][1:].split()[0] in stages]
        begin, end = min(timestamp(vertex["started"]) for vertex in mine), max(timestamp(vertex["completed"]) for vertex in mine)
        return end - begin


def events(progress):
    """The objects that buildx wrote one after the other, among other words and over any number of lines."""
    decoder, at = json.JSONDecoder(), 0
    while (at := progress.find("{", at)) >= 0:
        try:
            event, at = decoder.raw_decode(progress, at)
            yield event
        except json.JSONDecodeError:
            at += 1


def timestamp(text):
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return time.mktime(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{fraction or 0}")


class Checkout:
    """One copy of a project for each way to build it, so that all of them get the same edits."""

    def __init__(self, bench, engine, folder, project):
        self.bench, self.engine, self.project = bench, engine, project
        self.places = {candidate: folder / project.name / candidate.replace(" ", "-") for candidate in CANDIDATES}
        for place in self.places.values():
            shutil.copytree(EXAMPLES / project.name, place, ignore=shutil.ignore_patterns("Dockerfile", ".dockerignore", ".devcontainer"))
        for candidate in ["plain", "with caches"]:
            (self.places[candidate] / "Dockerfile").write_text(project.dockerfile())
        (self.places["with caches"] / ".devcontainer.json").write_text('{ "build": { "dockerfile": "Dockerfile" } }')
        self.call([bench.devc, "generate", "--workspace-folder", str(self.places["generated"]), "--base-image", BASE])
        self.sources = {path: path.read_text() for path in self.files(project.source)}

    def files(self, name):
        return [place / name for place in self.places.values()]

    def call(self, command):
        done = subprocess.run(command, env=self.engine.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed ({done.returncode}):\n{(done.stdout + done.stderr)[-4000:]}")
        return done.stderr

    def image(self, candidate):
        return f"{self.project.name}-{candidate.replace(' ', '-')}"

    def command(self, candidate, target="prod"):
        place = str(self.places[candidate])
        if candidate == "with caches":
            return [self.bench.devc, "build", "--workspace-folder", place, "--image-name", self.image(candidate)]
        targets = ["--target", target] if candidate == "generated" else []
        return ["docker", "buildx", "build", "--progress", "rawjson", "--tag", self.image(candidate), *targets, place]

    def build(self, candidate):
        fetched, start = self.engine.fetched(), time.perf_counter()
        progress = self.call(self.command(candidate))
        seconds = time.perf_counter() - start
        cached = Steps(progress).cached() if candidate == "generated" else None
        return Sample(seconds, self.engine.fetched() - fetched, cached)

    def edit_source(self, number):
        for path, text in self.sources.items():
            path.write_text(f"{text}\n{self.project.comment} edit {number}\n")

    def variants(self):
        """The files that an added dependency changes, one set for each dependency."""
        place = self.places["plain"]
        before = self.texts(place)
        for dependency in self.project.dependencies:
            script = self.project.add.format(dependency)
            self.engine.docker("run", "--rm", "--volume", f"{place}:/app", self.image("plain"), "sh", "-ec", script)
            after = self.texts(place)
            changed = {path: text for path, text in after.items() if before.get(path) != text}
            for path in changed:
                (place / path).write_text(before[path])
            yield changed

    @staticmethod
    def texts(place):
        return {path.relative_to(place): path.read_text() for path in place.iterdir() if path.is_file()}

    def write(self, texts):
        for path, text in texts.items():
            for place in self.places.values():
                (place / path).write_text(text)


class Table:
    def __init__(self):
        self.rows = []

    def add(self, work, samples):
        medians = {name: Sample.median(taken) for name, taken in samples.items()}
        self.rows.append((work, medians))
        print(f"  {work}: " + "; ".join(f"{name} {sample}" for name, sample in medians.items()), file=sys.stderr, flush=True)

    def __str__(self):
        lines = [f"| build | {' | '.join(CANDIDATES)} |", "|---|" + "---|" * len(CANDIDATES)]
        for work, medians in self.rows:
            plain = medians["plain"].seconds
            ratio = lambda name: "" if name == "plain" else f", **{plain / medians[name].seconds:.1f} x**"
            lines.append(f"| {work} | " + " | ".join(f"{medians[name]}{ratio(name)}" for name in CANDIDATES) + " |")
        return "\n".join(lines)


def measure_builds(bench, folder):
    """Prints tables of its own: what is compared is not what the other rows compare."""
    projects = [project for project in PROJECTS if bench.wants(f"build {project.name}")]
    overlap, sizes = bench.wants("build, independent stages"), bench.wants("build, image sizes")
    if not (projects or overlap or sizes):
        return
    with Engine() as engine:
        engine.take_base_image(BASE)
        table = Table()
        for project in projects:
            measure_project(Checkout(bench, engine, folder, project), table, min(3, bench.rounds))
        if projects:
            print(f"{table}\n")
        if sizes:
            measure_sizes(bench, engine, folder)
        if overlap:
            measure_overlap(bench, engine, folder)


def measure_project(checkout, table, rounds):
    engine, name = checkout.engine, checkout.project.name
    take = lambda: {candidate: [checkout.build(candidate)] for candidate in CANDIDATES}

    def repeat(work, edits):
        taken = []
        for edit in edits:
            edit()
            taken.append(take())
        table.add(work, {candidate: [one[candidate][0] for one in taken] for candidate in CANDIDATES})

    engine.shape(SLOW)
    table.add(f"{name}, all cold, 50 Mbit/s", take())
    engine.shape(None)
    variants = list(checkout.variants())
    repeat(f"{name}, a source file edited", [lambda number=number: checkout.edit_source(number) for number in range(rounds)])
    for network, rate in NETWORKS.items():
        engine.shape(rate)
        added, variants = variants[:rounds], variants[rounds:]
        repeat(f"{name}, a dependency added{network}", [lambda files=files: checkout.write(files) for files in added])
    engine.shape(None)


def measure_sizes(bench, engine, folder):
    print("| image | dev | prod | |\n|---|---|---|---|")
    for name in ["node-api", "vite-app", "python-pip", "python-uv"]:
        place = generated(bench, engine, folder / "sizes" / name, name)
        sizes = []
        for target in ["dev", "prod"]:
            engine.docker("buildx", "build", "--quiet", "--target", target, "--tag", f"{name}-{target}", str(place))
            sizes.append(int(engine.docker("image", "inspect", "--format", "{{.Size}}", f"{name}-{target}")) / 1e6)
        dev, prod = sizes
        print(f"| {name} | {dev:.0f} MB | {prod:.0f} MB | {dev / prod:.1f} x smaller |", flush=True)
    print()


def measure_overlap(bench, engine, folder):
    """Three stages that do not need each other: alone, one after the other, and in one build."""
    place = generated(bench, engine, folder / "overlap", "mixed")
    dockerfile = place / "Dockerfile"
    copies = "".join(f"COPY --from={stage} /app /{stage}\n" for stage in STAGES)
    dockerfile.write_text(f"{dockerfile.read_text()}\nFROM scratch AS together\n{copies}")

    def seconds(target, stages):
        engine.docker("buildx", "prune", "--force", "--filter", "type=exec.cachemount")
        command = ["docker", "buildx", "build", "--progress", "rawjson", "--target", target]
        command += ["--no-cache-filter", ",".join(stages), str(place)]
        done = subprocess.run(command, env=engine.environment, check=True, capture_output=True, text=True)
        return Steps(done.stderr).seconds(stages)

    works = {**{stage: (stage, [stage]) for stage in STAGES}, "all three": ("together", STAGES)}
    taken = {work: [] for work in works}
    seconds(*works["all three"])
    for _ in range(min(3, bench.rounds)):
        for work, wanted in works.items():
            taken[work].append(seconds(*wanted))
    medians = {work: statistics.median(values) for work, values in taken.items()}
    longest = max(medians[stage] for stage in STAGES)
    print("| stages of `mixed` | |\n|---|---|")
    for work, value in medians.items():
        print(f"| {work} | {value:.1f} s |")
    print(f"| all three, beside the longest | {medians['all three'] / longest:.2f} x |\n")


def generated(bench, engine, place, name):
    shutil.copytree(EXAMPLES / name, place, ignore=shutil.ignore_patterns("Dockerfile", ".dockerignore", ".devcontainer"))
    command = [bench.devc, "generate", "--workspace-folder", str(place), "--base-image", BASE]
    subprocess.run(command, env=engine.environment, check=True, capture_output=True)
    return place
