//! The texts below `templates/dockerfile`, filled in.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};

use super::Section;
use crate::error::{Error, ErrorKind, Result};

/// Reads files of `templates/dockerfile` when the program is compiled.
macro_rules! texts {
    ($($name:literal),+) => {
        &[$(($name, include_str!(concat!("../../../templates/dockerfile/", $name, ".dockerfile")))),+]
    };
}

const TEXTS: &[(&str, &str)] = texts!(
    "apt",
    "base",
    "deps",
    "deps-dev",
    "dev",
    "gpu",
    "images",
    "prebuild",
    "prod",
    "prod-deps",
    "prod-main",
    "prod-site",
    "release",
    "system-deps",
    "test",
    "test-all",
    "tools"
);

/// The texts, read and understood.
pub struct Texts(Environment<'static>);

impl Texts {
    /// Reads all texts.
    pub fn new() -> Result<Self> {
        let mut environment = Environment::new();
        let mut syntax = SyntaxConfig::builder();
        let syntax = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
        environment.set_syntax(syntax.map_err(|error| unreadable("syntax", error))?);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in TEXTS {
            environment.add_template(name, text).map_err(|error| unreadable(name, error))?;
        }
        Ok(Self(environment))
    }

    /// One section of the file: the text `name` with these values.
    pub fn section(&self, id: impl Into<String>, name: &str, values: Value) -> Result<Section> {
        let template = self.0.get_template(name).map_err(|error| unreadable(name, error))?;
        let text = template.render(values).map_err(|error| unreadable(name, error))?;
        Ok(Section { id: id.into(), text })
    }
}

fn unreadable(name: &str, error: minijinja::Error) -> Error {
    Error::new(ErrorKind::Config, format!("the text {name} of the Dockerfile cannot be filled in"))
        .because(error)
}
