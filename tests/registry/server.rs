//! A real registry on a free port of this machine.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The user of registries with a password.
pub const USER: &str = "dev";
/// Their password.
pub const PASSWORD: &str = "hunter2";
/// The same, as `htpasswd -B` writes it (bcrypt, five rounds).
const HASHED: &str = "$2y$05$abcdefghijklmnopqrstuuoXuKqgZXLiJqzfmMXDDhSFPIvxV7t8.";
/// The test's own certificate authority, in the folder of a registry with TLS.
pub const AUTHORITY: &str = "ca.crt";

/// Another name that the certificate is for, which no name server knows.
pub const OTHER_NAME: &str = "registry.test";

/// How a registry is set up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// Plain http, open to all.
    Open,
    /// Plain http with a password.
    Password,
    /// TLS with a certificate of the test's own authority.
    Tls,
}

/// A running registry, which ends with the test.
pub struct Server {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Server {
    /// Starts a registry and waits until it accepts connections.
    pub fn start(setup: Setup) -> Self {
        let folder = tempfile::Builder::new().prefix("devc-server-").tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if setup == Setup::Tls {
            make_certificates(folder.path());
        }
        std::fs::write(folder.path().join("htpasswd"), format!("{USER}:{HASHED}\n")).unwrap();
        std::fs::write(folder.path().join("config.yml"), config(setup, folder.path(), port)).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(folder.path().join("config.yml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("docker-registry must be installed: scripts/engine does that");
        let server = Self { process, folder, port };
        server.wait();
        server
    }

    /// Host and port, under the name that its certificate is for.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The folder in which it keeps everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in its folder.
    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder().join(name)).unwrap()
    }

    fn wait(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "the registry does not start: {}", self.file("log"));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn config(setup: Setup, folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let auth = match setup {
        Setup::Password => format!("auth:\n  htpasswd:\n    realm: test\n    path: {folder}/htpasswd\n"),
        _ => String::new(),
    };
    let tls = match setup {
        Setup::Tls => format!("  tls:\n    certificate: {folder}/server.crt\n    key: {folder}/server.key\n"),
        _ => String::new(),
    };
    format!(
        "version: 0.1\nlog:\n  level: warn\nstorage:\n  filesystem:\n    rootdirectory: {folder}/data\n{auth}http:\n  addr: 127.0.0.1:{port}\n  secret: test\n{tls}"
    )
}

/// An authority and a certificate for localhost that it signed.
fn make_certificates(folder: &Path) {
    let script = r"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=devc-test-authority \
            -keyout ca.key -out ca.crt
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
            -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost,DNS:registry.test\nbasicConstraints=CA:FALSE\n' >extensions
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions \
            -out server.crt";
    let output = Command::new("sh").args(["-ec", script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
}
