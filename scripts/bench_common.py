"""What all rows need: commands, what they cost, and a registry."""

import collections
import contextlib
import json
import socket
import subprocess
import sys
import time

Sample = collections.namedtuple("Sample", "wall processor memory")


def run(*words, **options):
    """Runs a command to its end, quietly; a failure ends the benchmark with what it printed."""
    words = [str(word) for word in words]
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


# A process of its own, because a child counts as memory what its parent had when it was started.
MEASURE = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
wall, usage = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
"""


def sample(words):
    """Seconds of wall clock and of processor time, and the most memory of one process in MiB, of a command and all that it starts."""
    return Sample(*json.loads(run(sys.executable, "-c", MEASURE, *words)))


@contextlib.contextmanager
def registry(folder):
    """A registry on a free port of this machine, as long as the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"localhost:{free.getsockname()[1]}"
    folder.mkdir()
    config = folder / "config.yml"
    storage = {"filesystem": {"rootdirectory": str(folder / "data")}}
    config.write_text(json.dumps({"version": 0.1, "log": {"level": "error"}, "storage": storage, "http": {"addr": address}}))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(["docker-registry", "serve", str(config)], **quiet)
    try:
        deadline = time.monotonic() + 30
        while subprocess.run(["curl", "-sf", f"http://{address}/v2/"], **quiet).returncode:
            if time.monotonic() > deadline:
                sys.exit("docker-registry does not answer")
            time.sleep(0.05)
        yield address
    finally:
        process.kill()
        process.wait()
