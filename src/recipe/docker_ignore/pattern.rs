//! One line of a `.dockerignore`.

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

/// What a line says.
#[derive(Debug)]
pub(super) struct Pattern {
    /// Whether it brings back what others hide.
    pub(super) is_exception: bool,
    matcher: Matcher,
}

/// How a path is compared. Most patterns need no regular expression, and walks ask for every file.
#[derive(Debug)]
enum Matcher {
    /// With the whole path.
    Exact(String),
    /// With its beginning: `a/**`.
    Prefix(String),
    /// With its end: `**/a`, `**/*.a`.
    Suffix(String),
    Regex(Regex),
}

impl Pattern {
    /// Reads a line that is neither empty nor a comment; `None` when it makes no sense.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let exception = line.strip_prefix('!').map(str::trim);
        let is_exception = exception.is_some();
        let text = exception.unwrap_or(line);
        if text.is_empty() || !is_well_formed(text) {
            return None;
        }
        let path = clean(text);
        // What is left of the slash is nothing, and an exception needs something.
        if is_exception && path == "/" {
            return None;
        }
        let path = if path.len() > 1 { path.trim_start_matches('/') } else { &path };
        Some(Self { is_exception, matcher: Matcher::of(path)? })
    }

    /// Whether it means this very path.
    pub(super) fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Matcher::Exact(text) => path == text,
            Matcher::Prefix(text) => path.starts_with(text),
            Matcher::Suffix(text) => path.ends_with(text) || text.strip_prefix('/') == Some(path),
            Matcher::Regex(regex) => regex.is_match(path),
        }
    }
}

impl Matcher {
    fn of(pattern: &str) -> Option<Self> {
        let is_plain = |text: &str| !text.contains(['*', '?', '[', ']', '\\', '^']);
        if is_plain(pattern) {
            return Some(Self::Exact(pattern.to_owned()));
        }
        if let Some(end) = pattern.strip_prefix("**/*").filter(|end| is_plain(end) && !end.contains('/')) {
            return Some(Self::Suffix(end.to_owned()));
        }
        match (pattern.strip_prefix("**"), pattern.strip_suffix("**")) {
            (Some(end), _) if is_plain(end) => Some(Self::Suffix(end.to_owned())),
            (_, Some(start)) if is_plain(start) => Some(Self::Prefix(start.to_owned())),
            _ => Regex::new(&expression(pattern)).ok().map(Self::Regex),
        }
    }
}

/// The pattern as a regular expression, sign by sign as `patternmatcher` translates it.
fn expression(pattern: &str) -> String {
    let mut expression = String::from("^");
    let mut in_class = false;
    let mut signs = pattern.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '*' if signs.next_if_eq(&'*').is_some() => {
                signs.next_if_eq(&'/');
                expression.push_str(if signs.peek().is_none() { ".*" } else { "(.*/)?" });
            }
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '.' | '+' | '(' | ')' | '|' | '{' | '}' | '$' => expression.extend(['\\', sign]),
            '\\' => expression.extend(std::iter::once(sign).chain(signs.next())),
            // Go has no classes in classes and no operators between them.
            '[' | '&' | '~' if in_class => expression.extend(['\\', sign]),
            '[' | ']' => {
                in_class = sign == '[';
                expression.push(sign);
            }
            _ => expression.push(sign),
        }
    }
    expression + "$"
}

/// Whether Go's `filepath.Match` would take it: classes are closed, and an escape has something to escape.
fn is_well_formed(pattern: &str) -> bool {
    let mut signs = pattern.chars().peekable();
    while let Some(sign) = signs.next() {
        let is_sound = match sign {
            '\\' => signs.next().is_some(),
            '[' => ends_class(&mut signs),
            _ => true,
        };
        if !is_sound {
            return false;
        }
    }
    true
}

/// Reads what is in a class, which is not nothing, and its end.
fn ends_class(signs: &mut Peekable<Chars<'_>>) -> bool {
    signs.next_if_eq(&'^');
    let mut is_empty = true;
    while is_empty || signs.next_if_eq(&']').is_none() {
        let is_sound = is_member(signs) && (signs.next_if_eq(&'-').is_none() || is_member(signs));
        if !is_sound {
            return false;
        }
        is_empty = false;
    }
    true
}

/// Reads one sign of a class.
fn is_member(signs: &mut Peekable<Chars<'_>>) -> bool {
    match signs.next() {
        None | Some('-' | ']') => false,
        Some('\\') => signs.next().is_some(),
        Some(_) => true,
    }
}

/// The shortest path that means the same, as Go's `filepath.Clean` makes it.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if path.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    match parts.is_empty() && root.is_empty() {
        true => ".".to_owned(),
        false => root.to_owned() + &parts.join("/"),
    }
}
