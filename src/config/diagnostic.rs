//! Mistakes in a configuration file, and how they are shown: file, line, excerpt, underline, advice.

use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A file as it was read, so that diagnostics can quote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is, as people should see it.
    pub path: PathBuf,
    /// Its text, without a byte order mark.
    pub text: String,
}

impl SourceFile {
    /// A file with this text. A byte order mark at its start is dropped, for no parser expects one.
    pub fn new(path: impl Into<PathBuf>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        Self { path: path.into(), text }
    }
}

/// A range of bytes in a source text: from `start` up to, but not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Works, but surely not as meant.
    Warning,
    /// Cannot be used.
    Error,
}

/// One mistake at one place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, as a phrase without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// A few words to put beside the underlined place.
    pub label: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake that makes the file unusable.
    pub fn error(message: impl Into<String>, span: Span) -> Self {
        Self { severity: Severity::Error, message: message.into(), span, label: None, help: None }
    }

    /// A mistake that can be lived with.
    pub fn warning(message: impl Into<String>, span: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message, span) }
    }

    /// Puts a few words beside the underlined place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether it makes the file unusable.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Shows the diagnostics as text, one paragraph each, in the given order.
pub fn render(diagnostics: &[Diagnostic], source: &SourceFile, color: bool) -> String {
    let renderer = renderer(color);
    let paragraphs: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| renderer.render(&[group(diagnostic, source, level(diagnostic.severity))]))
        .collect();
    paragraphs.join("\n\n")
}

/// Shows one diagnostic for somebody who says its severity already.
pub fn render_untitled(diagnostic: &Diagnostic, source: &SourceFile, color: bool) -> String {
    renderer(color).render(&[group(diagnostic, source, level(diagnostic.severity).no_name())])
}

fn renderer(color: bool) -> Renderer {
    if color { Renderer::styled() } else { Renderer::plain() }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

fn group<'a>(diagnostic: &'a Diagnostic, source: &'a SourceFile, level: Level<'a>) -> Group<'a> {
    let place = visible(diagnostic.span, &source.text);
    let annotation = AnnotationKind::Primary.span(place.start..place.end).label(diagnostic.label.as_deref());
    let snippet =
        Snippet::source(&source.text).path(source.path.display().to_string()).annotation(annotation);
    let group = level.primary_title(&diagnostic.message).element(snippet);
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

/// The span as something that can be underlined: inside the text, on character borders and not empty.
/// An empty one, or one that only covers a line end, would make the renderer underline the next line.
fn visible(span: Span, text: &str) -> Span {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.min(text.len()));
    if !text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']).is_empty() {
        return Span::new(start, end);
    }
    let is_line_end = |c: char| c == '\n' || c == '\r';
    match text[start..].chars().next().filter(|c| !is_line_end(*c)) {
        Some(next) => Span::new(start, start + next.len_utf8()),
        None => last_character(text[..start].trim_end_matches(is_line_end)),
    }
}

fn last_character(text: &str) -> Span {
    let width = text.chars().next_back().map_or(0, char::len_utf8);
    Span::new(text.len() - width, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, span: Span) -> String {
        let diagnostic = Diagnostic::error("something is wrong", span).label("here").help("Put it right.");
        render(&[diagnostic], &SourceFile::new("devcontainer.json", text), false)
    }

    #[test]
    fn the_line_is_quoted_and_the_place_underlined() {
        insta::assert_snapshot!(check("{\n  \"image\": 1\n}", Span::new(13, 14)), @r#"
        error: something is wrong
         --> devcontainer.json:2:12
          |
        2 |   "image": 1
          |            ^ here
          |
          = help: Put it right.
        "#);
    }

    #[test]
    fn an_empty_span_at_a_line_end_stays_on_its_line() {
        insta::assert_snapshot!(check("{\n  \"a\": 1\n  \"b\": 2\n}", Span::new(10, 10)), @r#"
        error: something is wrong
         --> devcontainer.json:2:8
          |
        2 |   "a": 1
          |        ^ here
          |
          = help: Put it right.
        "#);
    }

    #[test]
    fn a_span_behind_the_end_points_at_the_last_character() {
        insta::assert_snapshot!(check("{ \"a\": 1", Span::new(80, 90)), @r#"
        error: something is wrong
         --> devcontainer.json:1:8
          |
        1 | { "a": 1
          |        ^ here
          |
          = help: Put it right.
        "#);
    }

    #[test]
    fn an_empty_file_can_be_shown() {
        insta::assert_snapshot!(check("", Span::new(0, 0)), @r#"
        error: something is wrong
         --> devcontainer.json:1:1
          |
        1 |
          | ^ here
          |
          = help: Put it right.
        "#);
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(SourceFile::new("x", "\u{feff}{}").text, "{}");
    }
}
