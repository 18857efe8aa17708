//! How often each word stands in a text.

use std::collections::BTreeMap;

use serde::Serialize;

/// A word, in lower case, and how often it was there.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct WordCount {
    pub word: String,
    pub count: usize,
}

/// The `most` frequent words, the most frequent first, equally frequent ones by the alphabet.
pub fn count(text: &str, most: usize) -> Vec<WordCount> {
    let mut counts = BTreeMap::<String, usize>::new();
    for word in words(text) {
        *counts.entry(word).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().map(|(word, count)| WordCount { word, count }).collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count));
    counts.truncate(most);
    counts
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let pieces = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
    pieces.map(|piece| piece.trim_matches('\'').to_lowercase()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::count;

    fn check(text: &str, expected: &[(&str, usize)]) {
        let counted = count(text, 3);
        let counted: Vec<_> = counted.iter().map(|it| (it.word.as_str(), it.count)).collect();
        assert_eq!(counted, expected);
    }

    #[test]
    fn the_most_frequent_words_come_first() {
        check("to be or not to be, be it", &[("be", 3), ("to", 2), ("it", 1)]);
    }

    #[test]
    fn case_and_punctuation_make_no_other_word() {
        check("Don't! \u{201c}don't\u{201d} 'DON'T'", &[("don't", 3)]);
    }

    #[test]
    fn an_empty_text_has_no_words() {
        check(" -- ", &[]);
    }
}
