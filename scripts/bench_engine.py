"""An engine of the benchmark's own, behind a network link that is shaped and counted.

What it keeps, fetches and waits for is the benchmark's alone: its build cache begins empty, and other work of this machine is
neither slowed down nor counted. It needs root, and ends with everything in it.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

IMAGE = "devc-base:bookworm"
NAMESPACE = "devc-bench"
# The link's end on this machine and the end inside: names of at most 15 letters.
OUTER, INNER = "devc-bench-out", "devc-bench-in"
NETWORK, OUTER_ADDRESS, INNER_ADDRESS = "10.213.47.0/24", "10.213.47.1", "10.213.47.2"
FORWARDED = [
    ["-I", "FORWARD", "-i", OUTER, "-j", "ACCEPT"],
    ["-I", "FORWARD", "-o", OUTER, "-j", "ACCEPT"],
    ["-t", "nat", "-A", "POSTROUTING", "-s", NETWORK, "!", "-o", OUTER, "-j", "MASQUERADE"],
]
# The machine's containerd is hidden below a `/run` of its own, as the daemon would use it else.
START = """mount -t tmpfs tmpfs /run
exec dockerd --data-root "$PWD/data" --exec-root "$PWD/exec" --pidfile "$PWD/pid" --config-file "$PWD/none.json" \\
    --host "unix://$PWD/engine.sock"
"""


def run(*command, **options):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options).stdout


class Engine:
    """Runs as long as the block."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="devc-bench-engine-"))
        self.environment = {**os.environ, "DOCKER_HOST": f"unix://{self.folder}/engine.sock"}
        self.daemon = None
        # Python would end at once, and leave the network and the rules behind.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            self.link()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.daemon:
            self.daemon.kill()  # with it ends all that runs in its namespaces
            self.daemon.wait()
        for rule in FORWARDED:
            rule = ["-D" if word in ("-I", "-A") else word for word in rule]
            subprocess.run(["iptables", *rule], capture_output=True)
        subprocess.run(["ip", "link", "delete", OUTER], capture_output=True)
        subprocess.run(["ip", "netns", "delete", NAMESPACE], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def link(self):
        run("ip", "netns", "add", NAMESPACE)
        run("ip", "link", "add", OUTER, "type", "veth", "peer", "name", INNER, "netns", NAMESPACE)
        run("ip", "address", "add", f"{OUTER_ADDRESS}/24", "dev", OUTER)
        run("ip", "link", "set", OUTER, "up")
        inside = ["ip", "-netns", NAMESPACE]
        run(*inside, "address", "add", f"{INNER_ADDRESS}/24", "dev", INNER)
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "link", "set", INNER, "up")
        run(*inside, "route", "add", "default", "via", OUTER_ADDRESS)
        for rule in FORWARDED:
            run("iptables", *rule)

    def start(self):
        (self.folder / "none.json").write_text("{}")
        namespaces = ["--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"]
        with (self.folder / "log").open("w") as log:
            self.daemon = subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{NAMESPACE}", "unshare", *namespaces, "sh", "-ec", START],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        deadline = time.monotonic() + 60
        while subprocess.run(["docker", "version"], env=self.environment, capture_output=True).returncode:
            if self.daemon.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the engine does not answer:\n" + (self.folder / "log").read_text()[-2000:])
            time.sleep(0.1)

    def docker(self, *words, **options):
        return run("docker", *words, env=self.environment, **options)

    def take_base_image(self, name):
        """Brings the base image over from this machine's engine as `name`, with the authorities that this machine trusts.

        A company's own base image has them as well; so a plain Dockerfile reaches what `devc` reaches.
        """
        save = subprocess.Popen(["docker", "save", IMAGE], stdout=subprocess.PIPE)
        subprocess.run(["docker", "load"], stdin=save.stdout, env=self.environment, check=True, capture_output=True)
        context = self.folder / "base"
        context.mkdir()
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", context / "authorities.pem")
        bundle = "/usr/local/share/bench/authorities.pem"
        variables = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CARGO_HTTP_CAINFO"]
        settings = "".join(f"ENV {variable}={bundle}\n" for variable in variables)
        (context / "Dockerfile").write_text(f"FROM {IMAGE}\nCOPY authorities.pem {bundle}\n{settings}")
        self.docker("buildx", "build", "--quiet", "--tag", name, str(context))

    def shape(self, rate):
        """Lets so much into the engine (`50mbit`), or with `None` as much as there is."""
        if rate:
            run("tc", "qdisc", "replace", "dev", OUTER, "root", "tbf", "rate", rate, "burst", "64kb", "latency", "100ms")
        else:
            subprocess.run(["tc", "qdisc", "delete", "dev", OUTER, "root"], capture_output=True)

    def fetched(self):
        """How many bytes have come in since the start."""
        return int(pathlib.Path(f"/sys/class/net/{OUTER}/statistics/tx_bytes").read_text())
