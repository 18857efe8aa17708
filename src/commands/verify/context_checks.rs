//! What is sent along with a build: its size, and whether there are secrets in it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::subject::Subject;
use crate::error::Result;
use crate::host::{ContextEntry, ContextTree, files};
use crate::recipe::docker_ignore::{DockerIgnore, Verdict};
use crate::verify::secrets::{MOST_BYTES, Rules};
use crate::verify::{Check, ContextSize, Limit, Limits, Quantity, Row, WORTH_IGNORING};

/// The files of the build context, and which of them are sent.
pub(super) struct ContextFiles {
    tree: ContextTree,
    /// For each entry of `tree`.
    sent: Vec<bool>,
    /// The `.dockerignore` in force.
    ignore_file: Option<PathBuf>,
}

impl ContextFiles {
    /// Looks at all files of the context.
    pub fn gather(subject: &Subject) -> Result<Self> {
        let context = &subject.build.context;
        let ignore_file = ignore_file(&subject.build.dockerfile, context);
        let text = ignore_file.as_deref().map(files::read).transpose()?.unwrap_or_default();
        let tree = ContextTree::walk(context)?;
        let sent = sent(&DockerIgnore::parse(&text)?, &tree.entries);
        Ok(Self { tree, sent, ignore_file })
    }

    /// Copies what is sent into a folder.
    pub fn copy(&self, to: &Path) -> Result<()> {
        let wanted: std::collections::HashSet<String> = self.sent_entries().map(ContextEntry::name).collect();
        self.tree.copy(to, |entry| wanted.contains(&entry.name()))
    }

    /// The checks that need nothing but these files.
    pub fn rows(&self, limits: &Limits, wanted: &[Check]) -> Result<Vec<Row>> {
        let mut rows = vec![self.size_row(limits), self.reduction_row(limits)];
        if wanted.contains(&Check::ContextSecrets) {
            rows.push(self.secrets_row(&Rules::embedded()?));
        }
        Ok(rows)
    }

    fn size_row(&self, limits: &Limits) -> Row {
        let files = self.sent_entries().filter(|entry| entry.is_file()).count();
        let sentence = format!("at most {files} files are sent to the builder");
        let limit = Limit::Below(Quantity::Bytes(limits.context));
        Row::measured(Check::ContextSize, Quantity::Bytes(self.size().sent), limit, sentence)
    }

    fn reduction_row(&self, limits: &Limits) -> Row {
        let size = self.size();
        if size.whole < WORTH_IGNORING {
            return Row::skipped(
                Check::ContextReduction,
                "the folder is so small that nothing needs to be left out",
            );
        }
        let sentence = match &self.ignore_file {
            Some(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                format!("{name} keeps the rest of the folder out of the build")
            }
            None => "there is no .dockerignore: write one, for example with `devc generate`".to_owned(),
        };
        let limit = Limit::Above(Quantity::Percent(limits.reduction));
        Row::measured(Check::ContextReduction, Quantity::Percent(size.reduction()), limit, sentence)
    }

    fn secrets_row(&self, rules: &Rules) -> Row {
        let files = self.sent_entries().filter(|entry| entry.is_file() && rules.looks_at(&entry.name()));
        let findings: Vec<_> = files
            .flat_map(|entry| {
                let most = if entry.size > MOST_BYTES { 1 } else { MOST_BYTES };
                rules.in_file(&entry.name(), &self.tree.read(entry, most))
            })
            .collect();
        let sentence = match findings.is_empty() {
            true => "no file that is sent looks like a secret",
            false => "hide these files in .dockerignore, and give what a build needs with --secret",
        };
        Row::searched(Check::ContextSecrets, findings, sentence)
    }

    fn size(&self) -> ContextSize {
        ContextSize::of(self.tree.entries.iter().zip(&self.sent).map(|(entry, sent)| (entry.size, *sent)))
    }

    fn sent_entries(&self) -> impl Iterator<Item = &ContextEntry> {
        self.tree.entries.iter().zip(&self.sent).filter(|(_, sent)| **sent).map(|(entry, _)| entry)
    }
}

/// BuildKit prefers `<Dockerfile>.dockerignore` to the context's `.dockerignore`.
fn ignore_file(dockerfile: &Path, context: &Path) -> Option<PathBuf> {
    let mut own = dockerfile.as_os_str().to_owned();
    own.push(".dockerignore");
    [PathBuf::from(own), context.join(".dockerignore")].into_iter().find(|path| path.is_file())
}

/// Which entries are sent. A folder stands before what is in it, so that its verdict is there when that is asked for.
fn sent(ignore: &DockerIgnore, entries: &[ContextEntry]) -> Vec<bool> {
    let mut folders: HashMap<String, Verdict> = HashMap::new();
    let mut sent = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = entry.name();
        let above = name.rsplit_once('/').and_then(|(folder, _)| folders.get(folder));
        let verdict = ignore.judge(&name, above);
        sent.push(!verdict.hidden);
        if !entry.is_file() {
            folders.insert(name, verdict);
        }
    }
    sent
}
