//! `${variables}` in string values, resolved in three passes as more becomes known.
//!
//! The first pass knows this machine and the workspace, the second the identity of the container, the third the
//! container itself. What a pass does not know stays literally, so that a later one can resolve it. Values that
//! were put in are never looked at again within a pass.

use std::fmt;

use serde_json::Value;

use super::nearest::nearest;

/// Looks up an environment variable. On Windows it should compare names without regard to case.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What the first pass knows.
#[derive(Clone, Copy)]
pub struct Local<'a> {
    /// The environment of this machine.
    pub env: Lookup<'a>,
    /// The absolute workspace folder, if there is a workspace.
    pub workspace_folder: Option<&'a str>,
    /// The workspace folder inside the container, if it is known.
    pub container_workspace_folder: Option<&'a str>,
}

/// A variable that asks for an environment variable without naming one, such as `${localEnv}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamelessVariable {
    /// The text from `${` to `}`.
    pub text: String,
}

impl fmt::Display for NamelessVariable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "'{}' can not be resolved because no environment variable name is given", self.text)
    }
}

impl std::error::Error for NamelessVariable {}

/// First pass: `localEnv` (and its old name `env`), and the workspace folders.
pub fn local_pass(value: &Value, known: &Local<'_>) -> Result<Value, NamelessVariable> {
    over_values(value, &|variable| known.resolve(variable))
}

/// Second pass: `devcontainerId`.
pub fn id_pass(value: &Value, devcontainer_id: &str) -> Value {
    let resolve =
        |variable: &Variable<'_>| Ok((variable.name == "devcontainerId").then(|| devcontainer_id.to_owned()));
    // Only environment variables can lack their name, and this pass resolves none.
    over_values(value, &resolve).unwrap_or_else(|_| value.clone())
}

/// Third pass: `containerEnv`, from the environment with which the container was created.
pub fn container_pass(value: &Value, env: Lookup<'_>) -> Result<Value, NamelessVariable> {
    over_values(value, &|variable| match variable.name {
        "containerEnv" => variable.environment(env).map(Some),
        _ => Ok(None),
    })
}

/// The first pass over a single text.
pub fn local_pass_text(text: &str, known: &Local<'_>) -> Result<String, NamelessVariable> {
    replace(text, &|variable| known.resolve(variable))
}

/// A variable that no pass knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The text from `${` to `}`.
    pub text: String,
    /// The known variable that was probably meant.
    pub suggestion: Option<&'static str>,
}

/// All variables of all passes.
pub const VARIABLES: &[&str] = &[
    "localEnv",
    "env",
    "localWorkspaceFolder",
    "localWorkspaceFolderBasename",
    "containerWorkspaceFolder",
    "containerWorkspaceFolderBasename",
    "devcontainerId",
    "containerEnv",
];

/// The variables in `text` that no pass knows, in order.
pub fn unknown_variables(text: &str) -> Vec<Unknown> {
    pieces(text)
        .filter_map(|piece| match piece {
            Piece::Variable(variable) if !VARIABLES.contains(&variable.name) => Some(Unknown {
                text: variable.text.to_owned(),
                suggestion: nearest(variable.name, VARIABLES.iter().copied()),
            }),
            _ => None,
        })
        .collect()
}

impl Local<'_> {
    fn resolve(&self, variable: &Variable<'_>) -> Result<Option<String>, NamelessVariable> {
        let folder = |path: Option<&str>| Ok(path.map(str::to_owned));
        let last_part = |path: Option<&str>| Ok(path.map(|path| basename(path).to_owned()));
        match variable.name {
            "localEnv" | "env" => variable.environment(self.env).map(Some),
            "localWorkspaceFolder" => folder(self.workspace_folder),
            "localWorkspaceFolderBasename" => last_part(self.workspace_folder),
            "containerWorkspaceFolder" => folder(self.container_workspace_folder),
            "containerWorkspaceFolderBasename" => last_part(self.container_workspace_folder),
            _ => Ok(None),
        }
    }
}

fn basename(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

/// What stands between `${` and `}`.
#[derive(Clone, Copy, Debug)]
struct Variable<'a> {
    /// All of it, braces included.
    text: &'a str,
    name: &'a str,
    /// What follows the name, still with its colons.
    arguments: Option<&'a str>,
}

impl<'a> Variable<'a> {
    fn new(text: &'a str) -> Self {
        let inner = &text[2..text.len() - 1];
        match inner.split_once(':') {
            Some((name, arguments)) => Self { text, name, arguments: Some(arguments) },
            None => Self { text, name: inner, arguments: None },
        }
    }

    /// The value of the environment variable that the first argument names, else the second argument, else nothing.
    /// A default ends at its first colon: the reference CLI has it so (Q17).
    fn environment(&self, env: Lookup<'_>) -> Result<String, NamelessVariable> {
        let arguments = self.arguments.ok_or_else(|| NamelessVariable { text: self.text.to_owned() })?;
        let mut arguments = arguments.split(':');
        let name = arguments.next().unwrap_or_default();
        let default = arguments.next().unwrap_or_default();
        Ok(env(name).unwrap_or_else(|| default.to_owned()))
    }
}

type Resolve<'a> = &'a dyn Fn(&Variable<'_>) -> Result<Option<String>, NamelessVariable>;

/// Rebuilds a value tree. Keys, numbers, booleans and null are none of our business.
fn over_values(value: &Value, resolve: Resolve<'_>) -> Result<Value, NamelessVariable> {
    Ok(match value {
        Value::String(text) => Value::String(replace(text, resolve)?),
        Value::Array(values) => {
            Value::Array(values.iter().map(|value| over_values(value, resolve)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| Ok((key.clone(), over_values(value, resolve)?)));
            Value::Object(members.collect::<Result<_, _>>()?)
        }
        other => other.clone(),
    })
}

fn replace(text: &str, resolve: Resolve<'_>) -> Result<String, NamelessVariable> {
    let mut replaced = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => replaced.push_str(text),
            Piece::Variable(variable) => match resolve(&variable)? {
                Some(value) => replaced.push_str(&value),
                None => replaced.push_str(variable.text),
            },
        }
    }
    Ok(replaced)
}

enum Piece<'a> {
    Text(&'a str),
    Variable(Variable<'a>),
}

/// Cuts a text into variables and what is between them. A variable reaches from `${` to the nearest `}` on the same
/// line, so they do not nest and cannot be escaped.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let cut = match next_variable(rest) {
            Some((0, end)) => return Some(Piece::Variable(Variable::new(take(&mut rest, end)))),
            Some((start, _)) => start,
            None => rest.len(),
        };
        Some(Piece::Text(take(&mut rest, cut)))
    })
}

fn take<'a>(rest: &mut &'a str, length: usize) -> &'a str {
    let (head, tail) = rest.split_at(length);
    *rest = tail;
    head
}

/// Where the next variable begins and ends.
fn next_variable(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| from + at) {
        let inner = start + 2;
        let stop = text[inner..].find(['}', '\n', '\r', '\u{2028}', '\u{2029}']).map(|at| inner + at)?;
        if text.as_bytes()[stop] == b'}' {
            return Some((start, stop + 1));
        }
        from = inner;
    }
    None
}

#[cfg(test)]
mod tests;
