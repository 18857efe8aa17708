//! `--log-format json`: the log that editors and CI actions of the reference CLI read.
//!
//! As there, nothing is left out by level, progress of hooks is followed by name, and the output of a hook's
//! parallel entries is held back until the entry ends, so that it comes in one piece.

use super::clock::Clock;
use super::hook_title::progress_name;
use super::json_event::{Channel, JsonEvent, JsonLevel, Status, Told};
use super::sink::{Sink, lock};
use super::words;
use crate::event::{Event, Level, Listener, Outcome, StepId, StepKind, milliseconds};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// The hook that is not followed by name, since it does not run in the container (reference CLI).
const ON_THIS_MACHINE: &str = "Running initializeCommand...";

/// The title of that step, which is its name in the log as well (reference CLI).
const DOTFILES: &str = "Installing Dotfiles";

/// Downloads are told about this often.
const PACE: Duration = Duration::from_secs(1);

/// Listens and writes one JSON object per line.
pub(super) struct Json {
    clock: Clock,
    log: Mutex<Log>,
}

impl Json {
    /// Writes to `sink`, and `header` as the first event.
    pub(super) fn new(sink: Sink, header: String, clock: Clock) -> Self {
        let log = Log { sink, header: Some(header), steps: BTreeMap::new(), now: clock.now() };
        Self { clock, log: Mutex::new(log) }
    }
}

impl Listener for Json {
    fn on_event(&self, event: &Event) {
        let mut log = lock(&self.log);
        log.now = self.clock.now();
        log.on_event(event);
    }
}

struct Step {
    title: String,
    began: Duration,
    last_report: Option<Duration>,
    role: Role,
}

/// What a step means to readers of the log.
enum Role {
    /// Anything but a hook: `start` and `stop`.
    Work,
    /// The user's dotfiles: followed by name, but not on the channel of hooks.
    Dotfiles,
    /// A hook as a whole.
    Hook { name: String },
    /// One of a hook's parallel entries.
    Entry { name: String, held: String },
}

struct Log {
    sink: Sink,
    header: Option<String>,
    steps: BTreeMap<StepId, Step>,
    now: Duration,
}

impl Log {
    fn on_event(&mut self, event: &Event) {
        if let Some(header) = self.header.take() {
            self.text(Level::Info, &header);
        }
        match event {
            Event::Started { step, parent, kind, title, detail, .. } => {
                self.start(*step, *parent, *kind, title, detail.as_deref());
            }
            Event::Output { step, line } => self.output(*step, line),
            Event::Progress { step, done, total } => self.progress(*step, *done, *total),
            Event::Finished { step, outcome, .. } => self.stop(*step, outcome),
            Event::Notice { level, text } => self.text(*level, text),
            Event::Exited { .. } | Event::Retried { .. } | Event::Identified { .. } => {}
        }
    }

    fn start(
        &mut self,
        id: StepId,
        parent: Option<StepId>,
        kind: StepKind,
        title: &str,
        detail: Option<&str>,
    ) {
        let role = self.role(parent, kind, title);
        match &role {
            Role::Work => self.write(&JsonEvent::Start(self.told(Level::Info, title, None))),
            Role::Dotfiles => self.step_progress(DOTFILES, Status::Running, None),
            Role::Hook { .. } => self.hook_raw(&heading(title, "\r\n\r\n")),
            Role::Entry { .. } => {}
        }
        if let (Role::Hook { name } | Role::Entry { name, .. }, Some(detail)) = (&role, detail) {
            self.hook_progress(name, Status::Running, Some(detail));
        }
        self.steps.insert(id, Step { title: title.to_owned(), began: self.now, last_report: None, role });
    }

    fn role(&self, parent: Option<StepId>, kind: StepKind, title: &str) -> Role {
        if kind != StepKind::Hook || progress_name(title) == ON_THIS_MACHINE {
            return Role::Work;
        }
        if title == DOTFILES {
            return Role::Dotfiles;
        }
        match parent.and_then(|parent| self.steps.get(&parent)).map(|parent| &parent.role) {
            Some(Role::Hook { name }) => Role::Entry { name: name.clone(), held: String::new() },
            _ => Role::Hook { name: progress_name(title) },
        }
    }

    fn output(&mut self, id: StepId, line: &str) {
        let line = format!("{line}\r\n");
        match self.steps.get_mut(&id).map(|step| &mut step.role) {
            Some(Role::Entry { held, .. }) => held.push_str(&line),
            Some(Role::Hook { name }) => {
                let name = name.clone();
                self.hook_output(&name, &line);
            }
            Some(Role::Work | Role::Dotfiles) | None => {
                self.write(&JsonEvent::Raw(self.told(Level::Info, &line, None)))
            }
        }
    }

    fn progress(&mut self, id: StepId, done: u64, total: Option<u64>) {
        let now = self.now;
        let Some(step) = self.steps.get_mut(&id) else { return };
        if step.last_report.is_some_and(|last| now.saturating_sub(last) < PACE) {
            return;
        }
        step.last_report = Some(now);
        let name = progress_name(&step.title);
        self.step_progress(&name, Status::Running, Some(&words::share(done, total)));
    }

    fn stop(&mut self, id: StepId, outcome: &Outcome) {
        let Some(step) = self.steps.remove(&id) else { return };
        match &step.role {
            Role::Work => self.stop_work(&step, outcome),
            Role::Dotfiles => self.step_progress(DOTFILES, status(outcome), None),
            Role::Hook { name } => self.stop_hook(name, outcome),
            Role::Entry { name, held } => self.stop_entry(&step.title, name, held, outcome),
        }
    }

    fn stop_work(&mut self, step: &Step, outcome: &Outcome) {
        if step.last_report.is_some() {
            self.step_progress(&progress_name(&step.title), status(outcome), None);
        }
        self.write(&JsonEvent::Stop {
            level: JsonLevel(Level::Debug),
            timestamp: milliseconds(self.now),
            text: &step.title,
            start_timestamp: milliseconds(step.began),
        });
    }

    fn stop_hook(&mut self, name: &str, outcome: &Outcome) {
        if let Outcome::Failed(reason) = outcome {
            let text = format!("\u{1b}[1m\u{1b}[31m{reason}\u{1b}[39m\u{1b}[22m\r\n");
            self.write(&JsonEvent::Text(self.told(Level::Info, &text, Some(Channel::PostCreate))));
        }
        self.hook_progress(name, status(outcome), None);
    }

    fn stop_entry(&mut self, title: &str, name: &str, held: &str, outcome: &Outcome) {
        let block = match outcome {
            Outcome::Failed(_) => format!("\r\n\u{1b}[1m{held}\u{1b}[0m\r\n\r\n"),
            _ => format!("{}{held}\r\n", heading(title, "\r\n")),
        };
        self.hook_output(name, &block);
    }

    /// Hooks may name what they are doing: `::step::TEXT`, until `::endstep::`.
    fn hook_output(&mut self, name: &str, text: &str) {
        self.hook_raw(text);
        for line in text.lines() {
            if line.contains("::endstep::") {
                self.hook_progress(name, Status::Running, Some(""));
            }
            if let Some((_, detail)) = line.split_once("::step::") {
                self.hook_progress(name, Status::Running, Some(detail));
            }
        }
    }

    fn text(&self, level: Level, text: &str) {
        self.write(&JsonEvent::Text(self.told(level, text, None)));
    }

    fn hook_raw(&self, text: &str) {
        self.write(&JsonEvent::Raw(self.told(Level::Info, text, Some(Channel::PostCreate))));
    }

    fn hook_progress(&self, name: &str, status: Status, step_detail: Option<&str>) {
        self.write(&JsonEvent::Progress { name, status, step_detail, channel: Some(Channel::PostCreate) });
    }

    fn step_progress(&self, name: &str, status: Status, step_detail: Option<&str>) {
        self.write(&JsonEvent::Progress { name, status, step_detail, channel: None });
    }

    fn told<'a>(&self, level: Level, text: &'a str, channel: Option<Channel>) -> Told<'a> {
        Told { level: JsonLevel(level), timestamp: milliseconds(self.now), text, channel }
    }

    fn write(&self, event: &JsonEvent<'_>) {
        if let Ok(line) = serde_json::to_string(event) {
            self.sink.write(&format!("{line}\n"));
        }
    }
}

fn heading(title: &str, end: &str) -> String {
    format!("\u{1b}[1m{title}...\u{1b}[0m{end}")
}

fn status(outcome: &Outcome) -> Status {
    match outcome {
        Outcome::Done | Outcome::Cached | Outcome::Skipped(_) => Status::Succeeded,
        Outcome::Failed(_) | Outcome::Cancelled => Status::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::by_hand::Hand;
    use super::super::script::Script;
    use super::super::sink::memory::Memory;
    use super::*;
    use insta::assert_snapshot;

    /// The log of `script`, with milliseconds since the start of the run in place of the time.
    fn log(script: impl FnOnce(&mut Script<'_>)) -> String {
        let (memory, hand) = (Memory::default(), Hand::new());
        let json = Json::new(memory.sink(), "devc 1.2.3. linux x86_64.".to_owned(), hand.clock());
        script(&mut Script::new(&json, &hand));
        let text = memory.take();
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
        }
        text.replace("1767323045", "T").replace("1767323046", "T1")
    }

    const HOOK: &str = "Running the postCreateCommand from devcontainer.json";

    #[test]
    fn a_hook_is_followed_by_name_from_its_heading_to_its_success() {
        let log = log(|run| {
            run.start_with(1, StepKind::Hook, HOOK, "npm ci").pass(5).line(1, "added 12 packages");
            run.line(1, "::step::Building").line(1, "::endstep::").done(1);
        });
        assert_snapshot!(log, @r#"
        {"type":"text","level":3,"timestamp":T000,"text":"devc 1.2.3. linux x86_64."}
        {"type":"raw","level":3,"timestamp":T000,"text":"\u001b[1mRunning the postCreateCommand from devcontainer.json...\u001b[0m\r\n\r\n","channel":"postCreate"}
        {"type":"progress","name":"Running postCreateCommand...","status":"running","stepDetail":"npm ci","channel":"postCreate"}
        {"type":"raw","level":3,"timestamp":T005,"text":"added 12 packages\r\n","channel":"postCreate"}
        {"type":"raw","level":3,"timestamp":T005,"text":"::step::Building\r\n","channel":"postCreate"}
        {"type":"progress","name":"Running postCreateCommand...","status":"running","stepDetail":"Building","channel":"postCreate"}
        {"type":"raw","level":3,"timestamp":T005,"text":"::endstep::\r\n","channel":"postCreate"}
        {"type":"progress","name":"Running postCreateCommand...","status":"running","stepDetail":"","channel":"postCreate"}
        {"type":"progress","name":"Running postCreateCommand...","status":"succeeded","channel":"postCreate"}
        "#);
    }

    #[test]
    fn dotfiles_are_followed_by_name_alone() {
        let log = log(|run| {
            run.start(1, StepKind::Hook, DOTFILES).line(1, "Cloning").done(1);
        });
        assert_snapshot!(log, @r#"
        {"type":"text","level":3,"timestamp":T000,"text":"devc 1.2.3. linux x86_64."}
        {"type":"progress","name":"Installing Dotfiles","status":"running"}
        {"type":"raw","level":3,"timestamp":T000,"text":"Cloning\r\n"}
        {"type":"progress","name":"Installing Dotfiles","status":"succeeded"}
        "#);
    }

    #[test]
    fn the_hook_on_this_machine_is_a_step_like_any_other() {
        let log = log(|run| {
            run.start_with(1, StepKind::Hook, "Running the initializeCommand from devcontainer.json", "make")
                .done(1);
        });
        assert_snapshot!(log, @r#"
        {"type":"text","level":3,"timestamp":T000,"text":"devc 1.2.3. linux x86_64."}
        {"type":"start","level":3,"timestamp":T000,"text":"Running the initializeCommand from devcontainer.json"}
        {"type":"stop","level":2,"timestamp":T000,"text":"Running the initializeCommand from devcontainer.json","startTimestamp":T000}
        "#);
    }

    #[test]
    fn a_failed_hook_says_so_on_its_channel() {
        let log = log(|run| {
            run.start_with(1, StepKind::Hook, HOOK, "exit 3").fail(1, "postCreateCommand failed");
        });
        assert_snapshot!(log, @r#"
        {"type":"text","level":3,"timestamp":T000,"text":"devc 1.2.3. linux x86_64."}
        {"type":"raw","level":3,"timestamp":T000,"text":"\u001b[1mRunning the postCreateCommand from devcontainer.json...\u001b[0m\r\n\r\n","channel":"postCreate"}
        {"type":"progress","name":"Running postCreateCommand...","status":"running","stepDetail":"exit 3","channel":"postCreate"}
        {"type":"text","level":3,"timestamp":T000,"text":"\u001b[1m\u001b[31mpostCreateCommand failed\u001b[39m\u001b[22m\r\n","channel":"postCreate"}
        {"type":"progress","name":"Running postCreateCommand...","status":"failed","channel":"postCreate"}
        "#);
    }

    #[test]
    fn output_of_parallel_entries_comes_in_one_piece_each() {
        let log = log(|run| {
            run.start(1, StepKind::Hook, HOOK);
            run.part(2, 1, StepKind::Hook, "Running a of postCreateCommand from devcontainer.json");
            run.part(3, 1, StepKind::Hook, "Running b of postCreateCommand from devcontainer.json");
            run.line(2, "A1").line(3, "B1").line(2, "A2").fail(3, "exit code 1").done(2);
            run.fail(1, "b of postCreateCommand failed");
        });
        assert_snapshot!(log, @r#"
        {"type":"text","level":3,"timestamp":T000,"text":"devc 1.2.3. linux x86_64."}
        {"type":"raw","level":3,"timestamp":T000,"text":"\u001b[1mRunning the postCreateCommand from devcontainer.json...\u001b[0m\r\n\r\n","channel":"postCreate"}
        {"type":"progress","name":"Running postCreateCommand...","status":"running","stepDetail":"make","channel":"postCreate"}
        {"type":"progress","name":"Running postCreateCommand...","status":"running","stepDetail":"make","channel":"postCreate"}
        {"type":"raw","level":3,"timestamp":T000,"text":"\r\n\u001b[1mB1\r\n\u001b[0m\r\n\r\n","channel":"postCreate"}
        {"type":"raw","level":3,"timestamp":T000,"text":"\u001b[1mRunning a of postCreateCommand from devcontainer.json...\u001b[0m\r\nA1\r\nA2\r\n\r\n","channel":"postCreate"}
        {"type":"text","level":3,"timestamp":T000,"text":"\u001b[1m\u001b[31mb of postCreateCommand failed\u001b[39m\u001b[22m\r\n","channel":"postCreate"}
        {"type":"progress","name":"Running postCreateCommand...","status":"failed","channel":"postCreate"}
        "#);
    }

    #[test]
    fn other_steps_start_and_stop_and_notices_are_never_filtered() {
        let log = log(|run| {
            run.notice(Level::Trace, "workspace root: /w");
            run.start(1, StepKind::Build, "Building the image").line(1, "FROM debian").pass(1_000).done(1);
            run.notice(Level::Error, "no space\nleft");
        });
        assert_snapshot!(log, @r#"
        {"type":"text","level":3,"timestamp":T000,"text":"devc 1.2.3. linux x86_64."}
        {"type":"text","level":1,"timestamp":T000,"text":"workspace root: /w"}
        {"type":"start","level":3,"timestamp":T000,"text":"Building the image"}
        {"type":"raw","level":3,"timestamp":T000,"text":"FROM debian\r\n"}
        {"type":"stop","level":2,"timestamp":T1000,"text":"Building the image","startTimestamp":T000}
        {"type":"text","level":5,"timestamp":T1000,"text":"no space\nleft"}
        "#);
    }

    #[test]
    fn downloads_report_once_a_second() {
        let log = log(|run| {
            run.start(1, StepKind::Pull, "Pulling debian");
            run.progress(1, 1_000, Some(4_000)).pass(500).progress(1, 2_000, Some(4_000));
            run.pass(500).progress(1, 3_000, Some(4_000)).done(1);
        });
        assert_snapshot!(log, @r#"
        {"type":"text","level":3,"timestamp":T000,"text":"devc 1.2.3. linux x86_64."}
        {"type":"start","level":3,"timestamp":T000,"text":"Pulling debian"}
        {"type":"progress","name":"Pulling debian...","status":"running","stepDetail":"1.0 kB of 4.0 kB"}
        {"type":"progress","name":"Pulling debian...","status":"running","stepDetail":"3.0 kB of 4.0 kB"}
        {"type":"progress","name":"Pulling debian...","status":"succeeded"}
        {"type":"stop","level":2,"timestamp":T1000,"text":"Pulling debian","startTimestamp":T000}
        "#);
    }
}
