//! The moving view as a pure function: steps in, lines out.

use super::steps::{End, Step, Steps, Transfer};
use super::style::{Palette, paint};
use super::text::{fit, width};
use super::words;
use crate::event::{Outcome, StepId, StepKind};
use anstyle::Style;
use std::time::Duration;

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// The spinner turns by one position in this time.
const TURN: Duration = Duration::from_millis(100);

/// Blanks between the parts of a line.
const GAP: usize = 2;

/// A step tells its time when it runs longer than this.
const TELL_TIME: Duration = Duration::from_secs(1);

/// A rate is only told when it was observed for this long.
const RATE_SETTLES: Duration = Duration::from_millis(500);

/// How the view looks at one moment.
pub(super) struct Frame {
    /// The time.
    pub(super) now: Duration,
    /// The columns of the terminal.
    pub(super) columns: usize,
    /// The rows of the terminal.
    pub(super) rows: usize,
    /// The colours.
    pub(super) palette: Palette,
}

impl Frame {
    /// The lines for all steps under way, never wider or higher than the terminal.
    pub(super) fn lines(&self, steps: &Steps) -> Vec<String> {
        let mut lines = Vec::new();
        for (id, _) in steps.roots() {
            self.add(steps, id, 0, &mut lines);
        }
        self.limit(lines)
    }

    fn add(&self, steps: &Steps, id: StepId, depth: usize, lines: &mut Vec<String>) {
        let Some(step) = steps.get(id) else { return };
        match &step.end {
            None => lines.push(self.running(step, depth)),
            Some(end) if step.kind != StepKind::BuildStep || step.failed() => {
                lines.push(self.ended(step, end, depth));
            }
            Some(_) => return,
        }
        for (child, _) in steps.children(id) {
            self.add(steps, child, depth + 1, lines);
        }
    }

    fn running(&self, step: &Step, depth: usize) -> String {
        let elapsed = self.now.saturating_sub(step.began);
        let turn = (elapsed.as_millis() / TURN.as_millis()) as usize % SPINNER.len();
        let told = if elapsed < TELL_TIME { String::new() } else { words::seconds(elapsed) };
        let latest = self.latest(step).unwrap_or_default();
        self.line(depth, (SPINNER[turn], self.palette.busy), &step.title, &told, &latest)
    }

    fn ended(&self, step: &Step, end: &End, depth: usize) -> String {
        let sign = symbol(&end.outcome, &self.palette);
        self.line(depth, sign, &step.title, &words::duration(end.elapsed), "")
    }

    /// The time always finds room. A title that is too long leaves a third of the line to the latest output.
    fn line(&self, depth: usize, sign: (&str, Style), title: &str, time: &str, latest: &str) -> String {
        let mut line = Line::new(self.columns, depth);
        line.put(sign.0, sign.1, 1);
        line.put_before(title, &[(time, usize::MAX), (latest, self.columns / 3)]);
        line.put(time, self.palette.faint, GAP);
        line.put(latest, self.palette.faint, 0);
        line.finish()
    }

    /// The best sign of life that a step gives.
    fn latest(&self, step: &Step) -> Option<String> {
        let transfer = step.transfer.map(|transfer| transferred(transfer, self.now));
        let output = || step.tail.iter().rev().find(|line| !line.is_empty()).cloned();
        transfer.or_else(output).or_else(|| step.detail.clone())
    }

    /// Keeps room for the cursor, which stands below the view.
    fn limit(&self, mut lines: Vec<String>) -> Vec<String> {
        let room = self.rows.saturating_sub(1).max(1);
        if lines.len() > room {
            let hidden = lines.len() - (room - 1);
            lines.truncate(room - 1);
            let more = fit(&format!("… and {hidden} more"), self.columns.saturating_sub(1));
            lines.push(paint(self.palette.faint, &more));
        }
        lines
    }
}

/// The sign of an outcome, and its colour.
pub(super) fn symbol(outcome: &Outcome, palette: &Palette) -> (&'static str, Style) {
    match outcome {
        Outcome::Done | Outcome::Cached => ("✓", palette.good),
        Outcome::Failed(_) => ("✗", palette.bad),
        Outcome::Skipped(_) => ("–", palette.faint),
        Outcome::Cancelled => ("–", palette.warning),
    }
}

/// How far a download is: `12.3 MB of 40.0 MB, 3.1 MB/s, 9 s left`.
pub(super) fn transferred(transfer: Transfer, now: Duration) -> String {
    let mut parts = vec![words::share(transfer.done, transfer.total)];
    if let Some(rate) = rate(transfer, now) {
        parts.push(format!("{}/s", words::bytes(rate)));
        if let Some(left) =
            transfer.total.and_then(|total| total.checked_sub(transfer.done)).filter(|left| *left > 0)
        {
            parts.push(format!("{} left", words::seconds(Duration::from_secs(left.div_ceil(rate)))));
        }
    }
    parts.join(", ")
}

/// Bytes per second since the first report.
fn rate(transfer: Transfer, now: Duration) -> Option<u64> {
    let (since, before) = transfer.first;
    let observed = now.checked_sub(since).filter(|observed| *observed >= RATE_SETTLES)?;
    let rate = transfer.done.saturating_sub(before) as f64 / observed.as_secs_f64();
    Some(rate as u64).filter(|rate| *rate > 0)
}

/// A line that takes parts as long as there is room for them.
struct Line {
    text: String,
    room: usize,
}

impl Line {
    /// The last column stays free: terminals differ in what they do after it was written.
    fn new(columns: usize, depth: usize) -> Self {
        let room = columns.saturating_sub(1);
        let indent = (depth * 2).min(room);
        Self { text: " ".repeat(indent), room: room - indent }
    }

    /// Adds `part`, cut to the room that is left, and a gap behind it.
    fn put(&mut self, part: &str, style: Style, gap: usize) {
        let part = fit(part, self.room);
        if !part.is_empty() {
            self.text.push_str(&paint(style, &part));
            self.room -= width(&part);
            self.blanks(gap.min(self.room));
        }
    }

    /// Adds `part` and a gap, cut so that there is room for what comes next, each up to its limit.
    fn put_before(&mut self, part: &str, next: &[(&str, usize)]) {
        let present = next.iter().filter(|(text, _)| !text.is_empty());
        let reserve: usize = present.map(|(text, limit)| GAP + width(text).min(*limit)).sum();
        let part = fit(part, self.room.saturating_sub(reserve));
        self.put(&part, Style::new(), GAP);
    }

    fn blanks(&mut self, count: usize) {
        self.text.push_str(&" ".repeat(count));
        self.room -= count;
    }

    fn finish(self) -> String {
        self.text.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::without_escapes;
    use super::*;
    use crate::event::Event;
    use insta::assert_snapshot;
    use proptest::prelude::*;

    fn started(step: u64, parent: Option<u64>, kind: StepKind, title: &str) -> Event {
        Event::Started {
            step: StepId(step),
            parent: parent.map(StepId),
            kind,
            title: title.to_owned(),
            name: title.to_owned(),
            detail: None,
        }
    }

    fn output(step: u64, line: &str) -> Event {
        Event::Output { step: StepId(step), line: line.to_owned() }
    }

    /// The view `seconds` after the events have happened.
    fn view(events: &[Event], seconds: u64, columns: usize, rows: usize) -> Vec<String> {
        let mut steps = Steps::default();
        events.iter().for_each(|event| steps.apply(event, Duration::ZERO));
        let now = Duration::from_secs(seconds);
        Frame { now, columns, rows, palette: Palette::colourful() }.lines(&steps)
    }

    fn text(lines: &[String]) -> String {
        without_escapes(&lines.join("\n"))
    }

    fn build() -> Vec<Event> {
        vec![
            started(1, None, StepKind::Build, "Building the image"),
            started(2, Some(1), StepKind::BuildStep, "[1/2] FROM debian"),
            Event::Finished { step: StepId(2), outcome: Outcome::Cached, elapsed: Duration::ZERO },
            started(3, Some(1), StepKind::BuildStep, "[2/2] RUN npm ci"),
            output(3, "added 12 packages in a very long line"),
            started(4, None, StepKind::Hook, "Running the postCreateCommand from devcontainer.json"),
            started(5, Some(4), StepKind::Hook, "Running a"),
            Event::Finished {
                step: StepId(5),
                outcome: Outcome::Done,
                elapsed: Duration::from_millis(1_234),
            },
        ]
    }

    #[test]
    fn each_step_under_way_has_a_line() {
        assert_snapshot!(text(&view(&build(), 0, 60, 24)), @"
        ⠋ Building the image
          ⠋ [2/2] RUN npm ci  added 12 packages in a very long line
        ⠋ Running the postCreateCommand from devcontainer.json
          ✓ Running a  1.2 s
        ");
        assert_snapshot!(text(&view(&build(), 65, 60, 24)), @"
        ⠋ Building the image  1 m 05 s
          ⠋ [2/2] RUN npm ci  1 m 05 s  added 12 packages in a ver…
        ⠋ Running the postCreateCommand from devcontaine…  1 m 05 s
          ✓ Running a  1.2 s
        ");
    }

    #[test]
    fn a_narrow_terminal_keeps_the_time() {
        assert_snapshot!(text(&view(&build(), 65, 24, 24)), @"
        ⠋ Building t…  1 m 05 s
          ⠋ 1 m 05 s  added 12…
        ⠋ Running th…  1 m 05 s
          ✓ Running a  1.2 s
        ");
    }

    #[test]
    fn a_low_terminal_counts_what_it_hides() {
        assert_snapshot!(text(&view(&build(), 0, 60, 3)), @"
        ⠋ Building the image
        … and 3 more
        ");
    }

    #[test]
    fn a_download_tells_rate_and_time_left() {
        let transfer = Transfer { done: 30_000_000, total: Some(40_000_000), first: (Duration::ZERO, 0) };
        let check =
            |seconds, expected| assert_eq!(transferred(transfer, Duration::from_secs(seconds)), expected);
        check(0, "30.0 MB of 40.0 MB");
        check(10, "30.0 MB of 40.0 MB, 3.0 MB/s, 4 s left");
        let unknown = Transfer { total: None, ..transfer };
        assert_eq!(transferred(unknown, Duration::from_secs(10)), "30.0 MB, 3.0 MB/s");
    }

    proptest! {
        #[test]
        fn the_view_fits_the_terminal(
            titles in prop::collection::vec(("\\PC{0,30}", "\\PC{0,30}", prop::option::of(0_u64..6)), 1..6),
            seconds in 0_u64..10_000,
            columns in 0_usize..40,
            rows in 0_usize..8,
        ) {
            let mut events = Vec::new();
            for (id, (title, line, parent)) in titles.iter().enumerate() {
                events.push(started(id as u64, *parent, StepKind::Host, title));
                events.push(output(id as u64, line));
            }
            let lines = view(&events, seconds, columns, rows);
            prop_assert!(lines.len() <= rows.saturating_sub(1).max(1));
            for line in lines {
                let columns_taken = width(&without_escapes(&line));
                prop_assert!(columns_taken <= columns.saturating_sub(1), "{line:?} takes {columns_taken}");
            }
        }
    }
}
