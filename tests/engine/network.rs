//! Downloads inside builds and containers, on a network whose certificates only this machine knows.

use std::fs;

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::world::{World, scenario};

/// The image of the example project: curl, git, Python, Node and npm. Its layers are shared with `scripts/demo`.
pub const DOCKERFILE: &str = include_str!("../../examples/bookshelf/.devcontainer/Dockerfile");

/// Serves the current folder over TLS, then runs a program beside it.
const SERVE: &str = r#"
import http.server, ssl, subprocess, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem", "server.key")
server = http.server.ThreadingHTTPServer(("localhost", 8443), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(subprocess.call(sys.argv[1:]))
"#;

const DOWNLOADS: &str = r#"
set -ex
url=https://localhost:8443
curl -fsS $url/hello.txt | grep hello
git clone -q $url/repository.git /tmp/clone-$$
python3 -c "import urllib.request as u; assert u.urlopen('$url/hello.txt').read() == b'hello'"
node -e "require('https').get('$url/hello.txt', {family: 4}, r => process.exit(r.statusCode == 200 ? 0 : 1))"
"#;

/// Makes a certificate authority that nobody knows, a server with a certificate of it, and a machine that trusts it.
/// Returns a line that only the authority's certificate holds.
fn trust_an_authority_of_our_own(world: &mut World) -> String {
    world.write("serve.py", SERVE);
    world.write("downloads.sh", DOWNLOADS);
    world.write("hello.txt", "hello");
    world.write("names", "subjectAltName=DNS:localhost");
    for command in [
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=devc-test",
        "openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
        "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -out server.pem -days 2 -extfile names \
         -CAcreateserial",
        "git init -q repository",
        "git -C repository -c user.name=a -c user.email=a@b commit -q --allow-empty -m one",
        "git clone -q --bare repository repository.git",
        "git -C repository.git update-server-info",
        "chmod a+r server.key",
    ] {
        world.host(&command.split_whitespace().collect::<Vec<_>>());
    }
    let authority = world.read("ca.pem").unwrap();
    let known = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    let bundle = world.outside("bundle.pem");
    fs::write(&bundle, format!("{known}{authority}")).unwrap();
    world.set("SSL_CERT_FILE", bundle);
    authority.lines().nth(3).unwrap().to_owned()
}

/// The image of the container must know neither certificates nor the variables that name them.
#[track_caller]
fn check_image_knows_nothing(world: &World, image: &str, line: &str) {
    let facts = world.docker.inspect("image", image).unwrap();
    let variables = facts["Config"]["Env"].to_string();
    for name in ["SSL_CERT", "CA_BUNDLE", "CAINFO", "PIP_CERT", "EXTRA_CA", "APT_CONFIG", "PROXY", "proxy"] {
        assert!(!variables.contains(name), "{variables}");
    }
    let search = format!(
        "grep -rlF '{line}' /etc /usr/share /usr/local /var /opt /root /home; \
         cd /usr/local/share/ca-certificates && ls -A; ls -d /dev/devc /run/secrets /usr/local/share/devc 2>/dev/null; true"
    );
    let words = ["run", "--rm", "--entrypoint", "sh", image, "-c", &search];
    assert_eq!(world.docker.ask(&words), "", "the image knows the host's certificates");
}

fn with_tools(more: Value) -> Value {
    let mut config = json!({"build": {"dockerfile": "Dockerfile"}, "remoteUser": "dev"});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

#[test]
fn programs_in_hooks_trust_what_this_machine_trusts_and_the_image_does_not() {
    scenario(|mut world| {
        let line = trust_an_authority_of_our_own(&mut world);
        let check = "python3 serve.py sh downloads.sh";
        // Made with the network of this machine: whatever authority a test makes, the tools are the same.
        let tools = format!("{}-tools", world.name);
        world.docker.build(&tools, DOCKERFILE);
        world.write(".devcontainer/Dockerfile", &format!("FROM {tools}\nRUN curl --version > /built\n"));
        world.config(with_tools(json!({"postCreateCommand": check})));
        world.open_to_all();
        let container = world.up();
        world.devc(&["exec", "sh", "-c", check]).succeeds();
        world.devc(&["exec", "-u", "root", "sh", "-c", check]).succeeds();
        // A shell that knows nothing of devc's variables reads the system's own bundle.
        let bare = "env -i PATH=$PATH HOME=/root curl -fsS https://localhost:8443/hello.txt";
        world.devc(&["exec", "-u", "root", "python3", "serve.py", "sh", "-c", bare]).succeeds();
        world.devc(&["exec", "-u", "root", "update-ca-certificates"]).succeeds();
        world.devc(&["exec", "-u", "root", "python3", "serve.py", "sh", "-c", bare]).succeeds();
        check_image_knows_nothing(&world, container.text("/Image"), &line);
    });
}

#[test]
fn the_hosts_trust_can_be_kept_at_home() {
    scenario(|mut world| {
        let line = trust_an_authority_of_our_own(&mut world);
        let image = format!("{}-tools", world.name);
        world.docker.build(&image, DOCKERFILE);
        world.open_to_all();
        world.set("HTTP_PROXY", "http://proxy.invalid:1");
        world.config(json!({"image": image, "postCreateCommand": "python3 serve.py sh downloads.sh"}));
        let run = world.devc(&["up", "--no-host-trust"]).fails();
        assert!(run.stderr.contains("certificate"), "{run}");
        let container = world.container();
        assert_eq!(container.env("SSL_CERT_FILE"), None);
        assert_eq!(container.env("HTTP_PROXY"), None);
        assert!(!container.test(&format!("grep -rlF '{line}' /usr/local/share /etc/ssl")));
    });
}

#[test]
fn proxy_variables_reach_builds_and_containers_and_stay_out_of_the_image() {
    scenario(|mut world| {
        world.set("https_proxy", "http://user:pass@proxy.invalid:1");
        world.set("NO_PROXY", "localhost");
        world.write(
            ".devcontainer/Dockerfile",
            &format!("FROM {BASE}\nRUN echo \"$https_proxy $NO_PROXY\" > /seen\n"),
        );
        world.config(json!({
            "build": {"dockerfile": "Dockerfile"},
            "containerEnv": {"NO_PROXY": "of the configuration"},
        }));
        let container = world.up();
        assert_eq!(container.sh("cat /seen"), "http://user:pass@proxy.invalid:1 localhost");
        assert_eq!(container.env("https_proxy"), Some("http://user:pass@proxy.invalid:1"));
        assert_eq!(container.env("NO_PROXY"), Some("of the configuration"));
        let image = world.docker.inspect("image", container.text("/Image")).unwrap();
        assert!(!image.to_string().contains("proxy.invalid"), "{image}");
    });
}

#[test]
fn pip_npm_and_curl_download_in_hooks() {
    scenario(|world| {
        world.write(".devcontainer/Dockerfile", DOCKERFILE);
        world.config(with_tools(json!({
            "postCreateCommand": {
                "pip": "python3 -m venv /tmp/venv && /tmp/venv/bin/pip install --no-cache-dir six && /tmp/venv/bin/python -c 'import six'",
                "npm": "mkdir /tmp/npm && cd /tmp/npm && npm install --no-audit --no-fund ms && node -e 'require(\"ms\")'",
                "curl": "curl -fsS -o /dev/null \"$(npm config get registry)ms\"",
            },
        })));
        world.open_to_all();
        world.up();
    });
}

#[test]
fn cargo_downloads_in_a_hook() {
    scenario(|world| {
        // The toolchain that runs these tests saves downloading another one.
        let toolchain = world.host(&["rustc", "--print", "sysroot"]);
        world.write("crate/Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nitoa = \"1\"\n");
        world.write("crate/src/lib.rs", "");
        world.config(json!({
            "image": BASE,
            "mounts": [format!("source={toolchain},target=/opt/rust,type=bind,readonly")],
            "remoteEnv": {"PATH": "/opt/rust/bin:${containerEnv:PATH}", "CARGO_HOME": "/tmp/cargo"},
            "postCreateCommand": "cd crate && cargo fetch && ls /tmp/cargo/registry/cache/*/itoa-*.crate",
        }));
        world.up();
    });
}

#[test]
fn apt_downloads_over_https_in_a_build_and_in_a_hook() {
    scenario(|world| {
        let update = "apt-get update -o APT::Update::Error-Mode=any";
        world.write(
            ".devcontainer/Dockerfile",
            &format!("FROM {BASE}\nRUN sed -i 's|http://|https://|' /etc/apt/sources.list && {update}\n"),
        );
        world.config(json!({
            "build": {"dockerfile": "Dockerfile"},
            "postCreateCommand": format!("{update} && apt-get install -y --no-install-recommends ca-certificates && {update}"),
        }));
        let container = world.up();
        check_image_knows_nothing(&world, container.text("/Image"), "no line of a certificate");
    });
}
