//! One request, one answer, with time limits and size limits.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{HeaderMap, RETRY_AFTER};
use hyper::{Request, Response};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

use crate::registry::dialer::{self, Dialer};
use crate::registry::failure::{self, Failure};
use crate::registry::place::is_loopback;
use crate::registry::{RegistryOptions, Timeouts};

/// The most that an answer which is read into memory may hold: manifests, lists of tags, tokens.
const LARGEST_TEXT: usize = 4 * 1024 * 1024;

/// Sends requests over a pool of connections.
pub(super) struct Transport {
    client: Client<HttpsConnector<Dialer>, Full<Bytes>>,
    timeouts: Timeouts,
}

impl Transport {
    /// Reads certificates; connects to nothing yet.
    pub(super) fn new(options: &RegistryOptions) -> Result<Self, Failure> {
        let tls = dialer::tls(&options.extra_certificates())
            .map_err(|error| Failure::lasting(format!("TLS could not be set up: {error}")))?;
        let dialer = Dialer::new(&options.proxies, &options.timeouts);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .build(HttpsConnector::from((dialer, tls)));
        Ok(Self { client, timeouts: options.timeouts.clone() })
    }

    /// Sends a request and waits for the beginning of the answer.
    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failure> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let limit = self.timeouts.connect + self.timeouts.silence + time_to_send(&request);
        match tokio::time::timeout(limit, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(failure::network(&host, &error)),
            Err(_) => Err(silent(&host, limit)),
        }
    }

    /// Whether a host on this machine speaks plain http, which it is asked in plain http, without a login.
    pub(super) async fn speaks_http(&self, host: &str) -> bool {
        let Ok(request) = Request::get(format!("http://{host}/v2/")).body(Full::default()) else {
            return true;
        };
        match tokio::time::timeout(self.timeouts.silence, self.client.request(request)).await {
            // "Client sent an HTTP request to an HTTPS server."
            Ok(Ok(response)) => response.status() != hyper::StatusCode::BAD_REQUEST,
            Ok(Err(error)) => error.is_connect(),
            Err(_) => true,
        }
    }

    /// Reads the next piece of an answer; `None` at its end.
    pub(super) async fn next(&self, host: &str, body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
        loop {
            let frame = tokio::time::timeout(self.timeouts.silence, body.frame())
                .await
                .map_err(|_| silent(host, self.timeouts.silence))?;
            match frame {
                None => return Ok(None),
                Some(Err(error)) => return Err(failure::broken(host, &error)),
                Some(Ok(frame)) => {
                    // Trailers carry nothing for us.
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    /// Reads a whole answer that is known to be small.
    pub(super) async fn text(&self, host: &str, mut body: Incoming) -> Result<Vec<u8>, Failure> {
        let mut text = Vec::new();
        while let Some(bytes) = self.next(host, &mut body).await? {
            if text.len() + bytes.len() > LARGEST_TEXT {
                return Err(Failure::lasting(format!("{host} answered with more than 4 MiB")));
            }
            text.extend_from_slice(&bytes);
        }
        Ok(text)
    }

    /// What an answer with an error status means, with the registry's own words.
    pub(super) async fn refusal(&self, host: &str, response: Response<Incoming>) -> Failure {
        let (status, wait) = (response.status(), retry_after(response.headers()));
        let text = self.text(host, response.into_body()).await.unwrap_or_default();
        Failure::status(host, status, wait, &message(&text))
    }
}

/// Host and port of an address, as `Host` headers have it.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether `host` may send us on to an address. Plain http is for this machine only, and nobody else may point there.
pub(super) fn is_safe(host: &str, next: &Url) -> bool {
    match next.scheme() {
        "https" => true,
        "http" => is_loopback(host) && next.host_str().is_some_and(is_loopback),
        _ => false,
    }
}

/// An upload may be as slow as 50 KB/s.
fn time_to_send(request: &Request<Full<Bytes>>) -> Duration {
    Duration::from_secs(request.body().size_hint().lower() / 50_000)
}

fn silent(host: &str, limit: Duration) -> Failure {
    Failure::passing(format!("{host} did not answer within {} seconds", limit.as_secs_f32()))
        .hint("Check the network and the proxy variables (HTTPS_PROXY, NO_PROXY).")
}

/// How long the server asks us to wait. Seconds only: registries do not send dates.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The messages of a registry's error answer, in one line of bearable length.
fn message(text: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Answer {
        errors: Vec<Problem>,
    }
    #[derive(serde::Deserialize)]
    #[serde(default)]
    #[derive(Default)]
    struct Problem {
        code: String,
        message: String,
    }
    let Ok(answer) = serde_json::from_slice::<Answer>(text) else { return String::new() };
    let words: Vec<String> = answer
        .errors
        .into_iter()
        .map(|problem| if problem.message.is_empty() { problem.code } else { problem.message })
        .collect();
    let line: String = words.join("; ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_answers_are_read_for_their_messages() {
        let text = br#"{"errors":[{"code":"NAME_UNKNOWN","message":"repository name\nnot known","detail":{}},{"code":"X"}]}"#;
        assert_eq!(message(text), "repository name not known; X");
        assert_eq!(message(b"<html>"), "");
    }

    #[test]
    fn plain_http_is_for_this_machine_and_from_this_machine() {
        let check = |from: &str, to: &str| is_safe(from, &Url::parse(to).unwrap());
        assert!(check("ghcr.io", "https://storage.example/"));
        assert!(check("localhost:5000", "http://127.0.0.1:5001/") && check("[::1]:1", "http://[::1]:1/"));
        assert!(!check("ghcr.io", "http://ghcr.io/") && !check("ghcr.io", "http://localhost:2375/"));
        assert!(!check("localhost", "http://ghcr.io/") && !check("localhost", "file:///etc/passwd"));
    }
}
