//! What git ignores, in the words of a `.dockerignore`.
//!
//! Both have patterns with wildcards and `!`, and mean different things by them: git's names hold at any depth, a slash
//! at the end means folders only, and nothing comes back from an ignored folder. What is made here hides no file that
//! git has. An exception may show a little more than git would, where it meets files in ignored folders.

use super::DockerIgnore;

/// The translation of some `.gitignore` files.
#[derive(Debug, Default)]
pub(super) struct Translation {
    /// Lines of a `.dockerignore`.
    pub(super) lines: Vec<String>,
    /// Patterns that have no exact translation, with the reason.
    pub(super) left_out: Vec<(String, &'static str)>,
    /// The last parts of the patterns so far that mean folders only.
    folders: Vec<String>,
}

/// A line of a `.gitignore`, taken apart.
struct Line<'a> {
    is_exception: bool,
    is_folder: bool,
    /// Whether it holds in its own folder only.
    is_anchored: bool,
    path: &'a str,
}

impl Translation {
    /// Adds a `.gitignore`; those of upper folders come first, as the last pattern counts.
    pub(super) fn add(&mut self, folder: &str, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for line in text.lines() {
            let Some(parsed) = Line::parse(line) else { continue };
            match parsed.translate(folder) {
                Ok(path) => self.push(&parsed, &path),
                Err(reason) => self.left_out.push((line.trim().to_owned(), reason)),
            }
        }
    }

    fn push(&mut self, line: &Line<'_>, path: &str) {
        let sign = if line.is_exception { "!" } else { "" };
        let name = line.path.rsplit('/').next().unwrap_or_default();
        // Folders only: all that is in them, since a file of that name stays.
        if line.is_folder {
            self.lines.push(format!("{sign}{path}/**"));
            if !line.is_exception {
                self.folders.push(name.to_owned());
            }
            return;
        }
        self.lines.push(format!("{sign}{path}"));
        if line.is_exception && self.folders.iter().any(|folder| may_be_one(folder, name)) {
            self.lines.push(format!("{sign}{path}/**"));
        }
    }
}

impl<'a> Line<'a> {
    /// `None` for comments and empty lines.
    fn parse(line: &'a str) -> Option<Self> {
        let line = without_blanks(line);
        if line.starts_with('#') {
            return None;
        }
        let exception = line.strip_prefix('!');
        let path = exception.unwrap_or(line);
        let folder = path.strip_suffix('/');
        let path = folder.unwrap_or(path);
        (!path.is_empty()).then_some(Self {
            is_exception: exception.is_some(),
            is_folder: folder.is_some(),
            is_anchored: path.contains('/'),
            path: path.strip_prefix('/').unwrap_or(path),
        })
    }

    /// The path from the root on.
    fn translate(&self, folder: &str) -> Result<String, &'static str> {
        let mut parts: Vec<String> = folder.split('/').filter(|part| !part.is_empty()).map(escape).collect();
        if !self.is_anchored {
            parts.push("**".to_owned());
        }
        for part in self.path.split('/') {
            parts.push(translate_part(part)?);
        }
        // What all folders are called, and not all that is in them.
        if let Some(last) = parts.last_mut().filter(|last| self.is_folder && *last == "**") {
            *last = "*".to_owned();
        }
        let path = parts.join("/");
        if path.trim() != path {
            return Err("it begins or ends with a blank");
        }
        let path = if path.starts_with(['#', '!']) { format!("\\{path}") } else { path };
        DockerIgnore::parse(&path).map(|_| path).map_err(|_| "it is no pattern there")
    }
}

/// Blanks at the end do not count, unless escaped.
fn without_blanks(line: &str) -> &str {
    let trimmed = line.trim_end_matches(' ');
    match trimmed.ends_with('\\') && trimmed.len() < line.len() {
        true => &line[..=trimmed.len()],
        false => trimmed,
    }
}

/// Whether a pattern of folders and another pattern may mean the same name.
fn may_be_one(folder: &str, name: &str) -> bool {
    let has_wildcard = |text: &str| text.contains(['*', '?', '[', '\\']);
    folder == name || has_wildcard(folder) || has_wildcard(name)
}

/// A name as a pattern that means only this name.
fn escape(name: &str) -> String {
    name.chars().flat_map(literal).collect()
}

fn literal(sign: char) -> impl Iterator<Item = char> {
    let is_special = matches!(sign, '*' | '?' | '[' | ']' | '\\' | '^');
    is_special.then_some('\\').into_iter().chain([sign])
}

/// One part of a path.
fn translate_part(part: &str) -> Result<String, &'static str> {
    if part == "**" {
        return Ok(part.to_owned());
    }
    if matches!(part, "" | "." | "..") {
        return Err("git takes it for no name");
    }
    let mut translated = String::new();
    let mut rest = part.chars();
    let mut after_star = false;
    while let Some(sign) = rest.next() {
        match sign {
            '\\' => translated.extend(literal(rest.next().ok_or("it ends with a backslash")?)),
            // Inside of a name two stars are one for git, and any number of folders for the builder.
            '*' if after_star => {}
            '*' | '?' => translated.push(sign),
            '[' => {
                let (class, after) = rest.as_str().split_once(']').ok_or("a `[` is not closed")?;
                translated.push_str(&translate_class(class)?);
                rest = after.chars();
            }
            _ => translated.extend(literal(sign)),
        }
        after_star = sign == '*';
    }
    Ok(translated)
}

/// What is between `[` and `]`. Git never takes a slash for a member.
fn translate_class(class: &str) -> Result<String, &'static str> {
    let negated = class.strip_prefix(['!', '^']);
    let members = negated.unwrap_or(class);
    if members.contains(['[', '\\', '*', '?', '^']) || holds_slash(members) {
        return Err("its `[...]` means something else there");
    }
    Ok(match negated {
        Some(_) => format!("[^{members}/]"),
        None => format!("[{members}]"),
    })
}

fn holds_slash(members: &str) -> bool {
    let members: Vec<char> = members.chars().collect();
    members.windows(3).any(|range| range[1] == '-' && (range[0]..=range[2]).contains(&'/'))
}

#[cfg(test)]
mod tests {
    use ignore::gitignore::GitignoreBuilder;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(folder: &str, text: &str, expected: &[&str]) {
        let mut translation = Translation::default();
        translation.add(folder, text);
        let reasons = translation.left_out.iter().map(|(line, reason)| format!("{line}: {reason}"));
        let lines: Vec<String> = translation.lines.into_iter().chain(reasons).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn names_hold_at_any_depth_and_paths_from_their_folder_on() {
        check("", "*.log\n/build\na/b\n**/c\nd/**\n", &["**/*.log", "build", "a/b", "**/c", "d/**"]);
        check("web/[id]", "x\n/y", &["web/\\[id\\]/**/x", "web/\\[id\\]/y"]);
    }

    #[test]
    fn a_slash_at_the_end_means_folders_only() {
        check("", "dist/\n/out/\n", &["**/dist/**", "out/**"]);
        check("", "/*/\n!/src\n", &["*/**", "!src", "!src/**"]);
        check("", "logs/\n!keep.log\n", &["**/logs/**", "!**/keep.log"]);
    }

    #[test]
    fn escapes_classes_and_stars_keep_their_meaning() {
        check("", "\\#a\n/\\!b\n\\*", &["**/#a", "\\!b", "**/\\*"]);
        check("", "a**b\n[!a]x\n[0-9]y", &["**/a*b", "**/[^a/]x", "**/[0-9]y"]);
        check("", "# no\n\n  \nend  \n", &["**/end"]);
    }

    #[test]
    fn what_cannot_be_said_exactly_is_left_out() {
        let reason = "its `[...]` means something else there";
        let expected =
            [format!("[[:digit:]]z: {reason}"), format!("[+-9]: {reason}"), "a[: a `[` is not closed".into()];
        check("", "[[:digit:]]z\n[+-9]\na[", &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// Whether git ignores a file: itself, or a folder that it is in.
    fn git_ignores(text: &str, path: &str) -> bool {
        let mut builder = GitignoreBuilder::new("");
        for line in text.lines() {
            builder.add_line(None, line).unwrap();
        }
        let ignore = builder.build().unwrap();
        let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        folders.any(|folder| ignore.matched(folder, true).is_ignore())
            || ignore.matched(path, false).is_ignore()
    }

    fn docker_hides(text: &str, path: &str) -> bool {
        let mut translation = Translation::default();
        translation.add("", text);
        assert!(translation.left_out.is_empty(), "{translation:?}");
        DockerIgnore::parse(&translation.lines.join("\n")).unwrap().hides(path)
    }

    fn pattern() -> impl Strategy<Value = String> {
        let name = || prop::sample::select(vec!["a", "b", "c", "*", "a*", "?", "[ab]", "**", "[!a]"]);
        let path = prop::collection::vec(name(), 1..4).prop_map(|parts| parts.join("/"));
        let end = prop::sample::select(vec!["", "", "/"]);
        let start = prop::sample::select(vec!["", "", "/"]);
        (start, path, end).prop_map(|(start, path, end)| format!("{start}{path}{end}"))
    }

    fn path() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "ab", "d"]), 1..5)
            .prop_map(|parts| parts.join("/"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn without_exceptions_git_and_the_builder_agree(lines in prop::collection::vec(pattern(), 1..4), path in path()) {
            let text = lines.join("\n");
            prop_assert_eq!(docker_hides(&text, &path), git_ignores(&text, &path), "{}\n{:?}", text, path);
        }

        #[test]
        fn no_file_is_hidden_that_git_has(
            lines in prop::collection::vec((pattern(), any::<bool>()), 1..6),
            path in path(),
        ) {
            let sign = |is_exception: bool| if is_exception { "!" } else { "" };
            let lines: Vec<String> = lines.iter().map(|(line, is)| format!("{}{line}", sign(*is))).collect();
            let text = lines.join("\n");
            prop_assert!(!docker_hides(&text, &path) || git_ignores(&text, &path), "{}\n{:?}", text, path);
        }
    }
}
