//! Gives all stages of a Dockerfile a build argument.

use super::edits::Edits;
use super::lex::lex;
use crate::Result;

/// Declares an argument at the beginning of each stage.
///
/// A `RUN` sees its value, so one that nobody has used before makes each of them run again. It is no part of the image.
pub fn with_argument(text: &str, name: &str, value: &str) -> Result<String> {
    let mut edits = Edits::default();
    for from in lex(text)?.instructions.iter().filter(|instruction| instruction.keyword == "from") {
        // Without a line end, nothing follows.
        if text[..from.span.end].ends_with('\n') {
            edits.insert(from.span.end, format!("ARG {name}={value}\n"));
        }
    }
    Ok(edits.apply(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_the_argument() {
        insta::assert_snapshot!(with_argument("ARG V\nFROM a \\\n  AS b\nRUN c\nFROM b", "ROUND", "1").unwrap(), @"
        ARG V
        FROM a \\
          AS b
        ARG ROUND=1
        RUN c
        FROM b
        ");
    }
}
