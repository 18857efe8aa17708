//! `${templateOption:NAME}` in the text of a Template's files.

use super::options::Values;

const START: &str = "${templateOption:";

/// The text with the values filled in. A name without a value becomes nothing, as in the reference CLI; what only looks
/// like a reference stays as it is.
pub fn substitute(text: &str, values: &Values) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(START) {
        let (before, reference) = rest.split_at(at);
        result.push_str(before);
        match read_name(&reference[START.len()..]) {
            Some((name, after)) => {
                result.push_str(values.get(name).map_or("", String::as_str));
                rest = after;
            }
            None => {
                result.push_str(START);
                rest = &reference[START.len()..];
            }
        }
    }
    result + rest
}

/// The name in front of the closing brace, with blanks around it, and what follows.
fn read_name(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let (name, after) = text.split_at(text.find(|letter| !is_word(letter))?);
    let after = after.trim_start().strip_prefix('}')?;
    (!name.is_empty()).then_some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let values = [("a", "1"), ("b", "${templateOption:a}")];
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(substitute(text, &values), expected);
    }

    #[test]
    fn names_become_values() {
        check("FROM x:${templateOption:a}", "FROM x:1");
        check("${templateOption: a }${templateOption:a}", "11");
        check("[${templateOption:unknown}]", "[]");
    }

    #[test]
    fn values_are_not_read_again() {
        check("${templateOption:b}", "${templateOption:a}");
    }

    #[test]
    fn what_only_looks_like_a_reference_stays() {
        for text in
            ["${templateOption:}", "${templateOption:a", "${templateOption:a-b}", "${templateoption:a}"]
        {
            check(text, text);
        }
        check("${templateOption:${templateOption:a}}", "${templateOption:1}");
    }

    proptest::proptest! {
        #[test]
        fn text_without_references_is_never_changed(text in "[${}a-z: é\n]{0,60}") {
            check(&text, &text);
        }
    }
}
