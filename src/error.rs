//! The one error type: what we were doing, on what, why it failed, what to do next.

use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `Result` with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as scripts may ask (the `kind` of a JSON error result).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The command line does not fit together.
    Usage,
    /// devcontainer.json or a file that it names has a mistake.
    Config,
    /// Something that should exist does not: a container, an image, a file.
    NotFound,
    /// The engine does not answer or refuses us.
    EngineUnavailable,
    /// The engine answered with an error.
    Engine,
    /// An image build failed.
    Build,
    /// A lifecycle hook failed.
    Hook,
    /// A registry or another server to download from does not answer, refuses us, or sends what it should not.
    Registry,
    /// A file or process of this machine failed us.
    Host,
    /// Somebody pressed Ctrl-C or asked us to end.
    Interrupted,
    /// Asked for something that this version cannot do yet.
    Unsupported,
}

impl ErrorKind {
    /// The stable name that JSON results carry.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Config => "config",
            Self::NotFound => "not-found",
            Self::EngineUnavailable => "engine-unavailable",
            Self::Engine => "engine",
            Self::Build => "build",
            Self::Hook => "hook",
            Self::Registry => "registry",
            Self::Host => "host",
            Self::Interrupted => "interrupted",
            Self::Unsupported => "unsupported",
        }
    }
}

/// A failure with everything a person needs to go on.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    summary: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    hints: Vec<String>,
    container: Option<String>,
    details: Vec<(&'static str, Value)>,
}

impl Error {
    /// `summary` says what failed and on what, without a full stop.
    pub fn new(kind: ErrorKind, summary: impl Into<String>) -> Self {
        Self {
            kind,
            summary: summary.into(),
            source: None,
            hints: Vec::new(),
            container: None,
            details: Vec::new(),
        }
    }

    /// Keeps the reason. The summary must not repeat it.
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds what to do next, as an imperative sentence.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says which container it happened in, for JSON results.
    pub fn in_container(mut self, id: &str) -> Self {
        self.container = Some(id.to_owned());
        self
    }

    /// Adds a member to JSON results, for scripts that look for it there.
    pub fn detail(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// Further members of JSON results.
    pub fn details(&self) -> &[(&'static str, Value)] {
        &self.details
    }

    /// The container that it happened in.
    pub fn container(&self) -> Option<&str> {
        self.container.as_deref()
    }

    /// What went wrong, for scripts.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What failed and on what.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// What to do next, most helpful first. The innermost error of ours knows best, so its hints come along.
    pub fn hints(&self) -> Vec<&str> {
        let mut hints: Vec<&str> = self.hints.iter().map(String::as_str).collect();
        if let Some(inner) = self.source.as_ref().and_then(|source| source.downcast_ref::<Error>()) {
            hints.extend(inner.hints());
        }
        hints
    }

    /// The reasons below the summary, outermost first.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        let mut next = self.source();
        while let Some(reason) = next {
            reasons.push(reason.to_string());
            next = reason.source();
        }
        reasons
    }

    /// The process exit code: 130 for an interrupt, else 1, as the reference CLI has it.
    pub fn exit_code(&self) -> u8 {
        if self.kind == ErrorKind::Interrupted { 130 } else { 1 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn StdError + 'static))
    }
}
