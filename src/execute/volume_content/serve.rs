//! The helper's end: does one task inside a container and says what came of it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use super::aside;
use super::wire::{Chunks, Failure, Message, Request, receive};
use crate::error::{Error, ErrorKind, Result};

/// After how many bytes there is something to say.
const NEWS: u64 = 1 << 20;

/// Does what standard input asks for, and ends with it.
pub async fn serve() -> Result<()> {
    aside(|| {
        let talk = || -> io::Result<()> {
            let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
            let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
            let request: Request = serde_json::from_slice(&receive(&mut input)?)?;
            say(&perform(&request, input, output))
        };
        talk()
            .map_err(|error| Error::new(ErrorKind::Host, "nobody tells the helper what to do").because(error))
    })
    .await
}

fn perform(request: &Request, input: File, output: File) -> Message {
    let input: Box<dyn Read + Send> = match request.task.takes_input() {
        true => Box::new(Chunks::new(input)),
        false => {
            std::thread::spawn(move || end_with(input));
            Box::new(io::empty())
        }
    };
    let mut said = 0;
    let progress = |done| {
        if done >= said + NEWS {
            said = done;
            // Whoever does not listen any more has gone, and so will we.
            let _ = say(&Message::Progress(done));
        }
    };
    let mut output = Counted { output, written: 0 };
    match request.task.perform(&request.folders, input, &mut output, progress) {
        Ok(answer) => Message::Done { answer, written: output.written },
        Err(error) => Message::Failed(Failure::from(&error)),
    }
}

/// Ends the process when nobody is there any more: a task that reads nothing would not notice.
#[expect(clippy::exit, reason = "the first process of a container has nobody else to end it")]
fn end_with(mut input: File) {
    let _gone = io::copy(&mut input, &mut io::sink());
    std::process::exit(1);
}

fn say(message: &Message) -> io::Result<()> {
    let line = format!("{}\n", serde_json::to_string(message)?);
    io::stderr().write_all(line.as_bytes())
}

/// A file that knows how much has been written to it.
struct Counted {
    output: File,
    written: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.output.write(bytes)?;
        self.written += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
