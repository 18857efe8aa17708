//! The word counter over HTTP.

use std::io::{self, Read};

use tiny_http::{Header, Method, Request, Response, Server};

use crate::count::count;

const MOST: usize = 10;
const LARGEST_TEXT: u64 = 1024 * 1024;

type Answer = Response<io::Cursor<Vec<u8>>>;

/// Answers requests until the server is unblocked.
pub fn serve(server: &Server) -> io::Result<()> {
    for mut request in server.incoming_requests() {
        let answer = answer(&mut request);
        request.respond(answer)?;
    }
    Ok(())
}

fn answer(request: &mut Request) -> Answer {
    match (request.method(), request.url()) {
        (Method::Get, "/health") => json(200, r#"{"status":"ok"}"#),
        (Method::Post, "/count") => match text(request) {
            Ok(text) => json(200, serde_json::to_vec(&count(&text, MOST)).expect("words are valid JSON")),
            Err(_) => json(400, r#"{"error":"the body is no UTF-8 text of at most one MiB"}"#),
        },
        _ => json(404, r#"{"error":"there are GET /health and POST /count"}"#),
    }
}

fn text(request: &mut Request) -> io::Result<String> {
    let mut text = String::new();
    let read = request.as_reader().take(LARGEST_TEXT + 1).read_to_string(&mut text)?;
    if read as u64 > LARGEST_TEXT {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(text)
}

fn json(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    let kind = Header::from_bytes("content-type", "application/json").expect("a valid header");
    Response::from_data(body).with_status_code(status).with_header(kind)
}
