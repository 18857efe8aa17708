//! Ways through proxies.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use devc::registry::RegistryOptions;

use crate::client::{Home, publish, reference, told, with};
use crate::server::{AUTHORITY, OTHER_NAME, Server, Setup};

/// A proxy that knows one name: what is asked for at `OTHER_NAME` is on this machine.
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                std::thread::spawn(move || tunnel(stream, &log));
            }
        });
        Self { address, asked }
    }
}

fn tunnel(mut stream: TcpStream, log: &Mutex<Vec<String>>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next()?.ok()?;
    let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let login = head.iter().find(|line| line.to_lowercase().starts_with("proxy-authorization"));
    log.lock().unwrap().push(format!("{first} {}", login.map_or("", String::as_str)));
    let port = first.split(' ').nth(1)?.strip_prefix(OTHER_NAME)?.strip_prefix(':')?.to_owned();
    let mut server = TcpStream::connect(format!("127.0.0.1:{port}")).ok()?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut there, mut back) = (stream.try_clone().ok()?, server.try_clone().ok()?);
    std::thread::spawn(move || std::io::copy(&mut there, &mut server));
    std::io::copy(&mut back, &mut stream).ok().map(drop)
}

#[tokio::test]
async fn https_goes_through_the_proxy() {
    let (server, proxy, home) = (Server::start(Setup::Tls), Proxy::start(), Home::new());
    let mut options = RegistryOptions { certificates: vec![server.file(AUTHORITY)], ..home.options() };
    options.proxies.https = Some(format!("http://me:hunter2@{}", proxy.address));
    let host = server.host().replace("localhost", OTHER_NAME);
    let name = reference(&host, "team/features/go:1");
    publish(&with(options), &name, b"layer").await;
    let asked = proxy.asked.lock().unwrap();
    assert!(asked[0].starts_with(&format!("CONNECT {host} HTTP/1.1")), "{asked:?}");
    assert!(asked[0].ends_with("Basic bWU6aHVudGVyMg=="), "{asked:?}");
}

#[tokio::test]
async fn a_proxy_that_is_down_is_named_without_its_password() {
    let home = Home::new();
    for kind in ["http", "socks5h", "socks4"] {
        let mut options: RegistryOptions = home.options();
        options.proxies.https = Some(format!("{kind}://me:hunter2@127.0.0.1:1"));
        let error = with(options).manifest(&reference("registry.example", "a/b:1")).await.unwrap_err();
        assert!(
            told(&error).contains("proxy variables") && told(&error).contains("prox"),
            "{}",
            told(&error)
        );
        assert!(!told(&error).contains("hunter2"), "{}", told(&error));
    }
}
