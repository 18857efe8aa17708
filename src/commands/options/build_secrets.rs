//! What the steps of a build may see while they run, and no image keeps.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::build::{Contents, Secret};
use crate::config::csv;
use crate::error::{Error, ErrorKind, Result};
use crate::host::Environment;

/// Secrets and keys for builds.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Build")]
pub struct BuildSecretArgs {
    /// Secret for steps with `RUN --mount=type=secret`: id=NAME[,src=FILE|,env=VARIABLE] (repeatable)
    #[arg(long, value_name = "SECRET", value_parser = NamedSecret::parse)]
    secret: Vec<NamedSecret>,
    /// Keys for steps with `RUN --mount=type=ssh`: default, or ID=SOCKET, or ID=KEY[,KEY] (repeatable)
    #[arg(long, value_name = "KEYS")]
    pub ssh: Vec<String>,
}

/// A secret as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NamedSecret {
    id: String,
    source: Source,
}

/// Where the secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    File(PathBuf),
    Variable(String),
    /// In the variable that is called like the secret, else in the file (docker).
    Either,
}

impl BuildSecretArgs {
    /// The secrets with their contents. A variable's value goes to the build by a private file.
    pub fn secrets(&self, environment: &Environment) -> Result<Vec<Secret>> {
        self.secret.iter().map(|secret| secret.find(environment)).collect()
    }

    /// The secrets as texts, as far as they are: what must not be shown. What cannot be read is told by the build.
    pub fn texts(&self, environment: &Environment) -> Vec<String> {
        let found = self.secret.iter().filter_map(|secret| secret.find(environment).ok());
        let bytes = found.filter_map(|secret| match secret.contents {
            Contents::File(path) => std::fs::read(path).ok(),
            Contents::Bytes(bytes) => Some(bytes),
        });
        bytes.filter_map(|bytes| Some(String::from_utf8(bytes).ok()?.trim().to_owned())).collect()
    }
}

impl NamedSecret {
    /// Reads docker's form: fields parted by commas, in quotes where a comma belongs to a field.
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let (mut id, mut source, mut is_variable) = (None, None, false);
        for field in csv::fields(text) {
            match field.split_once('=') {
                Some(("id", value)) => id = Some(value.to_owned()),
                Some(("type", kind @ ("file" | "env"))) => is_variable |= kind == "env",
                Some(("src" | "source", value)) => source = Some(value.to_owned()),
                Some(("env", value)) => (is_variable, source) = (true, Some(value.to_owned())),
                _ => return Err(FORM.to_owned()),
            }
        }
        let id = id.filter(|id| !id.is_empty()).ok_or(FORM)?;
        let source = match source {
            Some(name) if is_variable => Source::Variable(name),
            Some(path) => Source::File(path.into()),
            None if is_variable => Source::Variable(id.clone()),
            None => Source::Either,
        };
        Ok(Self { id, source })
    }

    fn find(&self, environment: &Environment) -> Result<Secret> {
        let variable = |name: &str| environment.get(name).map(|value| Contents::Bytes(value.into()));
        let file =
            |path: &Path| Some(environment.absolute(path)).filter(|path| path.is_file()).map(Contents::File);
        let (found, place) = match &self.source {
            Source::Variable(name) => (variable(name), format!("no variable {name}")),
            Source::File(path) => (file(path), format!("no file {}", path.display())),
            Source::Either => (
                variable(&self.id).or_else(|| file(Path::new(&self.id))),
                "neither a variable nor a file of this name".to_owned(),
            ),
        };
        let contents = found.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("The build secret {:?} is not there", self.id))
                .because(format!("there is {place}"))
                .hint("Set the variable or create the file, or correct --secret.")
        })?;
        Ok(Secret { id: self.id.clone(), contents })
    }
}

const FORM: &str = "write it as id=NAME, id=NAME,src=FILE or id=NAME,env=VARIABLE";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> std::result::Result<Source, String> {
        NamedSecret::parse(text).map(|secret| {
            assert_eq!(secret.id, "token");
            secret.source
        })
    }

    #[test]
    fn the_forms_of_docker_are_read() {
        assert_eq!(parsed("id=token"), Ok(Source::Either));
        assert_eq!(parsed("id=token,src=a/b"), Ok(Source::File("a/b".into())));
        assert_eq!(parsed("type=file,source=a,id=token"), Ok(Source::File("a".into())));
        assert_eq!(parsed("id=token,\"src=a,b\""), Ok(Source::File("a,b".into())));
        assert_eq!(parsed("id=token,env=TOKEN"), Ok(Source::Variable("TOKEN".to_owned())));
        assert_eq!(parsed("id=token,type=env,src=TOKEN"), Ok(Source::Variable("TOKEN".to_owned())));
        assert_eq!(parsed("id=token,type=env"), Ok(Source::Variable("token".to_owned())));
    }

    #[test]
    fn other_forms_are_refused_without_repeating_them() {
        for text in ["", "token", "src=a", "id=", "id=token,type=x", "id=token,hunter2"] {
            assert_eq!(parsed(text), Err(FORM.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_told() {
        let find = |text: &str| NamedSecret::parse(text).unwrap().find(&Environment::default()).unwrap_err();
        insta::assert_snapshot!(find("id=a,env=NOPE").reasons().join("\n"), @"there is no variable NOPE");
        insta::assert_snapshot!(find("id=a,src=/nowhere/x").reasons().join("\n"), @"there is no file /nowhere/x");
        insta::assert_snapshot!(find("id=/nowhere/a").reasons().join("\n"), @"there is neither a variable nor a file of this name");
    }
}
