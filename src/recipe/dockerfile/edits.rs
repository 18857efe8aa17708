//! Changes of a text at known places, all other bytes as they are.

use std::ops::Range;

/// Changes to be made, in any order. They must not overlap.
#[derive(Debug, Default)]
pub struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a text at a place.
    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.0.push((at..at, text.into()));
    }

    /// Leaves out what is at a place.
    pub fn remove(&mut self, place: Range<usize>) {
        self.0.push((place, String::new()));
    }

    /// The text with all changes.
    pub fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(place, _)| place.start);
        let mut result = String::with_capacity(text.len() + self.0.len() * 128);
        let mut copied = 0;
        for (place, new) in self.0 {
            result.push_str(&text[copied..place.start]);
            result.push_str(&new);
            copied = place.end;
        }
        result.push_str(&text[copied..]);
        result
    }
}
