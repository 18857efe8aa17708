//! Reads what `buildx --progress=rawjson` writes.
//!
//! buildx 0.13 spreads each message over many lines, later ones use one line; both mix plain text in: build
//! warnings, an excerpt of the Dockerfile, and the final `ERROR:` line.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};

/// A status message of BuildKit (`client/graph.go`), without what nobody needs here.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Steps that are new or have changed.
    #[serde(rename = "vertexes", deserialize_with = "null_as_empty")]
    pub vertices: Vec<Vertex>,
    /// How far transfers have come.
    #[serde(deserialize_with = "null_as_empty")]
    pub statuses: Vec<Status>,
    /// Output of steps.
    #[serde(deserialize_with = "null_as_empty")]
    pub logs: Vec<Log>,
    /// Remarks on the Dockerfile.
    #[serde(deserialize_with = "null_as_empty")]
    pub warnings: Vec<Warning>,
}

/// A step of the build.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Vertex {
    /// Names the step within this build.
    pub digest: String,
    /// What it does, such as `[stage-0 2/5] RUN make`.
    pub name: String,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub completed: Option<String>,
    /// Whether the result of an earlier build was used.
    pub cached: bool,
    /// Why it failed.
    pub error: String,
}

/// The progress of a part of a step, such as a layer that is fetched.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Names the part within its step.
    pub id: String,
    /// The step.
    pub vertex: String,
    /// Bytes done.
    pub current: i64,
    /// Bytes in all, or 0.
    pub total: i64,
}

/// Output of a step.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Log {
    /// The step.
    pub vertex: String,
    /// What it wrote, not necessarily whole lines.
    #[serde(deserialize_with = "from_base64")]
    pub data: Vec<u8>,
}

/// A remark on the Dockerfile.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Warning {
    /// One line.
    #[serde(deserialize_with = "from_base64")]
    pub short: Vec<u8>,
}

/// What the reader found.
#[derive(Debug, PartialEq)]
pub enum Item {
    /// A status message.
    Message(Message),
    /// A line of plain text, without its line end.
    Text(String),
}

/// Cuts a stream of bytes into items.
#[derive(Default)]
pub struct Reader {
    rest: Vec<u8>,
}

impl Reader {
    /// Takes the next bytes and hands out what is complete.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Item)) {
        self.rest.extend_from_slice(bytes);
        let mut taken = 0;
        while let Some((length, item)) = next(&self.rest[taken..], false) {
            taken += length;
            item.into_iter().for_each(&mut each);
        }
        self.rest.drain(..taken);
    }

    /// Hands out what is left at the end of the stream.
    pub fn finish(self, mut each: impl FnMut(Item)) {
        let mut rest = self.rest.as_slice();
        while let Some((length, item)) = next(rest, true) {
            rest = &rest[length..];
            item.into_iter().for_each(&mut each);
        }
    }
}

/// The length of the next complete piece and what it holds; line ends hold nothing.
fn next(bytes: &[u8], is_all: bool) -> Option<(usize, Option<Item>)> {
    let first = *bytes.first()?;
    if first == b'\n' {
        return Some((1, None));
    }
    if first == b'{' {
        match message(bytes) {
            Parsed::Message(length, message) => return Some((length, Some(Item::Message(message)))),
            Parsed::Incomplete if !is_all => return None,
            Parsed::Incomplete | Parsed::Text => {}
        }
    }
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let length = end.map(|end| end + 1).or(is_all.then_some(bytes.len()))?;
    let line = String::from_utf8_lossy(&bytes[..end.unwrap_or(length)]);
    Some((length, Some(Item::Text(line.trim_end_matches('\r').to_owned()))))
}

enum Parsed {
    Message(usize, Message),
    Incomplete,
    Text,
}

fn message(bytes: &[u8]) -> Parsed {
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Message>();
    match stream.next() {
        // What knows none of our fields is not from BuildKit.
        Some(Ok(message)) if message != Message::default() => Parsed::Message(stream.byte_offset(), message),
        Some(Err(error)) if error.is_eof() => Parsed::Incomplete,
        _ => Parsed::Text,
    }
}

fn null_as_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    STANDARD.decode(text.unwrap_or_default()).map_err(serde::de::Error::custom)
}

#[cfg(test)]
#[path = "rawjson_tests.rs"]
mod tests;
