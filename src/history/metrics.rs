//! The newest run beside those before it.

use super::phases::{Phase, phases};
use super::run::Run;

/// A phase that takes this much longer than it used to, and at least so many milliseconds, has become slower; faster alike.
const FACTOR: f64 = 1.25;
const LEAST: u64 = 500;

/// What the runs of a history tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// The phases, each as it was the last time.
    pub rows: Vec<Row>,
}

/// A phase, and how it was before.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// As it was the last time.
    pub latest: Phase,
    /// What it took before: the median; `None` when it never ran before.
    pub before: Option<u64>,
    /// Where it is going.
    pub trend: Trend,
}

/// How a time compares with those before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trend {
    /// There is nothing to compare it with.
    New,
    /// About as it was.
    Steady,
    /// So many times faster.
    Faster(f64),
    /// So many times slower: a regression.
    Slower(f64),
}

impl Metrics {
    /// What `runs`, oldest first, tell.
    pub fn of(runs: &[Run]) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        let all: Vec<Vec<Phase>> = runs.iter().map(phases).collect();
        for (index, run) in all.iter().enumerate().rev() {
            for latest in run {
                if rows.iter().all(|row| row.latest.name != latest.name) {
                    rows.push(row(latest, &all[..index]));
                }
            }
        }
        Self { rows }
    }
}

fn row(latest: &Phase, earlier: &[Vec<Phase>]) -> Row {
    let same = earlier.iter().flatten().filter(|phase| phase.name == latest.name);
    let before = median(same.map(|phase| phase.milliseconds).collect());
    let trend = before.map_or(Trend::New, |before| trend(latest.milliseconds, before));
    Row { latest: latest.clone(), before, trend }
}

fn median(mut times: Vec<u64>) -> Option<u64> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

fn trend(now: u64, before: u64) -> Trend {
    let factor = |longer: u64, shorter: u64| longer as f64 / shorter.max(1) as f64;
    if now.abs_diff(before) < LEAST {
        Trend::Steady
    } else if factor(now, before) >= FACTOR {
        Trend::Slower(factor(now, before))
    } else if factor(before, now) >= FACTOR {
        Trend::Faster(factor(before, now))
    } else {
        Trend::Steady
    }
}

#[cfg(test)]
mod tests {
    use super::super::phases::tests::span;
    use super::*;

    /// A run that took so long for a hook, and a build where there is one.
    fn run(hook: u64, build: Option<u64>) -> Run {
        let hook = span((2, None), ("hook", "postCreateCommand"), (0, hook), "done");
        let build = build.map(|took| span((1, None), ("build", "Building image"), (0, took), "done"));
        Run { spans: build.into_iter().chain([hook]).collect(), ..Run::default() }
    }

    fn row_of(runs: &[Run], name: &str) -> Row {
        let metrics = Metrics::of(runs);
        metrics.rows.into_iter().find(|row| row.latest.name == name).unwrap()
    }

    #[test]
    fn the_newest_time_is_compared_with_the_median_of_those_before() {
        let before = [run(9_000, None), run(1_000, None), run(1_100, None)];
        let trend = |newest| {
            let row = row_of(&[&before[..], &[run(newest, None)]].concat(), "postCreateCommand");
            assert_eq!((row.latest.milliseconds, row.before), (newest, Some(1_100)));
            row.trend
        };
        assert_eq!(trend(2_200), Trend::Slower(2.0));
        assert_eq!(trend(1_500), Trend::Steady);
        assert_eq!(trend(550), Trend::Faster(2.0));
    }

    #[test]
    fn a_phase_that_the_newest_run_did_not_need_is_shown_as_it_was_last() {
        let runs = [run(10, Some(4_000)), run(10, None)];
        let row = row_of(&runs, "build");
        assert_eq!((row.latest.milliseconds, row.before, row.trend), (4_000, None, Trend::New));
    }
}
