//! What is sent along with a build: its size, and whether there are secrets in it.

use std::path::{Path, PathBuf};

use super::subject::Subject;
use crate::commands::context_files::ContextFiles;
use crate::error::Result;
use crate::host::files;
use crate::recipe::docker_ignore::DockerIgnore;
use crate::verify::secrets::{MOST_BYTES, Rules};
use crate::verify::{Check, ContextSize, Limit, Limits, Quantity, Row, WORTH_IGNORING};

/// The files of the build context, and what decides which of them are sent.
pub(super) struct ContextChecks {
    pub context: ContextFiles,
    /// The `.dockerignore` in force.
    ignore_file: Option<PathBuf>,
}

impl ContextChecks {
    /// Looks at all files of the context.
    pub fn gather(subject: &Subject) -> Result<Self> {
        let context = &subject.build.context;
        let ignore_file = ignore_file(&subject.build.dockerfile, context);
        let text = ignore_file.as_deref().map(files::read).transpose()?.unwrap_or_default();
        let context = ContextFiles::walk(context, &DockerIgnore::parse(&text)?)?;
        Ok(Self { context, ignore_file })
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
        let files = self.context.sent().filter(|entry| entry.is_file()).count();
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
        let files = self.context.sent().filter(|entry| entry.is_file() && rules.looks_at(&entry.name()));
        let findings: Vec<_> = files
            .flat_map(|entry| {
                let most = if entry.size > MOST_BYTES { 1 } else { MOST_BYTES };
                rules.in_file(&entry.name(), &self.context.tree.read(entry, most))
            })
            .collect();
        let sentence = match findings.is_empty() {
            true => "no file that is sent looks like a secret",
            false => "hide these files in .dockerignore, and give what a build needs with --secret",
        };
        Row::searched(Check::ContextSecrets, findings, sentence)
    }

    fn size(&self) -> ContextSize {
        ContextSize::of(self.context.entries().map(|(entry, sent)| (entry.size, sent)))
    }
}

/// BuildKit prefers `<Dockerfile>.dockerignore` to the context's `.dockerignore`.
fn ignore_file(dockerfile: &Path, context: &Path) -> Option<PathBuf> {
    let mut own = dockerfile.as_os_str().to_owned();
    own.push(".dockerignore");
    [PathBuf::from(own), context.join(".dockerignore")].into_iter().find(|path| path.is_file())
}
