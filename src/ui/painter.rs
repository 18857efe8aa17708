//! Draws the moving view at the end of the terminal's text, and lasting lines above it.
//!
//! The cursor stays visible and always stands below the view, so that nothing has to be put back however the
//! program ends. That, drawing from a pure function, and knowing about narrowed terminals is why this is not
//! indicatif.

use super::sink::Sink;
use super::text::{width, without_escapes};
use std::sync::Arc;

/// Terminals that know these show each drawing as a whole; the others ignore them.
const TOGETHER: (&str, &str) = ("\u{1b}[?2026h", "\u{1b}[?2026l");

/// Tells columns and rows.
pub(super) type Size = Arc<dyn Fn() -> (usize, usize) + Send + Sync>;

/// The terminal, with what is drawn on it.
pub(super) struct Painter {
    sink: Sink,
    size: Size,
    drawn: Vec<String>,
}

impl Painter {
    /// Draws on `sink`, a terminal of `size`.
    pub(super) fn new(sink: Sink, size: Size) -> Self {
        Self { sink, size, drawn: Vec::new() }
    }

    /// Columns and rows at this moment.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.size)()
    }

    /// Writes lasting lines, then draws the view anew below them.
    pub(super) fn paint(&mut self, lasting: &[String], frame: Vec<String>) {
        if lasting.is_empty() && frame == self.drawn {
            return;
        }
        let (columns, _) = self.size();
        let text = repaint(&self.drawn, columns, lasting, &frame);
        self.sink.write(&text);
        self.drawn = frame;
    }
}

fn repaint(drawn: &[String], columns: usize, lasting: &[String], frame: &[String]) -> String {
    let mut text = String::from(TOGETHER.0);
    // A terminal that became narrower has broken our lines.
    let up: usize = drawn.iter().map(|line| rows(line, columns)).sum();
    if up > 0 {
        // Row by row: tmux saves what `ESC [ J` clears at the top of the screen, and would fill its history.
        text.push_str("\r\u{1b}[2K");
        text.push_str(&"\u{1b}[1A\u{1b}[2K".repeat(up));
    }
    for line in lasting.iter().chain(frame) {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(TOGETHER.1);
    text
}

fn rows(line: &str, columns: usize) -> usize {
    width(&without_escapes(line)).div_ceil(columns.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::sink::memory::Memory;
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    /// `<` and `>` stand around each drawing, `x` for a row cleared.
    fn readable(text: &str) -> String {
        let text = text.replace(TOGETHER.0, "<").replace(TOGETHER.1, ">").replace('\r', "");
        text.replace("\u{1b}[1A", "").replace("\u{1b}[2K", "x")
    }

    #[test]
    fn each_drawing_replaces_the_one_before() {
        let memory = Memory::default();
        let mut painter = Painter::new(memory.sink(), Arc::new(|| (80, 24)));
        let mut check = |lasting: &[&str], frame: &[&str], expected| {
            painter.paint(&lines(lasting), lines(frame));
            assert_eq!(readable(&memory.take()), expected);
        };
        check(&[], &["a", "b"], "<a\nb\n>");
        check(&["done"], &["b"], "<xxxdone\nb\n>");
        check(&[], &["b"], "");
        check(&[], &[], "<xx>");
    }

    #[test]
    fn lines_that_a_narrowed_terminal_broke_are_removed_whole() {
        let text = repaint(&lines(&["\u{1b}[31m123456789\u{1b}[0m", "12"]), 4, &[], &[]);
        assert_eq!(readable(&text), "<xxxxx>");
    }
}
