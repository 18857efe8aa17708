//! JSON with comments as people write it: values in file order, the place of each, and every syntax mistake.

mod edit;
mod syntax;
mod tree;
mod wording;

pub use edit::{set_members, set_property};

use std::fmt;

use serde_json::Value;

use super::Map;
use super::diagnostic::{Diagnostic, SourceFile, Span, render};
use crate::{Error, ErrorKind};

/// A file whose top level is an object.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text, for quoting it.
    pub source: SourceFile,
    /// The values, in the order of the file.
    pub root: Map,
    /// Where the top-level object and everything in it stands.
    pub place: Place,
    /// What reads well here but not in other tools, and keys that appear twice.
    pub warnings: Vec<Diagnostic>,
}

/// One step on the way from the top level to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Into the member with this name.
    Key(&'a str),
    /// Into the element with this index.
    Index(usize),
}

/// Where a value stands in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its property name including quotes, when it is a member of an object.
    pub key: Option<Span>,
    /// The value itself.
    pub value: Span,
    /// What is inside it.
    pub inside: Inside,
}

/// The places inside a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// It is neither an object nor an array.
    Nothing,
    /// Its members in the order of the values; of members with the same name only the last one.
    Members(Vec<(String, Place)>),
    /// Its elements.
    Elements(Vec<Place>),
}

impl Place {
    /// Where the member with this name stands.
    pub fn member(&self, name: &str) -> Option<&Place> {
        self.members().find(|(key, _)| *key == name).map(|(_, place)| place)
    }

    /// The names and places of the members, in the order of the values; nothing for what is not an object.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Place)> {
        let members = match &self.inside {
            Inside::Members(members) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(|(name, place)| (name.as_str(), place))
    }

    /// Where the element with this index stands.
    pub fn element(&self, index: usize) -> Option<&Place> {
        match &self.inside {
            Inside::Elements(elements) => elements.get(index),
            _ => None,
        }
    }

    /// Where the value at the end of `path` stands.
    pub fn at(&self, path: &[Segment<'_>]) -> Option<&Place> {
        path.iter().try_fold(self, |place, segment| match segment {
            Segment::Key(name) => place.member(name),
            Segment::Index(index) => place.element(*index),
        })
    }

    /// The property name if there is one, else the value: what to underline when all of it is meant.
    pub fn name_or_value(&self) -> Span {
        self.key.unwrap_or(self.value)
    }
}

/// Why a text could not be used.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The text, for quoting it.
    pub source: SourceFile,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a rejected text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has no value at all: nothing, white space or comments only.
    Empty,
    /// Its top level is something else than an object.
    NotAnObject(Diagnostic),
    /// It is not JSON; everything that was found, errors and warnings, in file order.
    Syntax(Vec<Diagnostic>),
}

/// Reads a text whose top level must be an object.
///
/// Comments and trailing commas are fine. What only JSON5 allows (single quotes, bare names ...) is read too, with a
/// warning for each such construct, because the editors and the reference CLI read it differently or not at all.
pub fn parse(source: SourceFile) -> Result<Document, Box<Rejection>> {
    let reading = match syntax::read(&source.text) {
        Ok(reading) => reading,
        Err(diagnostics) => return Err(rejected(source, Reason::Syntax(diagnostics))),
    };
    match reading.value {
        None => Err(rejected(source, Reason::Empty)),
        Some((Value::Object(root), place)) => {
            Ok(Document { source, root, place, warnings: reading.warnings })
        }
        Some((other, place)) => {
            let diagnostic = not_an_object(&other, place.value);
            Err(rejected(source, Reason::NotAnObject(diagnostic)))
        }
    }
}

fn rejected(source: SourceFile, reason: Reason) -> Box<Rejection> {
    Box::new(Rejection { source, reason })
}

fn not_an_object(value: &Value, span: Span) -> Diagnostic {
    Diagnostic::error("the top level must be an object", span)
        .label(format!("this is {}", super::schema::kind_of(value)))
        .help("Put all properties between `{` and `}`.")
}

impl Rejection {
    /// The places that are wrong, if the trouble has a place.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match &self.reason {
            Reason::Empty => &[],
            Reason::NotAnObject(diagnostic) => std::slice::from_ref(diagnostic),
            Reason::Syntax(diagnostics) => diagnostics,
        }
    }

    /// This as an error of the whole run, with its places as the reason.
    pub fn into_error(self, color: bool) -> Error {
        let error = Error::new(ErrorKind::Config, self.to_string());
        match &self.reason {
            Reason::Empty => {
                error.hint("Write a configuration into it, for example `{ \"image\": \"debian\" }`.")
            }
            _ => error.because(render(self.diagnostics(), &self.source, color)),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.source.path.display();
        match &self.reason {
            Reason::Empty => write!(formatter, "{path} is empty"),
            // Tools look for these words; the reference CLI has them too.
            Reason::NotAnObject(_) => write!(formatter, "{path} must contain a JSON object literal"),
            Reason::Syntax(_) => write!(formatter, "{path} is not valid JSON"),
        }
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests;
