//! What can go wrong on the way to a registry, sorted by what helps.

use std::error::Error as StdError;
use std::fmt::Display;
use std::time::Duration;

use hyper::StatusCode;

use crate::error::{Error, ErrorKind};

/// What helps against a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Asking again, after this time if the server named one.
    Retry(Option<Duration>),
    /// Logging in, or permission.
    Login,
    /// Nothing: it does not exist there.
    Absent,
    /// Nothing that we know of.
    Nothing,
}

/// One failed try, not yet told to anybody. Holds no secrets: neither headers nor the queries of addresses.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) remedy: Remedy,
    reason: String,
    hints: Vec<String>,
}

impl Failure {
    pub(super) fn new(remedy: Remedy, reason: impl Into<String>) -> Self {
        Self { remedy, reason: reason.into(), hints: Vec::new() }
    }

    /// A failure that another try may cure.
    pub(super) fn passing(reason: impl Into<String>) -> Self {
        Self::new(Remedy::Retry(None), reason)
    }

    /// A failure that stays.
    pub(super) fn lasting(reason: impl Into<String>) -> Self {
        Self::new(Remedy::Nothing, reason)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with other advice.
    pub(super) fn hint_instead(self, hint: impl Into<String>) -> Self {
        Self { hints: vec![hint.into()], ..self }
    }

    /// Why it failed.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// Adds something to the reason.
    pub(super) fn and(mut self, more: impl Display) -> Self {
        self.reason = format!("{}; {more}", self.reason);
        self
    }

    /// What an answer with an error status means. `message` is what the registry says about it.
    pub(super) fn status(
        host: &str,
        status: StatusCode,
        retry_after: Option<Duration>,
        message: &str,
    ) -> Self {
        let said = if message.is_empty() { String::new() } else { format!(": {message}") };
        let reason = format!("{host} answered {status}{said}");
        match status.as_u16() {
            401 | 403 => Self::new(Remedy::Login, reason).hint(format!(
                "Log in with `docker login {host}` using an account that may do this, or check the name: private and missing things often look the same."
            )),
            404 => Self::new(Remedy::Absent, reason)
                .hint("Check the name and the version for a typing mistake.")
                .hint(format!("If it is private, log in first with `docker login {host}`.")),
            429 => Self::new(Remedy::Retry(retry_after), reason).hint(format!(
                "The registry limits how often it may be asked: wait a while, or log in with `docker login {host}`."
            )),
            408 | 500 | 502..=504 => Self::new(Remedy::Retry(retry_after), reason)
                .hint("The registry has a problem of its own: try again later."),
            _ => Self::lasting(reason),
        }
    }

    /// The error that people see: what we were doing, on what.
    pub(super) fn into_error(self, doing: impl Into<String>) -> Error {
        let kind = if self.remedy == Remedy::Absent { ErrorKind::NotFound } else { ErrorKind::Registry };
        let error = Error::new(kind, doing).because(self.reason);
        self.hints.into_iter().fold(error, Error::hint)
    }
}

/// Turns a failed connection or a broken answer into a failure that says why.
pub(super) fn network(host: &str, error: &(dyn StdError + 'static)) -> Failure {
    if let Some(certificate) = certificate_problem(error) {
        return Failure::lasting(format!("the certificate of {host} is not trusted: {certificate}")).hint(
            "If a proxy or a registry of your company uses a certificate authority of its own, add that to this machine's trusted certificates, or name its file with SSL_CERT_FILE.",
        );
    }
    // The outermost error of the client says only that it is one.
    let reason = chain(error.source().unwrap_or(error));
    Failure::passing(format!("{host} could not be reached: {reason}"))
        .hint("Check the network and the proxy variables (HTTPS_PROXY, NO_PROXY). With --offline only what is cached is used.")
}

/// An answer that ended too early.
pub(super) fn broken(host: &str, error: &(dyn StdError + 'static)) -> Failure {
    Failure::passing(format!("{host} broke off in the middle of an answer: {}", chain(error)))
}

/// Our TLS library's own error, wherever it is in the chain.
fn tls_problem<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next: Option<&'a (dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // An io::Error passes over its own content when it is asked for its source.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

fn certificate_problem(error: &(dyn StdError + 'static)) -> Option<String> {
    match tls_problem(error)? {
        rustls::Error::InvalidCertificate(reason) => Some(words(reason)),
        _ => None,
    }
}

fn words(reason: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Problem;
    match reason {
        Problem::UnknownIssuer => "its issuer is unknown to this machine".into(),
        Problem::Expired | Problem::ExpiredContext { .. } => "it has expired".into(),
        Problem::NotValidYet | Problem::NotValidYetContext { .. } => "it is not valid yet".into(),
        Problem::NotValidForName | Problem::NotValidForNameContext { .. } => "it is for another name".into(),
        other => other.to_string(),
    }
}

/// All reasons in one line, without repetition.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut reasons: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let reason = error.to_string();
        if !reasons.iter().any(|known| known.contains(&reason)) {
            reasons.push(reason);
        }
        next = error.source();
    }
    reasons.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_remedy() {
        let remedy = |status: u16| {
            let wait = Some(Duration::from_secs(1));
            Failure::status("r.example", StatusCode::from_u16(status).unwrap(), wait, "").remedy
        };
        assert_eq!([401, 403].map(remedy), [Remedy::Login; 2]);
        assert_eq!(remedy(404), Remedy::Absent);
        assert_eq!([429, 500, 503].map(remedy), [Remedy::Retry(Some(Duration::from_secs(1))); 3]);
        assert_eq!([400, 405, 501].map(remedy), [Remedy::Nothing; 3]);
    }

    #[test]
    fn only_what_does_not_exist_is_not_found() {
        let kind = |failure: Failure| failure.into_error("could not fetch x").kind();
        assert_eq!(kind(Failure::new(Remedy::Absent, "")), ErrorKind::NotFound);
        assert_eq!(kind(Failure::passing("")), ErrorKind::Registry);
    }
}
