//! Hides secrets in everything that is told, before any listener hears it.

use super::text;
use crate::event::{Event, Listener, Outcome};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What stands in place of a secret.
const STARS: &str = "********";

/// A line of a secret of several lines is hidden also by itself, unless it is so short (a bracket, say) that
/// hiding it would spoil all output.
const SHORTEST_LINE: usize = 4;

/// Knows the secrets.
#[derive(Clone, Default)]
pub(super) struct Mask {
    needles: Arc<[String]>,
}

impl Mask {
    /// Hides each of `secrets`, and each as it looks inside a JSON string. Empty ones are left out.
    pub(super) fn new(secrets: &[String]) -> Self {
        let mut needles: Vec<String> = secrets.iter().flat_map(|secret| needles_of(secret)).collect();
        needles.sort_unstable();
        needles.dedup();
        Self { needles: needles.into() }
    }

    /// The text without secrets. Secrets that overlap or touch become one mask, so that no rest of one survives.
    pub(super) fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let hidden = merge(self.find(text));
        if hidden.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut shown = String::with_capacity(text.len());
        let mut from = 0;
        for range in hidden {
            shown.push_str(&text[from..range.start]);
            shown.push_str(STARS);
            from = range.end;
        }
        shown.push_str(&text[from..]);
        Cow::Owned(shown)
    }

    fn find(&self, text: &str) -> Vec<Range<usize>> {
        self.needles.iter().flat_map(|needle| occurrences(text, needle)).collect()
    }

    fn text(&self, text: &mut String) {
        if let Cow::Owned(masked) = self.apply(text) {
            *text = masked;
        }
    }

    fn event(&self, event: &Event) -> Event {
        let mut event = event.clone();
        match &mut event {
            Event::Started { title, name, detail, .. } => {
                self.text(title);
                self.text(name);
                detail.iter_mut().for_each(|detail| self.text(detail));
            }
            Event::Output { line, .. } => self.text(line),
            Event::Finished { outcome: Outcome::Failed(reason) | Outcome::Skipped(reason), .. } => {
                self.text(reason);
            }
            Event::Notice { text, .. } => self.text(text),
            Event::Progress { .. }
            | Event::Exited { .. }
            | Event::Retried { .. }
            | Event::Identified { .. }
            | Event::Finished { .. } => {}
        }
        event
    }
}

fn needles_of(secret: &str) -> Vec<String> {
    let lines = secret.lines().map(text::clean).filter(|line| line.len() >= SHORTEST_LINE);
    let whole = std::iter::once(secret.to_owned());
    whole.chain(lines).flat_map(|part| [json_escaped(&part), part]).filter(|part| !part.is_empty()).collect()
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Where `needle` is found, also where its occurrences overlap.
fn occurrences<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(needle)?;
        from = start + needle.chars().next().map_or(1, char::len_utf8);
        Some(start..start + needle.len())
    })
}

fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// A listener that hands masked events to the next one.
pub(super) struct Masked<L> {
    /// What to hide.
    pub(super) mask: Mask,
    /// Who hears the rest.
    pub(super) next: L,
}

impl<L: Listener> Listener for Masked<L> {
    fn on_event(&self, event: &Event) {
        if self.mask.needles.is_empty() {
            self.next.on_event(event);
        } else {
            self.next.on_event(&self.mask.event(event));
        }
    }

    fn without_secrets<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.mask.apply(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(secrets: &[&str], text: &str, expected: &str) {
        let secrets: Vec<String> = secrets.iter().map(ToString::to_string).collect();
        assert_eq!(Mask::new(&secrets).apply(text), expected);
    }

    #[test]
    fn every_occurrence_is_hidden() {
        check(&["hunter2"], "hunter2 and hunter2", "******** and ********");
        check(&[], "nothing to hide", "nothing to hide");
        check(&[""], "nothing to hide", "nothing to hide");
    }

    #[test]
    fn overlapping_secrets_leave_no_rest() {
        check(&["abc", "abcdef"], "abcdef", "********");
        check(&["abcd", "cdef"], "xabcdefx", "x********x");
        check(&["aa"], "baaab", "b********b");
    }

    #[test]
    fn secrets_are_hidden_inside_json_too() {
        check(&["a\"b"], r#"{"token":"a\"b"}"#, r#"{"token":"********"}"#);
    }

    #[test]
    fn lines_of_a_long_secret_are_hidden_one_by_one() {
        check(&["-----BEGIN\nMIIabc\n}"], "> MIIabc }", "> ******** }");
    }

    proptest! {
        #[test]
        fn no_secret_survives(secrets in prop::collection::vec("[abé\"\\\\]{1,4}", 0..5), text in "[abé\"\\\\ ]{0,40}") {
            let masked = Mask::new(&secrets).apply(&text).into_owned();
            for secret in &secrets {
                prop_assert!(!masked.contains(secret.as_str()), "{secret:?} in {masked:?}");
            }
        }
    }
}
