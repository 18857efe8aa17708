//! Adds a stage to a Dockerfile that only puts the metadata label on the image.

use super::lex::{Source, lex};
use super::scan::{FromParts, Variables, scan};
use crate::Result;

/// The stage that `devc` and the reference CLI build.
pub const TARGET_STAGE: &str = "dev_containers_target_stage";

/// The name that an unnamed stage gets, so that another one can build on it.
pub const NAME_FOR_UNNAMED: &str = "dev_container_auto_added_stage_label";

/// A Dockerfile with the label's stage.
#[derive(Debug, PartialEq, Eq)]
pub struct Labelled {
    /// The Dockerfile.
    pub text: String,
    /// The stage to build.
    pub target: String,
}

/// Appends a stage with `label` to a Dockerfile; it builds on the stage `target`, or on the last one.
///
/// `label` is a whole `LABEL` instruction that escapes with backslashes.
pub fn with_metadata_label(text: &str, target: Option<&str>, label: &str) -> Result<Labelled> {
    with_target_stage(text, target, |base| stage(base, label))
}

/// Appends the stage that is built; `stage` writes it for the name of the one that it builds on.
///
/// The new text escapes with backslashes, and has some only where BuildKit takes them for escapes.
pub fn with_target_stage(
    text: &str,
    target: Option<&str>,
    stage: impl FnOnce(&str) -> String,
) -> Result<Labelled> {
    let facts = scan(text, &Variables::default(), target)?;
    let source = lex(text)?;
    let (text, base) = match facts.target_name() {
        Some(name) => (source.closed_text(), name),
        None => (with_named_stage(&source, facts.target_index()), NAME_FOR_UNNAMED),
    };
    let stage = with_escape(&stage(base), source.directives.escape);
    Ok(Labelled { text: format!("{text}{stage}"), target: TARGET_STAGE.to_owned() })
}

/// A Dockerfile that puts `label` on an image.
pub fn labelled_image(image: &str, label: &str) -> Labelled {
    Labelled { text: stage(image, label), target: TARGET_STAGE.to_owned() }
}

fn stage(base: &str, label: &str) -> String {
    format!("FROM {base} AS {TARGET_STAGE}\n{}\n", label.trim_end())
}

/// Names the `index`th stage right behind its image.
fn with_named_stage(source: &Source<'_>, index: usize) -> String {
    let mut text = source.closed_text();
    let from = source.instructions.iter().filter(|instruction| instruction.keyword == "from").nth(index);
    if let Some((from, parts)) = from.and_then(|from| Some((from, FromParts::read(from)?))) {
        text.insert_str(from.argument_end(parts.image_end), &format!(" AS {NAME_FOR_UNNAMED}"));
    }
    text
}

/// Rewrites the backslash escapes of an instruction for a Dockerfile with another escape character.
fn with_escape(instruction: &str, escape: char) -> String {
    if escape == '\\' {
        return instruction.to_owned();
    }
    let mut result = String::new();
    let mut letters = instruction.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('\\') => result.push('\\'),
                escaped => result.extend([Some(escape), escaped].into_iter().flatten()),
            },
            _ if letter == escape => result.extend([escape, escape]),
            _ => result.push(letter),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: &str = "LABEL devcontainer.metadata=\"[ \\\n{\\\"a\\\":\\\"\\$x\\\\\\\\`\\\"} \\\n]\"";

    fn labelled(text: &str, target: Option<&str>) -> String {
        with_metadata_label(text, target, "LABEL a=b").unwrap().text
    }

    #[test]
    fn a_named_stage_is_built_upon_by_name() {
        insta::assert_snapshot!(labelled("# syntax=x\nFROM a AS Dev\nRUN b", None), @"
        # syntax=x
        FROM a AS Dev
        RUN b
        FROM dev AS dev_containers_target_stage
        LABEL a=b
        ");
    }

    #[test]
    fn an_unnamed_last_stage_gets_a_name_behind_its_image() {
        insta::assert_snapshot!(labelled("FROM a AS b\nfrom --platform=linux/arm64 \\\n # why\n c \\\n\n# done", None), @"
        FROM a AS b
        from --platform=linux/arm64 \\
         # why
         c AS dev_container_auto_added_stage_label 
        FROM dev_container_auto_added_stage_label AS dev_containers_target_stage
        LABEL a=b
        ");
    }

    #[test]
    fn the_given_target_is_built_upon() {
        let text = "FROM a AS one\nFROM b\nFROM c AS three\n";
        assert!(labelled(text, Some("ONE")).contains("\nFROM one AS dev_containers_target_stage\n"));
        assert!(labelled(text, Some("1")).contains("FROM b AS dev_container_auto_added_stage_label\n"));
    }

    #[test]
    fn the_label_follows_the_escape_directive() {
        insta::assert_snapshot!(with_metadata_label("# escape=`\nFROM a AS b\n", None, LABEL).unwrap().text, @r#"
        # escape=`
        FROM a AS b
        FROM b AS dev_containers_target_stage
        LABEL devcontainer.metadata="[ `
        {`"a`":`"`$x\\```"} `
        ]"
        "#);
    }

    #[test]
    fn an_image_gets_a_dockerfile_of_its_own() {
        insta::assert_snapshot!(labelled_image("debian:12", "LABEL a=b").text, @"
        FROM debian:12 AS dev_containers_target_stage
        LABEL a=b
        ");
    }
}
