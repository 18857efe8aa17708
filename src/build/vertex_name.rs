//! What BuildKit calls the steps of a build, and what we make of it.

use crate::recipe::dockerfile::NAME_FOR_UNNAMED;

/// Splits `[stage-0 2/5] RUN make` behind the bracket.
pub(super) fn place(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix('[')?.split_once("] ")
}

/// The number of an instruction, without its stage.
pub(super) fn position(place: &str) -> &str {
    place.rsplit(' ').next().unwrap_or(place)
}

/// The place and the text of an instruction of a Dockerfile; the builder's own steps have no number.
fn instruction(name: &str) -> Option<(&str, &str)> {
    let (place, instruction) = place(name)?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (index, count) = position(place).split_once('/')?;
    (is_number(index) && is_number(count)).then_some((place, instruction))
}

/// Whether a vertex is an instruction that tells something about the cache.
///
/// `FROM` reports a hit or a miss at random, and `LINK` doubles a `COPY --link`.
pub(super) fn counts(name: &str) -> bool {
    instruction(name).is_some_and(|(_, text)| !text.starts_with("FROM ") && !text.starts_with("LINK "))
}

/// In one line and not too long: whole scripts are part of names, and values of arguments with line ends.
pub(super) fn title(name: &str, hidden: &[String]) -> String {
    const LONGEST: usize = 200;
    let name = without_made_up_stage(&without(name, hidden));
    let title = name.split_whitespace().collect::<Vec<_>>().join(" ");
    match title.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &title[..end]),
        None => title,
    }
}

/// The text without what nobody needs to see.
pub(super) fn without(text: &str, hidden: &[String]) -> String {
    hidden.iter().fold(text.to_owned(), |text, hidden| text.replace(&format!(" {hidden}"), ""))
}

fn without_made_up_stage(name: &str) -> String {
    name.replace(&format!("[{NAME_FOR_UNNAMED} "), "[")
}

/// What records call a step of the builder: `[deps 2/5] RUN`, `load metadata for`. All that follows is left out, as it may
/// hold the values of arguments.
pub(super) fn record_name(name: &str) -> String {
    let name = without_made_up_stage(name);
    if let Some((place, text)) = instruction(&name) {
        return format!("[{place}] {}", text.split_whitespace().next().unwrap_or_default());
    }
    let phrase = name.strip_prefix("[internal] ").unwrap_or(&name).split_whitespace();
    let is_plain = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase());
    let words: Vec<&str> = phrase.take_while(is_plain).collect();
    if words.is_empty() { "other step".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_hold_nothing_that_an_instruction_is_given() {
        let check = |name: &str, expected: &str| assert_eq!(record_name(name), expected);
        check("[deps 2/5] RUN TOKEN=secret make", "[deps 2/5] RUN");
        check("[linux/arm64 deps 2/5] COPY a b", "[linux/arm64 deps 2/5] COPY");
        check(&format!("[{NAME_FOR_UNNAMED} 1/2] FROM docker.io/library/debian"), "[1/2] FROM");
        check("[internal] load metadata for docker.io/library/debian:12", "load metadata for");
        check("exporting to image", "exporting to image");
        check("https://user:secret@example.com/file", "other step");
    }
}
