//! Foreign text made fit for a line of a terminal: without escape sequences, and only as wide as allowed.

use unicode_width::UnicodeWidthStr;

/// A tab is as wide as this many blanks; terminals and readers agree on nothing better.
const TAB: &str = "    ";

/// How many columns `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// One line of output as a terminal would show it: progress written over itself leaves only its last state.
pub(super) fn clean(line: &str) -> String {
    let bare = without_escapes(line);
    let shown = bare.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
    shown.trim_end().replace('\t', TAB).chars().filter(|character| !character.is_control()).collect()
}

/// Removes colours and cursor movements.
pub(super) fn without_escapes(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Cuts `text` to at most `columns`, and shows by `…` that something is missing.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    // Width is taken of whole prefixes because joined characters (emoji) are not as wide as their sum.
    let end = text
        .char_indices()
        .map(|(start, character)| start + character.len_utf8())
        .take_while(|end| width(&text[..*end]) <= room)
        .last()
        .unwrap_or(0);
    let ellipsis = if columns == 0 { "" } else { "…" };
    format!("{}{ellipsis}", &text[..end])
}

/// Fills `text` with blanks up to `columns`.
pub(super) fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cleaning_keeps_what_a_terminal_would_show() {
        assert_eq!(clean("\u{1b}[32mok\u{1b}[0m  "), "ok");
        assert_eq!(clean("10 %\r50 %\r100 %\r"), "100 %");
        assert_eq!(clean("a\tb\u{7}\u{1b}[2K"), "a    b");
    }

    #[test]
    fn fitting_counts_columns_and_not_characters() {
        assert_eq!(fit("short", 5), "short");
        assert_eq!(fit("longer", 5), "long…");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("abc", 1), "…");
        assert_eq!(fit("abc", 0), "");
    }

    proptest! {
        #[test]
        fn fitted_text_is_never_too_wide(text in "\\PC{0,40}", columns in 0_usize..30) {
            prop_assert!(width(&fit(&text, columns)) <= columns);
        }
    }
}
