//! Images as archives, read while they come.

use std::io::{self, Read};

use futures_util::StreamExt;
use tokio::sync::mpsc;

use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};

/// How many pieces may wait for their reader.
const WAITING: usize = 16;

/// The pieces of a stream as one reader, for a thread of its own.
struct Pieces {
    pieces: mpsc::Receiver<Vec<u8>>,
    current: io::Cursor<Vec<u8>>,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.current.read(buffer)? {
                0 if !buffer.is_empty() => match self.pieces.blocking_recv() {
                    Some(piece) => self.current = io::Cursor::new(piece),
                    None => return Ok(0),
                },
                length => return Ok(length),
            }
        }
    }
}

impl Engine {
    /// Hands an image to `read` as the archive that `docker save` would write; it is never on the disk as a whole.
    pub async fn save_image<T: Send + 'static>(
        &self,
        name: &str,
        read: impl FnOnce(&mut dyn Read) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, pieces) = mpsc::channel(WAITING);
        let reading = tokio::task::spawn_blocking(move || {
            let mut archive = Pieces { pieces, current: io::Cursor::default() };
            read(&mut archive)
        });
        let mut stream = self.docker.export_image(name);
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| self.failed(format!("save image {name}"), error))?;
            // A reader that has seen enough hangs up.
            if sender.send(piece.to_vec()).await.is_err() {
                break;
            }
        }
        drop(sender);
        let unreadable = || Error::new(ErrorKind::Engine, format!("could not read image {name}"));
        reading
            .await
            .map_err(|error| unreadable().because(error))?
            .map_err(|error| unreadable().because(error))
    }

    /// The commands that made an image, the first one first.
    pub async fn image_history(&self, name: &str) -> Result<Vec<String>> {
        let history = self.docker.image_history(name).await;
        let history =
            history.map_err(|error| self.failed(format!("ask for the history of image {name}"), error))?;
        Ok(history.into_iter().rev().map(|item| item.created_by).collect())
    }
}
