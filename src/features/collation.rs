//! The order in which people sort texts: that of the Unicode root collation, which the reference CLI sorts by.
//!
//! Complete for ASCII and the Latin letters of Western Europe; whatever else there is sorts behind them by its
//! code point. Texts differ first in letters, then in accents, then in case (small before capital).

use std::cmp::Ordering;

/// Blanks, punctuation, digits: everything below the letters, in order.
const BEFORE_LETTERS: &str = "\t\n\u{b}\u{c}\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789";

/// Letters with accents: the plain letter, then its variants in the order of their accents.
const ACCENTED: &[(char, &str)] = &[
    ('a', "áàâåäãÁÀÂÅÄÃ"),
    ('c', "çÇ"),
    ('e', "éèêëÉÈÊË"),
    ('i', "íìîïÍÌÎÏ"),
    ('n', "ñÑ"),
    ('o', "óòôöõÓÒÔÖÕ"),
    ('u', "úùûüÚÙÛÜ"),
    ('y', "ýÿÝŸ"),
];

/// How a letter counts: first in all letters, then in all accents, then in all cases.
type Weight = (u32, u8, u8);

/// Compares two texts as `localeCompare` does.
pub fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (weights(left), weights(right));
    let by = |pick: fn(&Weight) -> u32| left.iter().map(pick).cmp(right.iter().map(pick));
    by(|weight| weight.0)
        .then_with(|| by(|weight| weight.1.into()))
        .then_with(|| by(|weight| weight.2.into()))
}

fn weights(text: &str) -> Vec<Weight> {
    text.chars().filter_map(weight).collect()
}

/// Control characters have no weight at all.
fn weight(letter: char) -> Option<Weight> {
    if let Some(position) = BEFORE_LETTERS.chars().position(|known| known == letter) {
        return Some((small(position) + 1, 0, 0));
    }
    if letter.is_control() {
        return None;
    }
    let (plain, accent) = without_accent(letter);
    let is_capital = u8::from(plain.is_ascii_uppercase());
    Some((1000 + u32::from(plain.to_ascii_lowercase()), accent, is_capital))
}

/// The plain letter in the same case, and the rank of its accent.
fn without_accent(letter: char) -> (char, u8) {
    for (plain, variants) in ACCENTED {
        let half = variants.chars().count() / 2;
        if let Some(position) = variants.chars().position(|variant| variant == letter) {
            let plain = if position < half { *plain } else { plain.to_ascii_uppercase() };
            return (plain, u8::try_from(position % half + 1).unwrap_or(u8::MAX));
        }
    }
    (letter, 0)
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All expected orders are what Node.js 20 makes of them with `localeCompare`.
    #[track_caller]
    fn check(sorted: &[&str]) {
        for pair in sorted.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
    }

    #[test]
    fn ascii_has_the_order_of_the_root_collation() {
        let sorted = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ";
        let letters: Vec<String> = sorted.chars().map(String::from).collect();
        check(&letters.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn letters_come_before_accents_and_accents_before_case() {
        check(&[
            "a\nb", "a b", "a_b", "a-b", "a1", "a10", "a2", "ab", "aB", "Ab", "AB", "b", "e", "é", "ea",
            "éa", "f",
        ]);
        check(&["1.10.0", "1.9.0", "latest", "Latest", "latest2"]);
        check(&["", "a", "aa"]);
    }

    #[test]
    fn control_characters_do_not_count() {
        assert_eq!(compare("\u{1}", ""), Ordering::Equal);
        assert_eq!(compare("a\u{1}b", "ab"), Ordering::Equal);
    }
}
