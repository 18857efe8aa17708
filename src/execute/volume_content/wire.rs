//! What `devc` and its helper say to each other.
//!
//! The helper reads chunks: the request, then what its task reads, then an empty one. An end without that means that
//! nobody is there any more. What its task writes goes to its standard output, and messages, one a line, to standard
//! error.

use std::io::{self, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::Task;
use crate::error::{Error, ErrorKind};

/// What the helper is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) task: Task,
    /// Where it has the volumes.
    pub(super) folders: Vec<PathBuf>,
}

/// What the helper says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Message {
    /// So many bytes are done.
    Progress(u64),
    /// All is done, and so many bytes have been written.
    Done { answer: Value, written: u64 },
    /// It could not be done.
    Failed(Failure),
}

/// An error on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Failure {
    kind: ErrorKind,
    summary: String,
    reasons: Vec<String>,
    hints: Vec<String>,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            summary: error.summary().to_owned(),
            reasons: error.reasons(),
            hints: error.hints().into_iter().map(str::to_owned).collect(),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let Failure { kind, summary, reasons, hints } = failure;
        let because = |inner: Option<Self>, text: String| {
            let error = Self::new(kind, text);
            Some(match inner {
                Some(inner) => error.because(inner),
                None => error,
            })
        };
        let reason = reasons.into_iter().rev().fold(None, because);
        let error = Self::new(kind, summary);
        let error = match reason {
            Some(reason) => error.because(reason),
            None => error,
        };
        hints.into_iter().fold(error, Self::hint)
    }
}

/// Sends a chunk; an empty one is the end.
pub(super) async fn send(to: &mut (impl AsyncWrite + Unpin), chunk: &[u8]) -> io::Result<()> {
    let length = u32::try_from(chunk.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes()).await?;
    to.write_all(chunk).await?;
    to.flush().await
}

/// Receives a chunk as a whole.
pub(super) fn receive(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let length = length(from)?;
    let mut chunk = Vec::new();
    match from.take(length).read_to_end(&mut chunk)? as u64 == length {
        true => Ok(chunk),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn length(from: &mut impl Read) -> io::Result<u64> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    Ok(u32::from_le_bytes(length).into())
}

/// The content of the chunks that come, up to the empty one.
pub(super) struct Chunks<R> {
    from: R,
    /// How much of the current one is left.
    left: u64,
    has_ended: bool,
}

impl<R: Read> Chunks<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, left: 0, has_ended: false }
    }
}

impl<R: Read> Read for Chunks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !self.has_ended {
            self.left = length(&mut self.from)?;
            self.has_ended = self.left == 0;
        }
        if self.has_ended || buffer.is_empty() {
            return Ok(0);
        }
        match self.from.by_ref().take(self.left).read(buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.left -= length as u64;
                Ok(length)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(chunks: &[&[u8]]) -> Vec<u8> {
        chunks.iter().flat_map(|chunk| [&(chunk.len() as u32).to_le_bytes()[..], chunk].concat()).collect()
    }

    #[test]
    fn chunks_are_read_as_one_up_to_the_empty_one() {
        let mut sent = &chunks(&[b"request", b"one ", b"two", b"", b"later"])[..];
        assert_eq!(receive(&mut sent).unwrap(), b"request");
        let mut text = String::new();
        Chunks::new(&mut sent).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one two");
    }

    #[test]
    fn an_end_that_nobody_announced_is_none() {
        let whole = chunks(&[b"one", b"two"]);
        for length in 0..=whole.len() {
            let read = io::copy(&mut Chunks::new(&whole[..length]), &mut io::sink());
            assert_eq!(read.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{length} bytes");
        }
    }

    #[test]
    fn errors_keep_their_words_on_the_way() {
        let inner = Error::new(ErrorKind::Host, "inner").because("the disk is full").hint("Make room.");
        let error = Error::new(ErrorKind::Host, "outer").because(inner).hint("Look.");
        let sent = serde_json::to_string(&Message::Failed(Failure::from(&error))).unwrap();
        let Message::Failed(failure) = serde_json::from_str(&sent).unwrap() else { panic!("{sent}") };
        let received = Error::from(failure);
        assert_eq!((received.kind(), received.summary()), (ErrorKind::Host, "outer"));
        assert_eq!(received.reasons(), error.reasons());
        assert_eq!(received.hints(), error.hints());
    }
}
