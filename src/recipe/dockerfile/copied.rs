//! Which files of the build context a Dockerfile names.

use super::expand::{Environment, expand, words};
use super::lex::{Instruction, lex};
use crate::Result;

/// The paths, relative to the context and perhaps with wildcards, that `COPY`, `ADD` and bind mounts take from the
/// context, in the order of the file and each once. The whole context (`.`) is not among them, as it names nothing.
///
/// Words with a variable stay as they are written: what they mean is known at the build only.
pub fn context_paths(text: &str) -> Result<Vec<String>> {
    let source = lex(text)?;
    let escape = source.directives.escape;
    let mut paths = Vec::new();
    for instruction in &source.instructions {
        let found = match instruction.keyword.as_str() {
            "copy" | "add" => copied(instruction, escape),
            "run" => mounted(instruction, escape),
            _ => Vec::new(),
        };
        for path in found {
            let path = path.trim_start_matches("./").trim_matches('/').to_owned();
            if !matches!(path.as_str(), "" | ".") && !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

/// The sources of a `COPY` or `ADD`: all but the last word.
pub(super) fn copy_sources(instruction: &Instruction, escape: char) -> Vec<String> {
    let (_, rest) = options(&instruction.arguments);
    let mut sources = serde_json::from_str::<Vec<String>>(rest)
        .unwrap_or_else(|_| words(rest, escape).iter().map(|word| unquoted(word, escape)).collect());
    sources.pop();
    sources
}

/// Those of them that are in the context.
fn copied(instruction: &Instruction, escape: char) -> Vec<String> {
    if options(&instruction.arguments).0.iter().any(|option| option.starts_with("--from=")) {
        return Vec::new();
    }
    let mut sources = copy_sources(instruction, escape);
    let is_elsewhere =
        |source: &String| source.starts_with("<<") || source.starts_with("git@") || source.contains("://");
    sources.retain(|source| !is_elsewhere(source));
    sources
}

/// The sources of the bind mounts of a `RUN`.
fn mounted(instruction: &Instruction, escape: char) -> Vec<String> {
    let (options, _) = options(&instruction.arguments);
    let mounts = options.iter().filter_map(|option| option.strip_prefix("--mount="));
    mounts.filter_map(|mount| bound(&unquoted(mount, escape))).collect()
}

/// The source of a mount that binds a part of the context.
fn bound(mount: &str) -> Option<String> {
    let value = |names: &[&str]| {
        let mut pairs = mount.split(',').filter_map(|field| field.split_once('='));
        pairs.find(|(name, _)| names.contains(name)).map(|(_, value)| value)
    };
    let is_of_context = value(&["type"]).is_none_or(|kind| kind == "bind") && value(&["from"]).is_none();
    value(&["source", "src"]).filter(|_| is_of_context).map(str::to_owned)
}

/// The options at the beginning, and what follows them.
fn options(arguments: &str) -> (Vec<&str>, &str) {
    let mut options = Vec::new();
    let mut rest = arguments;
    while rest.starts_with("--") {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        options.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    (options, rest)
}

fn unquoted(word: &str, escape: char) -> String {
    if word.contains('$') { word.to_owned() } else { expand(word, escape, &Environment::new()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(context_paths(text).unwrap(), expected, "{text}");
    }

    #[test]
    fn copies_name_their_sources() {
        check(
            "FROM a\nCOPY package.json ./package-lock.json ./\nCOPY . .",
            &["package.json", "package-lock.json"],
        );
        check("COPY --link --chown=1:1 [\"a b\", \"/c/\", \"/to/\"]", &["a b", "c"]);
        check("ADD \\\n  # why\n  x \\\n  $DIR/y 'a b' /to", &["x", "$DIR/y", "a b"]);
    }

    #[test]
    fn what_comes_from_elsewhere_is_not_of_the_context() {
        check("COPY --from=build /app /app\nADD https://e.org/x /x\nCOPY <<EOF /y\nCOPY z /\nEOF", &[]);
        check("ADD git@e.org:a/b.git /b\nADD https://e.org/b.git#v1 /b", &[]);
    }

    #[test]
    fn bind_mounts_name_their_source() {
        let text = "RUN --mount=type=bind,source=uv.lock,target=uv.lock --mount=type=cache,target=/c \\\n\
                    --mount=src=a,dst=/a --mount=type=bind,from=x,source=b,target=b --mount=target=/all make";
        check(text, &["uv.lock", "a"]);
    }
}
