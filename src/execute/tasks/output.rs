//! Where the output of a task goes: its log, whoever listens, and the count of its bytes.

use crate::event::{Lines, Step, text};
use crate::execute::tasks::TaskLog;

/// Takes what a task prints.
pub struct TaskOutput<'a> {
    log: &'a mut TaskLog,
    step: &'a Step,
    lines: Lines,
    /// How many bytes have come.
    pub bytes: u64,
}

impl<'a> TaskOutput<'a> {
    /// Output that goes to `log` and `step`.
    pub fn new(log: &'a mut TaskLog, step: &'a Step) -> Self {
        Self { log, step, lines: Lines::default(), bytes: 0 }
    }

    /// Takes the next bytes. Of a task that prints without end, only its log hears everything, and listeners the newest line
    /// of each piece.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let (log, step) = (&mut *self.log, self.step);
        let mut newest = None;
        self.lines.push_bytes(bytes, |line| match log.is_short() {
            true => tell(line, log, step),
            false => {
                write(line, log, step);
                newest = Some(line.to_vec());
            }
        });
        if let Some(line) = newest {
            step.line(text(&line));
        }
    }

    /// Takes what was left without a line end. Returns how many bytes there were in all.
    pub fn finish(self) -> u64 {
        let (log, step) = (self.log, self.step);
        self.lines.finish_bytes(|line| tell(line, log, step));
        self.bytes
    }
}

fn tell(line: &[u8], log: &mut TaskLog, step: &Step) {
    write(line, log, step);
    step.line(text(line));
}

/// Logs have the bytes as they came, unless there is a secret among them.
fn write(line: &[u8], log: &mut TaskLog, step: &Step) {
    let text = String::from_utf8_lossy(line);
    match step.without_secrets(&text) {
        std::borrow::Cow::Owned(masked) => log.line(masked.as_bytes()),
        std::borrow::Cow::Borrowed(_) => log.line(line),
    }
}
