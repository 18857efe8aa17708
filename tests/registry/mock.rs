//! A small HTTP server that answers as a test wants and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// `GET /v2/...`, with the query.
    pub line: String,
    /// Headers, with names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl Received {
    /// The `Authorization` header, or nothing.
    pub fn authorization(&self) -> &str {
        self.headers.get("authorization").map_or("", String::as_str)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    announced: usize,
}

impl Reply {
    /// An answer with a body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { status, headers: Vec::new(), announced: body.len(), body }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends only so many bytes of what is announced.
    pub fn cut(mut self, length: usize) -> Self {
        self.body.truncate(length);
        self
    }

    fn write(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        write!(
            stream,
            "HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n",
            self.status, self.announced
        )?;
        for (name, value) in &self.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        stream.write_all(b"\r\n")?;
        stream.write_all(&self.body)
    }
}

type Log = Arc<Mutex<Vec<Received>>>;

/// A running server. It lives as long as the test program, which is short.
pub struct Mock {
    port: u16,
    log: Log,
}

impl Mock {
    /// Starts a server; `answer` gets each request and the server's own port.
    pub fn start(answer: impl Fn(&Received, u16) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (log, answer) = (Log::default(), Arc::new(answer));
        let seen = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, port, &seen, &*answer));
            }
        });
        Self { port, log }
    }

    /// Host and port, by address.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Host and port, by another name for the same machine: another host to a client.
    pub fn other_host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// What it was asked, but for the question whether it speaks plain http.
    pub fn received(&self) -> Vec<Received> {
        let log = self.log.lock().unwrap();
        log.iter().filter(|request| request.line != "GET /v2/").cloned().collect()
    }

    /// The lines of the requests whose line contains `part`.
    pub fn lines(&self, part: &str) -> Vec<String> {
        self.received().into_iter().map(|request| request.line).filter(|line| line.contains(part)).collect()
    }
}

fn serve(mut stream: TcpStream, port: u16, log: &Log, answer: &dyn Fn(&Received, u16) -> Reply) {
    let Some(request) = read(&stream) else { return };
    log.lock().unwrap().push(request.clone());
    let reply = if request.line == "GET /v2/" { Reply::new(401, "") } else { answer(&request, port) };
    let _ = reply.write(&mut stream);
}

fn read(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let line = line.trim().rsplit_once(' ')?.0.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { line, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
