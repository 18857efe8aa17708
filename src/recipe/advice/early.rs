//! Which commands of a `RUN` do not need the source that was copied before.

use std::ops::Range;

use super::View;
use crate::recipe::dockerfile::Instruction;
use crate::recipe::shell::{self, Command, Joint};
use crate::stack::Table;

/// Folders in which a copied file could change what a package manager does.
const SYSTEM_FOLDERS: [&str; 15] = [
    "bin", "boot", "dev", "etc", "home", "lib", "lib64", "opt", "proc", "root", "run", "sbin", "sys", "tmp",
    "var",
];
const APT_FLAGS: [&str; 6] = ["-y", "--yes", "-q", "-qq", "--no-install-recommends", "--fix-missing"];

/// Beginnings of variables that can lead an install to files of the project.
const LEADING_VARIABLES: [&str; 6] = ["apt_", "ld_", "node_", "npm_config_", "pip_", "python"];

/// What is known where a `RUN` stands.
pub(super) struct Reach<'a> {
    /// The folder that the source is copied to.
    folder: String,
    view: &'a View<'a>,
}

/// A `RUN` in parts. What stands first needs the source least.
#[derive(Debug)]
pub(super) struct Split {
    /// What needs nothing of the project.
    pub(super) system: Option<Group>,
    /// What needs only `files`.
    pub(super) install: Option<Group>,
    /// All the rest.
    pub(super) rest: Option<Group>,
    pub(super) files: Vec<String>,
}

/// Commands that stand together.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) commands: usize,
    /// Where they stand in the Dockerfile.
    pub(super) span: Range<usize>,
}

/// What a command needs.
enum Need<'a> {
    Nothing,
    Files(&'a Table),
    Source,
}

impl<'a> Reach<'a> {
    /// Looks at what comes before the `COPY` at `copy`.
    pub(super) fn of(view: &'a View<'a>, copy: usize) -> Result<Self, String> {
        let source = view.source;
        if view.is_strange() {
            return Err("the file has SHELL or ONBUILD".to_owned());
        }
        let before = &source.instructions[..copy];
        let stage = before.iter().rposition(|instruction| instruction.keyword == "from").unwrap_or(0);
        let folder = before[stage..].iter().rev().find(|instruction| instruction.keyword == "workdir");
        let folder = folder.map(|instruction| instruction.arguments.trim().trim_end_matches('/').to_owned());
        let folder = folder.filter(|folder| is_of_the_project(folder));
        let folder = folder.ok_or("the stage has no WORKDIR of the project's own, such as /app")?;
        if let Some(leading) = before.iter().find(|instruction| leads_into(&folder, instruction)) {
            return Err(format!(
                "`{} {}` may lead the install into the source",
                leading.keyword, leading.arguments
            ));
        }
        let words: Vec<&str> = source.instructions[copy].arguments.split_whitespace().collect();
        match words.as_slice() {
            [_, to] if matches!(*to, "." | "./") || to.trim_end_matches('/') == folder => {
                Ok(Self { folder, view })
            }
            [_, _] => Err("the source is copied elsewhere than to WORKDIR".to_owned()),
            _ => Err("the COPY has options".to_owned()),
        }
    }

    fn need(&self, command: &Command) -> Result<Need<'a>, String> {
        let Some(words) = plain(command) else { return Ok(Need::Source) };
        if is_apt(&words) || is_cleaning(&words) || self.is_environment(&words) {
            return Ok(Need::Nothing);
        }
        let stack = self.view.build.stacks.iter().find(|stack| {
            let alone = &stack.table.install.alone;
            let rest = words[1..].iter().copied().filter(|word| !alone.flags.iter().any(|flag| flag == word));
            let bare: Vec<&str> = std::iter::once(self.program(words[0])).chain(rest).collect();
            stack.folder.is_empty() && alone.commands.contains(&bare.join(" "))
        });
        let Some(stack) = stack else { return Ok(Need::Source) };
        self.require_nothing_else(stack.table)?;
        Ok(Need::Files(stack.table))
    }

    /// The name of a program, unless the project brings it.
    fn program<'w>(&self, word: &'w str) -> &'w str {
        let is_elsewhere = word.starts_with('/') && !word.starts_with(&self.folder) && !word.contains("..");
        word.rsplit('/').next().filter(|_| is_elsewhere).unwrap_or(word)
    }

    /// That the install reads only the files of its table, and that no copy of its results can come with the source.
    fn require_nothing_else(&self, table: &Table) -> Result<(), String> {
        let repository = self.view.build.repository;
        for place in &table.install.alone.unless {
            let text = repository.read(place.file.as_str()).unwrap_or_default();
            if let Some((line, _)) = place.line.as_ref().and_then(|pattern| pattern.find(&text)) {
                return Err(format!("{}:{line} may need more of the source", place.file.as_str()));
            }
        }
        let login = table.install.credentials.iter().find(|file| repository.read(file.as_str()).is_some());
        if let Some(login) = login {
            return Err(format!("the install reads {}, too, which belongs in no layer", login.as_str()));
        }
        match table.outputs.dependencies.iter().find(|folder| !self.view.ignored.hides(folder)) {
            Some(folder) => {
                Err(format!("a {folder} may come along with the source: write it into .dockerignore"))
            }
            None => Ok(()),
        }
    }

    /// The files that the installs read, as they are in the context.
    fn files(&self, tables: &[&Table]) -> Result<Vec<String>, String> {
        let patterns = || tables.iter().flat_map(|table| &table.install.files);
        let all = self.view.build.repository.files().iter();
        let mut files: Vec<String> =
            all.filter(|file| patterns().any(|pattern| pattern.matches(file))).cloned().collect();
        files.retain(|file| !self.view.ignored.hides(file));
        files.dedup();
        let is_simple =
            |file: &String| file.chars().all(|sign| sign.is_ascii_alphanumeric() || "._-".contains(sign));
        match files.iter().find(|file| !is_simple(file)) {
            Some(file) => Err(format!("the install reads {file}, which is no plain name in the same folder")),
            None if files.is_empty() => {
                Err("the files that the install reads are not in the context".to_owned())
            }
            None => Ok(files),
        }
    }

    /// `python3 -m venv` outside of the source.
    fn is_environment(&self, words: &[&str]) -> bool {
        matches!(words, ["python" | "python3", "-m", "venv", place]
            if place.starts_with('/') && !place.starts_with(&self.folder) && !place.contains(".."))
    }
}

/// Splits a `RUN`, or says why it must stay whole.
pub(super) fn split(run: &Instruction, reach: &Reach<'_>) -> Result<Split, String> {
    let script = shell::read(run).map_err(|reason| reason.to_string())?;
    if !script.options.is_empty() {
        return Err("the RUN has options".to_owned());
    }
    let commands = &script.commands;
    if commands.iter().any(|command| command.joint.is_some_and(|joint| joint != Joint::And)) {
        return Err("its commands are joined by more than &&".to_owned());
    }
    let mut tables = Vec::new();
    let mut system = 0;
    let mut early = 0;
    for command in commands {
        match reach.need(command)? {
            Need::Source => break,
            Need::Nothing if tables.is_empty() => system += 1,
            Need::Nothing => {}
            Need::Files(table) => tables.push(table),
        }
        early += 1;
    }
    if early == 0 {
        return Err("its first command may need the source".to_owned());
    }
    let files = if tables.is_empty() { Vec::new() } else { reach.files(&tables)? };
    let rest = group(&commands[early..]);
    Ok(Split { system: group(&commands[..system]), install: group(&commands[system..early]), rest, files })
}

fn group(commands: &[Command]) -> Option<Group> {
    let span = span_of(commands.first()?)?.start..span_of(commands.last()?)?.end;
    Some(Group { commands: commands.len(), span })
}

/// Where a command stands in the Dockerfile.
pub(super) fn span_of(command: &Command) -> Option<Range<usize>> {
    let assigned = command.assignments.iter().map(|assignment| &assignment.word);
    let words = command.words.iter().chain(command.redirections.iter().map(|one| &one.target));
    let spans = || assigned.clone().chain(words.clone()).map(|word| word.span.clone());
    Some(spans().map(|span| span.start).min()?..spans().map(|span| span.end).max()?)
}

/// The words of a command that has nothing but words, all of them known or harmless.
pub(super) fn plain(command: &Command) -> Option<Vec<&str>> {
    if !command.assignments.is_empty() || !command.redirections.is_empty() {
        return None;
    }
    let lists = |typed: &str| typed == "/var/lib/apt/lists/*";
    let word = |word: &'_ shell::Word| word.value.is_some() || lists(&word.typed);
    command
        .words
        .iter()
        .all(word)
        .then(|| command.words.iter().map(|word| word.value.as_deref().unwrap_or(&word.typed)).collect())
}

/// Whether apt only asks for lists, or installs packages by their names.
pub(super) fn is_apt(words: &[&str]) -> bool {
    let [program, rest @ ..] = words else { return false };
    let words: Vec<&str> = rest.iter().copied().filter(|word| !APT_FLAGS.contains(word)).collect();
    let is_package = |word: &&str| {
        word.starts_with(|sign: char| sign.is_ascii_alphanumeric())
            && word.chars().all(|sign| sign.is_ascii_alphanumeric() || "+-.:=~".contains(sign))
    };
    matches!(*program, "apt-get" | "apt")
        && match words.as_slice() {
            ["update" | "clean"] => true,
            ["install", packages @ ..] => packages.iter().all(is_package),
            _ => false,
        }
}

/// Whether a command installs packages of the system, however it does.
pub(super) fn is_apt_install(command: &Command) -> bool {
    let mut words = command.known_words();
    words.next().is_some_and(|program| matches!(program, "apt-get" | "apt"))
        && words.find(|word| !word.starts_with('-')) == Some("install")
}

pub(super) fn is_cleaning(words: &[&str]) -> bool {
    matches!(words, ["rm", "-rf", "/var/lib/apt/lists/*"])
}

/// Whether a variable may make an install read what was copied to `folder`.
fn leads_into(folder: &str, instruction: &Instruction) -> bool {
    let arguments = instruction.arguments.to_ascii_lowercase();
    let mut words = arguments.split_whitespace();
    matches!(instruction.keyword.as_str(), "env" | "arg")
        && (arguments.contains(&folder.to_ascii_lowercase())
            || words.any(|word| LEADING_VARIABLES.iter().any(|beginning| word.starts_with(beginning))))
}

/// Whether nothing but the project has files there.
pub(super) fn is_of_the_project(folder: &str) -> bool {
    let mut parts = folder.split('/').skip(1);
    let is_plain = folder.starts_with('/') && !folder.contains(['$', '"', '\\']) && !folder.contains("..");
    let first = parts.next().unwrap_or_default();
    is_plain
        && !first.is_empty()
        && !SYSTEM_FOLDERS.contains(&first)
        && (first != "usr" || parts.next() == Some("src") && parts.next().is_some())
}
