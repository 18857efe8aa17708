//! The time of a run by phase: how long, how much work in it, and how much of that was not done again.

use std::collections::BTreeSet;

use super::run::{Run, Span};

/// What a run did of one sort.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phase {
    /// `pull`, `build`, `container`, a hook by its name, `tasks`.
    pub name: String,
    /// How long something of it was under way.
    pub milliseconds: u64,
    /// How long all parts took together: more than the phase itself where they ran side by side.
    pub work_milliseconds: u64,
    /// How many parts could have been reused.
    pub parts: usize,
    /// How many of them were: instructions that were cached, tasks that were skipped.
    pub reused: usize,
}

impl Phase {
    /// How many times faster it was than its parts one after the other; `None` where it has no parts, or took no time.
    pub fn speed_up(&self) -> Option<f64> {
        let is_parallel = self.parts > 1 && self.milliseconds > 0;
        is_parallel.then(|| self.work_milliseconds as f64 / self.milliseconds as f64)
    }
}

/// The phases of a run in the order in which they began.
pub fn phases(run: &Run) -> Vec<Phase> {
    let mut names: Vec<&str> = Vec::new();
    for span in roots(run) {
        let name = phase_name(span);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| phase(run, name)).collect()
}

fn phase(run: &Run, name: &str) -> Phase {
    let roots: Vec<&Span> = roots(run).filter(|span| phase_name(span) == name).collect();
    let leaves = leaves_below(run, &roots);
    let countable: Vec<&&Span> = leaves.iter().filter(|span| tells_of_reuse(span)).collect();
    Phase {
        name: name.to_owned(),
        milliseconds: covered(&roots),
        work_milliseconds: leaves.iter().map(|span| span.milliseconds).sum(),
        parts: countable.len(),
        reused: countable.iter().filter(|span| matches!(&*span.outcome, "cached" | "skipped")).count(),
    }
}

fn roots(run: &Run) -> impl Iterator<Item = &Span> {
    run.spans.iter().filter(|span| span.parent.is_none())
}

fn phase_name(span: &Span) -> &str {
    match &*span.kind {
        "hook" => &span.name,
        "task" => "tasks",
        "fetch" => "download",
        kind => kind,
    }
}

/// The steps below `roots`, or they themselves, that have no parts.
fn leaves_below<'a>(run: &'a Run, roots: &[&'a Span]) -> Vec<&'a Span> {
    let mut inside: BTreeSet<u64> = roots.iter().map(|span| span.step).collect();
    let mut parents = BTreeSet::new();
    // A part begins after its whole, so that one pass finds all.
    for span in &run.spans {
        if let Some(parent) = span.parent.filter(|parent| inside.contains(parent)) {
            inside.insert(span.step);
            parents.insert(parent);
        }
    }
    let is_leaf = |span: &&Span| inside.contains(&span.step) && !parents.contains(&span.step);
    run.spans.iter().filter(is_leaf).collect()
}

/// Whether the outcome of a step says something about the cache: the builder's own steps and `FROM` hit or miss at random.
fn tells_of_reuse(span: &Span) -> bool {
    let is_instruction = || span.name.starts_with('[') && !span.name.ends_with(" FROM");
    span.kind != "build-step" || is_instruction()
}

/// How long at least one of the spans was under way.
fn covered(spans: &[&Span]) -> u64 {
    let mut intervals: Vec<(u64, u64)> =
        spans.iter().map(|span| (span.start, span.start.saturating_add(span.milliseconds))).collect();
    intervals.sort_unstable();
    let mut end = 0;
    let mut sum = 0_u64;
    for (from, to) in intervals {
        sum = sum.saturating_add(to.saturating_sub(from.max(end)));
        end = end.max(to);
    }
    sum
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A step, from its number, that of its whole, kind, name, times and outcome.
    pub(in crate::history) fn span(
        (step, parent): (u64, Option<u64>),
        (kind, name): (&str, &str),
        (start, milliseconds): (u64, u64),
        outcome: &str,
    ) -> Span {
        let (kind, name, outcome) = (kind.to_owned(), name.to_owned(), outcome.to_owned());
        Span { step, parent, kind, name, start, milliseconds, outcome, ..Span::default() }
    }

    fn check(spans: Vec<Span>, expected: Phase) {
        assert_eq!(phases(&Run { spans, ..Run::default() }), [expected]);
    }

    #[test]
    fn parts_that_ran_side_by_side_are_more_work_than_time() {
        let spans = vec![
            span((1, None), ("hook", "postCreateCommand"), (100, 1_000), "done"),
            span((2, Some(1)), ("hook", "web"), (100, 1_000), "done"),
            span((3, Some(1)), ("hook", "api"), (100, 800), "done"),
        ];
        let phase = Phase {
            name: "postCreateCommand".to_owned(),
            milliseconds: 1_000,
            work_milliseconds: 1_800,
            parts: 2,
            reused: 0,
        };
        assert_eq!(phase.speed_up(), Some(1.8));
        check(spans, phase);
    }

    #[test]
    fn of_a_build_only_instructions_count_as_reused() {
        let step =
            |number, name: &str, outcome| span((number, Some(1)), ("build-step", name), (0, 10), outcome);
        let spans = vec![
            span((1, None), ("build", "Building image"), (0, 50), "done"),
            step(2, "load metadata for", "done"),
            step(3, "[1/3] FROM", "cached"),
            step(4, "[2/3] COPY", "cached"),
            step(5, "[3/3] RUN", "done"),
        ];
        let name = "build".to_owned();
        check(spans, Phase { name, milliseconds: 50, work_milliseconds: 40, parts: 2, reused: 1 });
    }

    #[test]
    fn tasks_are_one_phase_whose_gaps_do_not_count() {
        let task = |number, start, outcome| span((number, None), ("task", "t"), (start, 100), outcome);
        let spans = vec![task(1, 0, "done"), task(2, 50, "done"), task(3, 500, "skipped")];
        let name = "tasks".to_owned();
        check(spans, Phase { name, milliseconds: 250, work_milliseconds: 300, parts: 3, reused: 1 });
    }
}
