//! Words as Dockerfiles, shells and JSON want them.

use std::collections::BTreeMap;

/// `COPY`'s arguments for these files: one list per folder, so that folders stay what they are.
///
/// `from` is the folder that the current one in the image corresponds to.
pub fn copies(files: &[String], from: &str) -> Vec<String> {
    let mut folders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in files {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders.entry(folder).or_default().push(pattern(file));
    }
    let target = |folder: &str| {
        let below = folder.strip_prefix(from).unwrap_or(folder).trim_start_matches('/');
        if below.is_empty() { "./".to_owned() } else { format!("{below}/") }
    };
    folders.into_iter().map(|(folder, files)| copy_words(files, target(folder))).collect()
}

/// `COPY`'s arguments for all that is in a folder.
pub fn copy_folder(folder: &str) -> String {
    let source = if folder.is_empty() { ".".to_owned() } else { format!("{}/", pattern(folder)) };
    copy_words(vec![source], "./".to_owned())
}

/// The list form where a word has spaces or quotes in it, else words.
fn copy_words(mut words: Vec<String>, target: String) -> String {
    words.push(escape_dollar(&target));
    let is_plain = |word: &String| !word.contains([' ', '\t', '"', '\'', '\\', '<']);
    if words.iter().all(is_plain) { words.join(" ") } else { list(&words) }
}

/// A name as `COPY` reads it: a pattern after variables.
fn pattern(name: &str) -> String {
    let literal = |character: char| match character {
        '[' | '*' | '?' => format!("[{character}]"),
        other => other.to_string(),
    };
    escape_dollar(&name.chars().map(literal).collect::<String>())
}

fn escape_dollar(word: &str) -> String {
    word.replace('$', "\\$")
}

/// A JSON list, as the exec form has it.
fn list(words: &[String]) -> String {
    let quoted = words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string());
    format!("[{}]", quoted.collect::<Vec<_>>().join(", "))
}

/// A command in the exec form: without a shell where none is needed, so that signals reach the program.
pub fn exec_form(command: &str) -> String {
    let is_assignment = command.split_whitespace().next().is_some_and(|word| word.contains('='));
    let words: Option<Vec<String>> = command.split_whitespace().map(literal).collect();
    if let Some(words) = words.filter(|_| !is_assignment) {
        return list(&words);
    }
    let is_one_command = !command.contains([';', '&', '|', '(']) && !is_assignment;
    let command = if is_one_command { format!("exec {command}") } else { command.to_owned() };
    list(&["sh".to_owned(), "-c".to_owned(), command])
}

/// What a shell makes of a word without expansions, bare or in single quotes.
fn literal(word: &str) -> Option<String> {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:=@,+%".contains(c);
    let quoted = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\''));
    match quoted {
        Some(quoted) => (!quoted.contains('\'')).then(|| quoted.to_owned()),
        None => word.chars().all(is_plain).then(|| word.to_owned()),
    }
}

/// A word that a POSIX shell reads as it is.
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A path in the image: `below` from `folder` on.
pub fn inside(folder: &str, below: &str) -> String {
    if below.is_empty() { folder.to_owned() } else { format!("{folder}/{below}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(files: &[&str], from: &str) -> Vec<String> {
        copies(&files.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>(), from)
    }

    #[test]
    fn files_keep_their_folders() {
        let files = ["web/a/package.json", "web/package-lock.json", "web/package.json"];
        assert_eq!(
            copied(&files, "web"),
            ["web/package-lock.json web/package.json ./", "web/a/package.json a/"]
        );
    }

    #[test]
    fn names_are_no_patterns_and_no_variables() {
        assert_eq!(copied(&["[id]/a b$c.json"], ""), [r#"["[[]id]/a b\\$c.json", "[id]/"]"#]);
        assert_eq!(copy_folder("web $x"), r#"["web \\$x/", "./"]"#);
        assert_eq!(copy_folder(""), ". ./");
    }

    #[test]
    fn a_command_gets_a_shell_only_where_it_needs_one() {
        assert_eq!(exec_form("node server.js"), r#"["node", "server.js"]"#);
        assert_eq!(
            exec_form("gunicorn --bind :$PORT app:app"),
            r#"["sh", "-c", "exec gunicorn --bind :$PORT app:app"]"#
        );
        assert_eq!(exec_form("gunicorn 'app:make()'"), r#"["gunicorn", "app:make()"]"#);
        assert_eq!(exec_form("a && b"), r#"["sh", "-c", "a && b"]"#);
        assert_eq!(exec_form("PORT=1 node x"), r#"["sh", "-c", "PORT=1 node x"]"#);
    }
}
