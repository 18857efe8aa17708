//! The moving view on a terminal: one line per step under way, one lasting line per step done.

use super::clock::Clock;
use super::frame::{Frame, symbol};
use super::painter::Painter;
use super::sink::lock;
use super::steps::{End, Step, Steps};
use super::style::{Palette, notice, paint};
use super::ticker::Ticker;
use super::words;
use crate::event::{Event, Level, Listener, Outcome, StepId, StepKind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A run that is over sooner shows nothing but its notices and failures.
const PATIENCE: Duration = Duration::from_millis(100);

/// The view is drawn anew this often.
const TICK: Duration = Duration::from_millis(80);

/// Listens and draws.
pub(super) struct Live {
    view: Arc<Mutex<View>>,
    clock: Clock,
    ticker: Mutex<Option<Ticker>>,
}

impl Live {
    /// A view that nothing has happened in yet.
    pub(super) fn new(painter: Painter, palette: Palette, clock: Clock) -> Self {
        let view = Arc::new(Mutex::new(View::new(painter, palette)));
        Self { view, clock, ticker: Mutex::new(None) }
    }

    /// Removes the view for good.
    pub(super) fn finish(&self) {
        let ticker = lock(&self.ticker).take();
        drop(ticker);
        lock(&self.view).finish(self.clock.now());
    }

    fn keep_ticking(&self) {
        lock(&self.ticker).get_or_insert_with(|| {
            let (view, clock) = (self.view.clone(), self.clock.clone());
            Ticker::start(TICK, move || lock(&view).tick(clock.now()))
        });
    }
}

impl Listener for Live {
    fn on_event(&self, event: &Event) {
        if matches!(event, Event::Started { .. }) {
            self.keep_ticking();
        }
        lock(&self.view).on_event(event, self.clock.now());
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Keeps the terminal free for somebody else as long as it lives; what happens meanwhile is told afterwards.
#[must_use = "the terminal is free only as long as this lives"]
pub struct Suspension(Option<Arc<Live>>);

impl Suspension {
    /// Removes the view, if there is one.
    pub(super) fn of(live: Option<&Arc<Live>>) -> Self {
        if let Some(live) = live {
            lock(&live.view).suspend(live.clock.now());
        }
        Self(live.cloned())
    }
}

impl Drop for Suspension {
    fn drop(&mut self) {
        if let Some(live) = &self.0 {
            lock(&live.view).resume(live.clock.now());
        }
    }
}

/// What is known, what is shown, and what waits to be shown.
struct View {
    steps: Steps,
    painter: Painter,
    palette: Palette,
    waiting: Vec<String>,
    shown_from: Option<Duration>,
    suspensions: usize,
    finished: bool,
}

impl View {
    fn new(painter: Painter, palette: Palette) -> Self {
        let steps = Steps::default();
        Self {
            steps,
            painter,
            palette,
            waiting: Vec::new(),
            shown_from: None,
            suspensions: 0,
            finished: false,
        }
    }

    fn on_event(&mut self, event: &Event, now: Duration) {
        self.steps.apply(event, now);
        match event {
            Event::Started { .. } => {
                self.shown_from.get_or_insert(now + PATIENCE);
            }
            Event::Finished { step, .. } => self.settle(*step, now),
            Event::Notice { level, text } if *level >= Level::Info => self.tell(*level, text, now),
            _ => {}
        }
    }

    /// Turns a step that ended into lasting lines. Parts wait for their whole.
    fn settle(&mut self, id: StepId, now: Duration) {
        let Some(step) = self.steps.get(id).filter(|step| step.parent.is_none()) else { return };
        if step.failed() {
            self.shown_from = Some(now);
        }
        let lines = summary(&self.steps, id, 0, &self.palette);
        self.waiting.extend(lines);
        self.steps.forget(id);
        if self.is_shown(now) {
            self.draw(now);
        }
    }

    fn tell(&mut self, level: Level, text: &str, now: Duration) {
        let lines = notice(level, text, &self.palette);
        if self.is_shown(now) || self.suspensions > 0 {
            self.waiting.extend(lines);
            self.draw(now);
        } else {
            self.painter.paint(&lines, Vec::new());
        }
    }

    fn is_shown(&self, now: Duration) -> bool {
        self.shown_from.is_some_and(|from| now >= from)
    }

    fn tick(&mut self, now: Duration) {
        if self.is_shown(now) && !self.finished && self.steps.roots().next().is_some() {
            self.draw(now);
        }
    }

    fn draw(&mut self, now: Duration) {
        if self.suspensions == 0 {
            let (columns, rows) = self.painter.size();
            let frame = Frame { now, columns, rows, palette: self.palette };
            let lines = if self.finished { Vec::new() } else { frame.lines(&self.steps) };
            self.painter.paint(&std::mem::take(&mut self.waiting), lines);
        }
    }

    fn suspend(&mut self, now: Duration) {
        if self.suspensions == 0 && self.is_shown(now) {
            self.painter.paint(&std::mem::take(&mut self.waiting), Vec::new());
        }
        self.suspensions += 1;
    }

    fn resume(&mut self, now: Duration) {
        self.suspensions = self.suspensions.saturating_sub(1);
        if self.is_shown(now) {
            self.draw(now);
        }
    }

    fn finish(&mut self, now: Duration) {
        self.finished = true;
        if self.is_shown(now) {
            self.draw(now);
        }
    }
}

/// The lasting lines of a step that ended: one if all went well, else also what failed and its last output.
fn summary(steps: &Steps, id: StepId, depth: usize, palette: &Palette) -> Vec<String> {
    let Some((step, end)) = steps.get(id).and_then(|step| Some((step, step.end.as_ref()?))) else {
        return Vec::new();
    };
    let indent = "  ".repeat(depth);
    let (sign, style) = symbol(&end.outcome, palette);
    let facts = paint(palette.faint, &facts(steps, id, step, end));
    let mut lines = vec![format!("{indent}{} {}  {facts}", paint(style, sign), step.title)];
    if let Outcome::Failed(reason) = &end.outcome {
        let parts: Vec<String> = steps
            .children(id)
            .filter(|(_, part)| part.failed())
            .flat_map(|(part, _)| summary(steps, part, depth + 1, palette))
            .collect();
        let told = if parts.is_empty() { failure(step, reason, &indent, palette) } else { parts };
        lines.extend(told);
    }
    lines
}

fn facts(steps: &Steps, id: StepId, step: &Step, end: &End) -> String {
    let time = words::duration(end.elapsed);
    match &end.outcome {
        Outcome::Cached => "cached".to_owned(),
        Outcome::Skipped(reason) => format!("skipped: {reason}"),
        Outcome::Cancelled => format!("stopped after {time}"),
        Outcome::Done if step.kind == StepKind::Build => match steps.cached(id) {
            (0, _) => time,
            (cached, all) => format!("{time}, cached {cached} of {all}"),
        },
        Outcome::Done | Outcome::Failed(_) => time,
    }
}

fn failure(step: &Step, reason: &str, indent: &str, palette: &Palette) -> Vec<String> {
    let bar = paint(palette.bad, "│");
    if step.tail.is_empty() {
        return reason.lines().map(|line| format!("{indent}  {line}")).collect();
    }
    step.tail.iter().map(|line| format!("{indent}  {bar} {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::clock::by_hand::Hand;
    use super::super::script::Script;
    use super::super::sink::memory::Memory;
    use super::super::text::without_escapes;
    use super::*;
    use insta::assert_snapshot;

    struct Fixture {
        memory: Memory,
        hand: Hand,
        live: Arc<Live>,
    }

    impl Fixture {
        fn new() -> Self {
            let (memory, hand) = (Memory::default(), Hand::new());
            let painter = Painter::new(memory.sink(), Arc::new(|| (60, 8)));
            let live = Arc::new(Live::new(painter, Palette::plain(), hand.clock()));
            Self { memory, hand, live }
        }

        fn run(&self) -> Script<'_> {
            Script::new(&*self.live, &self.hand)
        }

        /// What was written since the last call; `^` marks where the view before was removed.
        fn written(&self) -> String {
            let text = self.memory.take().replace("\r\u{1b}", "^\u{1b}");
            without_escapes(&text)
        }

        fn tick(&self) -> String {
            lock(&self.live.view).tick(self.hand.clock().now());
            self.written()
        }
    }

    #[test]
    fn a_run_that_is_over_at_once_shows_only_its_notices() {
        let fixture = Fixture::new();
        let mut run = fixture.run();
        run.start(1, StepKind::Container, "Looking for the container").pass(20).done(1);
        run.notice(Level::Info, "The container runs already.").notice(Level::Debug, "not shown");
        fixture.live.finish();
        assert_snapshot!(fixture.written(), @"The container runs already.");
    }

    #[test]
    fn steps_collapse_into_one_line_when_they_end() {
        let fixture = Fixture::new();
        let mut run = fixture.run();
        run.start(1, StepKind::Host, "Reading devcontainer.json").pass(10).done(1);
        run.start(2, StepKind::Build, "Building the image");
        run.part(3, 2, StepKind::BuildStep, "[1/2] FROM debian").end(3, Outcome::Cached);
        run.part(4, 2, StepKind::BuildStep, "[2/2] RUN make").line(4, "cc x.c").pass(2_000);
        assert_snapshot!(fixture.tick(), @"
        ✓ Reading devcontainer.json  10 ms
        ⠋ Building the image  2 s
          ⠋ [2/2] RUN make  2 s  cc x.c
        ");
        run.done(4).done(2);
        assert_snapshot!(fixture.written(), @"^✓ Building the image  2.0 s, cached 1 of 2");
    }

    #[test]
    fn a_failure_shows_the_last_output_of_what_failed() {
        let fixture = Fixture::new();
        let mut run = fixture.run();
        run.start(1, StepKind::Hook, "Running the postCreateCommand");
        run.part(2, 1, StepKind::Hook, "Running a").part(3, 1, StepKind::Hook, "Running b");
        for number in 0..30 {
            run.line(2, &format!("line {number}"));
        }
        run.fail(2, "exit code 1").done(3).fail(1, "postCreateCommand failed");
        let written = fixture.written();
        assert!(!written.contains("line 9\n") && written.contains("line 10\n"), "{written}");
        assert_snapshot!(written.replace("  │ line 1", "~"), @"
        ✗ Running the postCreateCommand  0 ms
          ✗ Running a  0 ms
          ~0
          ~1
          ~2
          ~3
          ~4
          ~5
          ~6
          ~7
          ~8
          ~9
            │ line 20
            │ line 21
            │ line 22
            │ line 23
            │ line 24
            │ line 25
            │ line 26
            │ line 27
            │ line 28
            │ line 29
        ");
    }

    #[test]
    fn while_suspended_nothing_is_written() {
        let fixture = Fixture::new();
        let mut run = fixture.run();
        run.start(1, StepKind::Hook, "Running the hook").pass(200);
        fixture.tick();
        let suspension = Suspension::of(Some(&fixture.live));
        assert_eq!(fixture.written(), "^");
        run.notice(Level::Info, "told later").start(2, StepKind::Host, "other").done(2);
        assert_eq!(fixture.tick(), "");
        drop(suspension);
        assert_snapshot!(fixture.written(), @"
        told later
        ✓ other  0 ms
        ⠹ Running the hook
        ");
    }

    #[test]
    fn finishing_removes_the_view() {
        let fixture = Fixture::new();
        fixture.run().start(1, StepKind::Host, "Waiting for another devc").pass(5_000);
        fixture.tick();
        fixture.live.finish();
        assert_eq!(fixture.written(), "^");
        fixture.run().notice(Level::Info, "afterwards");
        assert_eq!(fixture.written(), "afterwards\n");
    }
}
