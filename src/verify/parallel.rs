//! What really ran at the same time.

use std::collections::BTreeSet;
use std::time::Duration;

/// A step of a stage, from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The stage.
    pub stage: String,
    /// When it began.
    pub start: Duration,
    /// When it ended.
    pub end: Duration,
}

/// The most stages that were at work at one moment, by name.
pub fn most_at_once(spans: &[Span]) -> BTreeSet<&str> {
    // A new group can only form when something begins.
    let at = |moment: Duration| {
        let running = spans.iter().filter(move |span| span.start <= moment && moment < span.end);
        running.map(|span| span.stage.as_str()).collect::<BTreeSet<_>>()
    };
    // Of several the first: `max_by_key` takes the last.
    spans.iter().rev().map(|span| at(span.start)).max_by_key(BTreeSet::len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(stage: &str, start: u64, end: u64) -> Span {
        Span { stage: stage.to_owned(), start: Duration::from_secs(start), end: Duration::from_secs(end) }
    }

    #[test]
    fn stages_overlap_while_steps_of_both_run() {
        let spans = [span("a", 0, 4), span("b", 1, 2), span("b", 3, 6), span("c", 5, 6)];
        assert_eq!(most_at_once(&spans), BTreeSet::from(["a", "b"]));
        assert_eq!(most_at_once(&[span("a", 0, 3), span("b", 1, 3), span("c", 2, 3)]).len(), 3);
    }

    #[test]
    fn one_after_the_other_is_not_at_the_same_time() {
        assert_eq!(most_at_once(&[span("a", 0, 1), span("b", 1, 2)]).len(), 1);
        assert_eq!(most_at_once(&[span("a", 0, 2), span("a", 1, 2)]).len(), 1, "a stage with itself");
        assert!(most_at_once(&[]).is_empty());
    }
}
