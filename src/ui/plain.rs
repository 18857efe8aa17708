//! Lines for places without a cursor that could be moved: CI, pipes, and terminals of those who debug.
//!
//! Every step gets a number, as in BuildKit's plain output, so that lines of parallel steps can be told apart.
//! A step that ends at once takes one line; a longer one is announced, and says now and then that it still runs.

use super::clock::Clock;
use super::frame::transferred;
use super::sink::{Sink, lock};
use super::steps::{End, Steps};
use super::style::{Palette, notice, paint};
use super::text;
use super::ticker::Ticker;
use super::words;
use crate::event::{Event, Level, Listener, Outcome, StepId, StepKind};
use anstyle::Style;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A step is announced when it has not ended by then.
const PATIENCE: Duration = Duration::from_millis(300);

/// A silent step says this often that it still runs: CI services end jobs that say nothing for minutes.
const SILENCE: Duration = Duration::from_secs(30);

/// How often the two above are checked.
const TICK: Duration = Duration::from_millis(200);

/// Listens and writes lines.
pub(super) struct Plain {
    lines: Arc<Mutex<Lines>>,
    clock: Clock,
    ticker: Mutex<Option<Ticker>>,
}

impl Plain {
    /// Writes what is at least as loud as `level`; steps and their output count as information.
    pub(super) fn new(sink: Sink, level: Level, palette: Palette, clock: Clock) -> Self {
        let lines = Arc::new(Mutex::new(Lines::new(sink, level, palette)));
        Self { lines, clock, ticker: Mutex::new(None) }
    }

    /// Stops speaking by itself.
    pub(super) fn finish(&self) {
        let ticker = lock(&self.ticker).take();
        drop(ticker);
    }

    fn keep_ticking(&self) {
        lock(&self.ticker).get_or_insert_with(|| {
            let (lines, clock) = (self.lines.clone(), self.clock.clone());
            Ticker::start(TICK, move || lock(&lines).tick(clock.now()))
        });
    }
}

impl Listener for Plain {
    fn on_event(&self, event: &Event) {
        if matches!(event, Event::Started { .. }) {
            self.keep_ticking();
        }
        lock(&self.lines).on_event(event, self.clock.now());
    }
}

/// What a reader knows about a step.
struct Told {
    number: usize,
    last_word: Duration,
}

struct Lines {
    sink: Sink,
    level: Level,
    palette: Palette,
    steps: Steps,
    told: BTreeMap<StepId, Told>,
    next_number: usize,
}

impl Lines {
    fn new(sink: Sink, level: Level, palette: Palette) -> Self {
        Self { sink, level, palette, steps: Steps::default(), told: BTreeMap::new(), next_number: 1 }
    }

    fn on_event(&mut self, event: &Event, now: Duration) {
        if let Event::Notice { level, text } = event {
            return self.tell(*level, text, now);
        }
        if self.level > Level::Info {
            return;
        }
        self.steps.apply(event, now);
        match event {
            Event::Started { parent: Some(parent), .. } => self.announce(*parent, now),
            Event::Output { step, line } => self.output(*step, line, now),
            Event::Finished { step, .. } => self.end(*step, now),
            _ => {}
        }
    }

    fn tell(&mut self, level: Level, text: &str, now: Duration) {
        if level >= self.level {
            self.announce_all(now, Duration::ZERO);
            for line in notice(level, text, &self.palette) {
                self.write(&line);
            }
        }
    }

    fn output(&mut self, step: StepId, line: &str, now: Duration) {
        self.announce(step, now);
        if self.steps.get(step).is_some() {
            self.say(step, &format!("| {}", text::clean(line)), now);
        }
    }

    fn end(&mut self, id: StepId, now: Duration) {
        let Some((step, end)) = self.steps.get(id).and_then(|step| Some((step, step.end.clone()?))) else {
            return;
        };
        let words = paint(end_style(&end.outcome, &self.palette), &self.end_in_words(id, step.kind, &end));
        if self.told.contains_key(&id) {
            self.say(id, &words, now);
        } else {
            let line = format!("{}: {words}", step.title);
            self.introduce(id, now);
            self.say(id, &line, now);
        }
        self.told.remove(&id);
        if self.steps.get(id).is_some_and(|step| step.parent.is_none()) {
            self.steps.forget(id);
        }
    }

    fn end_in_words(&self, id: StepId, kind: StepKind, end: &End) -> String {
        let time = words::duration(end.elapsed);
        match &end.outcome {
            Outcome::Cached => "cached".to_owned(),
            Outcome::Skipped(reason) => format!("skipped: {reason}"),
            Outcome::Cancelled => format!("stopped after {time}"),
            Outcome::Failed(reason) => format!("failed after {time}: {reason}"),
            Outcome::Done => match self.steps.cached(id) {
                (cached, all) if kind == StepKind::Build && cached > 0 => {
                    format!("done in {time}, cached {cached} of {all}")
                }
                _ => format!("done in {time}"),
            },
        }
    }

    fn tick(&mut self, now: Duration) {
        self.announce_all(now, PATIENCE);
        for (id, words) in self.silent(now) {
            self.say(id, &words, now);
        }
    }

    /// The steps to be reported on because they, and their parts, have said nothing for long.
    fn silent(&self, now: Duration) -> Vec<(StepId, String)> {
        let silent = self.told.iter().filter(|(_, told)| now.saturating_sub(told.last_word) >= SILENCE);
        silent.filter_map(|(id, _)| Some((*id, self.still_running(*id, now)?))).collect()
    }

    fn still_running(&self, id: StepId, now: Duration) -> Option<String> {
        let step = self.steps.get(id)?;
        if self.steps.children(id).any(|(_, part)| part.end.is_none()) {
            return None;
        }
        let time = words::seconds(now.saturating_sub(step.began));
        let far =
            step.transfer.map(|transfer| format!(": {}", transferred(transfer, now))).unwrap_or_default();
        Some(format!("still running after {time}{far}"))
    }

    fn announce_all(&mut self, now: Duration, patience: Duration) {
        let late = |began: Duration| now.saturating_sub(began) >= patience;
        let due: Vec<StepId> =
            self.steps.running().filter(|(_, step)| late(step.began)).map(|(id, _)| id).collect();
        for id in due {
            self.announce(id, now);
        }
    }

    /// Says that a step began, if that was not said before.
    fn announce(&mut self, id: StepId, now: Duration) {
        let Some(step) = self.steps.get(id).filter(|_| !self.told.contains_key(&id)) else { return };
        let detail = step.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        let words = format!("{}{detail}", paint(self.palette.strong, &step.title));
        self.introduce(id, now);
        self.say(id, &words, now);
    }

    fn introduce(&mut self, id: StepId, now: Duration) {
        self.told.insert(id, Told { number: self.next_number, last_word: now });
        self.next_number += 1;
    }

    fn say(&mut self, id: StepId, words: &str, now: Duration) {
        if let Some(told) = self.told.get_mut(&id) {
            told.last_word = now;
            let number = paint(self.palette.faint, &format!("#{}", told.number));
            self.write(&format!("{number} {words}"));
        }
    }

    fn write(&self, line: &str) {
        self.sink.write(&format!("{}\n", line.trim_end()));
    }
}

fn end_style(outcome: &Outcome, palette: &Palette) -> Style {
    match outcome {
        Outcome::Done | Outcome::Cached => palette.good,
        Outcome::Failed(_) => palette.bad,
        Outcome::Skipped(_) => palette.faint,
        Outcome::Cancelled => palette.warning,
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::by_hand::Hand;
    use super::super::script::Script;
    use super::super::sink::memory::Memory;
    use super::*;
    use insta::assert_snapshot;

    struct Fixture {
        memory: Memory,
        hand: Hand,
        plain: Plain,
    }

    impl Fixture {
        fn new(level: Level) -> Self {
            let (memory, hand) = (Memory::default(), Hand::new());
            let plain = Plain::new(memory.sink(), level, Palette::plain(), hand.clock());
            Self { memory, hand, plain }
        }

        fn run(&self) -> Script<'_> {
            Script::new(&self.plain, &self.hand)
        }

        fn tick(&self) {
            lock(&self.plain.lines).tick(self.hand.clock().now());
        }
    }

    fn log(level: Level, script: impl FnOnce(&mut Script<'_>)) -> String {
        let fixture = Fixture::new(level);
        script(&mut fixture.run());
        fixture.memory.take()
    }

    #[test]
    fn parallel_steps_are_told_apart_by_number() {
        let log = log(Level::Info, |run| {
            run.start(1, StepKind::Hook, "Running the postCreateCommand from devcontainer.json");
            run.part(2, 1, StepKind::Hook, "Running a of postCreateCommand from devcontainer.json");
            run.part(3, 1, StepKind::Hook, "Running b of postCreateCommand from devcontainer.json");
            run.line(2, "\u{1b}[32mA1\u{1b}[0m").line(3, "10 %\r20 %").pass(1_500).done(2);
            run.fail(3, "exit code 1").fail(1, "b of postCreateCommand failed");
        });
        assert_snapshot!(log, @"
        #1 Running the postCreateCommand from devcontainer.json
        #2 Running a of postCreateCommand from devcontainer.json: make
        #2 | A1
        #3 Running b of postCreateCommand from devcontainer.json: make
        #3 | 20 %
        #2 done in 1.5 s
        #3 failed after 1.5 s: exit code 1
        #1 failed after 1.5 s: b of postCreateCommand failed
        ");
    }

    #[test]
    fn a_step_that_ends_at_once_takes_one_line() {
        let log = log(Level::Info, |run| {
            run.start(1, StepKind::Build, "Building the image");
            run.part(2, 1, StepKind::BuildStep, "[1/2] FROM debian").end(2, Outcome::Cached);
            run.part(3, 1, StepKind::BuildStep, "[2/2] RUN make")
                .line(3, "cc x.c")
                .pass(61_000)
                .done(3)
                .done(1);
            run.start(4, StepKind::Container, "Creating the container").pass(120).done(4);
            run.start(5, StepKind::Host, "Waiting").end(5, Outcome::Cancelled);
        });
        assert_snapshot!(log, @"
        #1 Building the image
        #2 [1/2] FROM debian: cached
        #3 [2/2] RUN make
        #3 | cc x.c
        #3 done in 1 m 01 s
        #1 done in 1 m 01 s, cached 1 of 2
        #4 Creating the container: done in 120 ms
        #5 Waiting: stopped after 0 ms
        ");
    }

    #[test]
    fn a_notice_comes_after_the_steps_that_began_before_it() {
        let log = log(Level::Info, |run| {
            run.start(1, StepKind::Container, "Starting the container");
            run.notice(Level::Warning, "two lines\nof text").notice(Level::Debug, "not shown");
        });
        assert_snapshot!(log, @"
        #1 Starting the container
        warning: two lines
        of text
        ");
    }

    #[test]
    fn louder_levels_hide_steps_and_lower_ones_show_more() {
        let script = |run: &mut Script<'_>| {
            run.notice(Level::Debug, "config read").notice(Level::Error, "broken");
            run.start(1, StepKind::Pull, "Pulling debian").done(1);
        };
        assert_snapshot!(log(Level::Warning, script), @"error: broken");
        assert_snapshot!(log(Level::Trace, script), @"
        debug: config read
        error: broken
        #1 Pulling debian: done in 0 ms
        ");
    }

    #[test]
    fn a_silent_step_says_that_it_still_runs() {
        let fixture = Fixture::new(Level::Info);
        let mut run = fixture.run();
        run.start(1, StepKind::Build, "Building the image");
        run.part(2, 1, StepKind::BuildStep, "[1/1] RUN sleep 60").pass(100);
        fixture.tick();
        run.pass(300);
        fixture.tick();
        run.pass(30_000);
        fixture.tick();
        fixture.tick();
        assert_snapshot!(fixture.memory.take(), @"
        #1 Building the image
        #2 [1/1] RUN sleep 60
        #2 still running after 30 s
        ");
    }
}
