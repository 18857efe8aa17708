//! Turns BuildKit's messages into steps, and remembers what an error or a summary needs.

use std::collections::{BTreeMap, VecDeque};

use super::rawjson::{Item, Log, Message, Reader, Status, Vertex};
use super::timing::{TimedStep, first_start};
use super::vertex_name::{counts, place, position, record_name, title, without};
use crate::event::{Lines, Outcome, Step, StepKind, Title};

/// How many lines of a failing instruction an error repeats.
const TAIL: usize = 20;

/// How much of a build was cached. `FROM` and BuildKit's own steps do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Instructions whose earlier result was used.
    pub cached: usize,
    /// Instructions in all, without those that turned out not to be needed.
    pub total: usize,
    /// These instructions in the order in which they began.
    pub steps: Vec<TimedStep>,
}

/// The instruction at which a build failed.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed {
    /// Such as `[2/3] RUN make`.
    pub name: String,
    /// BuildKit's reason.
    pub error: String,
    /// Its last lines of output.
    pub tail: Vec<String>,
}

/// Follows one build.
pub struct Progress<'a> {
    parent: &'a Step,
    hidden: &'a [String],
    names: &'a [(String, String)],
    reader: Reader,
    vertices: BTreeMap<String, State>,
    texts: Vec<String>,
}

/// What is known of a vertex.
#[derive(Default)]
struct State {
    vertex: Vertex,
    title: String,
    /// What records call it.
    name: String,
    step: Option<Step>,
    lines: Lines,
    tail: VecDeque<String>,
    /// Bytes done and in all, by part.
    parts: BTreeMap<String, (u64, u64)>,
}

impl<'a> Progress<'a> {
    /// Reports below `parent`; the texts in `hidden` are left out of names and excerpts, and an instruction that holds the
    /// first text of one of `names` is called by the second.
    pub fn new(parent: &'a Step, hidden: &'a [String], names: &'a [(String, String)]) -> Self {
        Self {
            parent,
            hidden,
            names,
            reader: Reader::default(),
            vertices: BTreeMap::new(),
            texts: Vec::new(),
        }
    }

    /// Takes the next bytes of the build's output.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut reader = std::mem::take(&mut self.reader);
        reader.push(bytes, |item| self.take(item));
        self.reader = reader;
    }

    /// Takes the end of the build's output and ends what is still open.
    pub fn finish(&mut self) {
        std::mem::take(&mut self.reader).finish(|item| self.take(item));
        for state in self.vertices.values_mut() {
            state.finish_lines();
            // A step without an end was given up; dropping it says so.
            state.step = None;
        }
    }

    /// How much was cached, and what ran when.
    pub fn summary(&self) -> Summary {
        let first = first_start(self.vertices.values().map(|state| &state.vertex));
        let mut summary = Summary::default();
        for State { vertex, title, .. } in self.vertices.values().filter(|state| counts(&state.vertex.name)) {
            if vertex.cached || (vertex.completed.is_some() && vertex.error.is_empty()) {
                summary.total += 1;
                summary.cached += usize::from(vertex.cached);
                summary.steps.extend(TimedStep::of(vertex, title, first));
            }
        }
        summary.steps.sort_by_key(|step| (step.start, step.end));
        summary
    }

    /// The instruction that failed by itself, not those that were cancelled because of it.
    pub fn failed(&self) -> Option<Failed> {
        let failed = self.vertices.values().filter(|state| !state.vertex.error.is_empty());
        let state =
            failed.min_by_key(|state| (is_cancelled(&state.vertex), state.vertex.completed.clone()))?;
        Some(Failed {
            name: state.title.clone(),
            error: state.vertex.error.clone(),
            tail: state.tail.iter().cloned().collect(),
        })
    }

    /// What buildx said in plain text.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Message(message) => self.message(message),
            Item::Text(text) => self.text(text),
        }
    }

    fn text(&mut self, text: String) {
        let text = without(&text, self.hidden);
        // What follows the failure of an instruction repeats it, and the error will say the rest.
        if self.failed().is_none() && !text.starts_with("ERROR: ") {
            self.parent.line(text.clone());
        }
        self.texts.push(text);
    }

    fn message(&mut self, message: Message) {
        for vertex in latest(message.vertices) {
            self.vertex(vertex);
        }
        for status in &message.statuses {
            self.status(status);
        }
        for log in &message.logs {
            self.log(log);
        }
        for warning in message.warnings {
            self.text(format!("WARNING: {}", String::from_utf8_lossy(&warning.short)));
        }
    }

    fn vertex(&mut self, vertex: Vertex) {
        let state = self.vertices.entry(vertex.digest.clone()).or_default();
        if state.title.is_empty() {
            // A vertex that several targets share is renamed to the last of them: the first name stays.
            let name = self.names.iter().find(|(mark, _)| vertex.name.contains(mark));
            (state.title, state.name) = match name.zip(place(&vertex.name)) {
                Some(((_, name), (place, _))) => {
                    let title = format!("[{}] {name}", position(place));
                    (title.clone(), title)
                }
                None => (title(&vertex.name, self.hidden), record_name(&vertex.name)),
            };
        }
        // A step that ended and comes back as cached has nothing new to tell.
        let is_news = state.vertex.completed.is_none() || vertex.completed.is_none();
        let begins = vertex.started.is_some() && vertex.started != state.vertex.started && is_news;
        state.vertex = vertex;
        if begins && Appearance::of(&state.title) == Appearance::AtItsStart {
            state.begin(self.parent);
        }
        state.settle();
    }

    fn status(&mut self, status: &Status) {
        let Some(state) = self.vertices.get_mut(&status.vertex) else {
            return;
        };
        let bytes = |number: i64| u64::try_from(number).unwrap_or_default();
        state.parts.insert(status.id.clone(), (bytes(status.current), bytes(status.total)));
        if state.vertex.completed.is_none() && Appearance::of(&state.title) == Appearance::WithItsFirstByte {
            state.begin(self.parent);
        }
        if let Some(step) = &state.step {
            let (done, total) =
                state.parts.values().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
            step.progress(done, (total >= done && total > 0).then_some(total));
        }
    }

    fn log(&mut self, log: &Log) {
        if let Some(state) = self.vertices.get_mut(&log.vertex) {
            let State { lines, step, tail, .. } = state;
            lines.push(&log.data, |line| report(step.as_ref(), tail, line));
        }
    }
}

impl State {
    fn begin(&mut self, parent: &Step) {
        if self.step.is_none() {
            let title = self.title.strip_prefix("[internal] ").unwrap_or(&self.title);
            let title = Title::from(title).named(&*self.name);
            self.step = Some(parent.child(StepKind::BuildStep, title, None));
        }
    }

    /// Ends the step when the vertex has ended.
    fn settle(&mut self) {
        if self.vertex.completed.is_none() {
            return;
        }
        self.finish_lines();
        if let Some(step) = self.step.take() {
            step.finish(outcome(&self.vertex));
        }
    }

    fn finish_lines(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        lines.finish(|line| report(self.step.as_ref(), &mut self.tail, line));
    }
}

fn report(step: Option<&Step>, tail: &mut VecDeque<String>, line: String) {
    if tail.len() == TAIL {
        tail.pop_front();
    }
    // Of a line that was written over and over, as progress bars do, the last state counts.
    tail.push_back(line.rsplit('\r').next().unwrap_or_default().to_owned());
    if let Some(step) = step {
        step.line(line);
    }
}

fn outcome(vertex: &Vertex) -> Outcome {
    match vertex {
        _ if vertex.cached => Outcome::Cached,
        _ if vertex.error.is_empty() => Outcome::Done,
        _ if is_cancelled(vertex) => Outcome::Cancelled,
        _ => Outcome::Failed(match exit_code(&vertex.error) {
            Some(code) => format!("exit code {code}"),
            None => vertex.error.lines().next().unwrap_or_default().to_owned(),
        }),
    }
}

/// The code in BuildKit's `process "..." did not complete successfully: exit code: 3`.
pub fn exit_code(error: &str) -> Option<i32> {
    let (_, code) = error.rsplit_once("did not complete successfully: exit code: ")?;
    code.split(':').next()?.trim().parse().ok()
}

fn is_cancelled(vertex: &Vertex) -> bool {
    vertex.error.ends_with("context canceled")
}

/// Of several states of one vertex in a message only the last counts: BuildKit probes its cache first.
fn latest(vertices: Vec<Vertex>) -> Vec<Vertex> {
    let mut latest: Vec<Vertex> = Vec::new();
    for vertex in vertices {
        match latest.iter_mut().find(|known| known.digest == vertex.digest) {
            Some(known) => *known = vertex,
            None => latest.push(vertex),
        }
    }
    latest
}

/// When a vertex becomes a step that a user sees.
#[derive(PartialEq, Eq)]
enum Appearance {
    AtItsStart,
    /// A look into the cache comes first, and often there is nothing to send.
    WithItsFirstByte,
    Never,
}

impl Appearance {
    fn of(name: &str) -> Self {
        match name.strip_prefix("[internal] ").or(name.split_once(" internal] ").map(|(_, rest)| rest)) {
            None => Self::AtItsStart,
            Some(rest) if rest.starts_with("load metadata for") => Self::AtItsStart,
            Some(rest) if rest.starts_with("load build context") => Self::WithItsFirstByte,
            Some(_) => Self::Never,
        }
    }
}

#[cfg(test)]
#[path = "progress_tests.rs"]
mod tests;
