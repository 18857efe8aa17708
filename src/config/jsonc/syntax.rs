//! Reads JSON text; mistakes are cured in a copy where possible, so that one run finds them all.

use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, ParseStringErrorKind, parse_to_ast};
use serde_json::Value;

use super::Place;
use super::tree::{convert, span};
use super::wording::{broken, only_json5};
use crate::config::diagnostic::{Diagnostic, Span};

/// After so many mistakes the rest would only tire the reader.
const MOST_MISTAKES: usize = 20;

/// What a text without errors says; `value` is `None` if it has no value at all.
pub(super) struct Reading {
    pub(super) value: Option<(Value, Place)>,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Reads a text, or says everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<Reading, Vec<Diagnostic>> {
    let mut attempt = Attempt::new(text);
    for _ in 0..MOST_MISTAKES {
        match parse_to_ast(&attempt.text, &CollectOptions::default(), &attempt.options) {
            Ok(result) if attempt.sound => {
                let mut warnings = std::mem::take(&mut attempt.diagnostics);
                let value = result.value.map(|ast| convert(&ast, &mut warnings));
                return Ok(Reading { value, warnings });
            }
            Ok(_) => break,
            Err(mistake) => {
                if !attempt.cure(&mistake) {
                    break;
                }
            }
        }
    }
    attempt.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    Err(attempt.diagnostics)
}

/// A copy of the text in which mistakes are cured one after the other.
struct Attempt {
    text: String,
    /// Where characters were put into the copy, so that places can be told in terms of the original.
    inserted: Vec<usize>,
    options: ParseOptions,
    diagnostics: Vec<Diagnostic>,
    /// Whether the text itself may be used: nothing but JSON5 constructs was found.
    sound: bool,
}

/// How to go on after a mistake.
enum Cure {
    /// Allow the JSON5 construct.
    Allow(fn(&mut ParseOptions) -> &mut bool),
    /// Put the missing comma there.
    InsertComma(usize),
    /// Overwrite the byte there with a blank.
    Blank(usize),
    /// There is no telling what was meant.
    Hopeless,
}

impl Attempt {
    fn new(text: &str) -> Self {
        let options = jsonc();
        Self { text: text.to_owned(), inserted: Vec::new(), options, diagnostics: Vec::new(), sound: true }
    }

    /// Records a mistake and cures it. Returns whether it is worth to read on.
    fn cure(&mut self, mistake: &ParseError) -> bool {
        let place = span(mistake.range());
        let quoted = self.text.get(place.start..place.end).unwrap_or_default().to_owned();
        let cure = self.find_cure(mistake.kind(), place, &quoted);
        let mut diagnostic = match cure {
            Cure::Allow(_) => only_json5(mistake.kind(), place),
            _ if self.follows_a_colon(place) && closes(&quoted) => {
                Diagnostic::error("the property has no value", place)
            }
            _ => broken(mistake.kind(), place, &quoted),
        };
        diagnostic.span = self.original(diagnostic.span);
        self.diagnostics.push(diagnostic);
        match cure {
            Cure::Allow(option) => *option(&mut self.options) = true,
            Cure::InsertComma(at) => {
                self.text.insert(at, ',');
                self.inserted.push(at);
            }
            Cure::Blank(at) => self.text.replace_range(at..=at, " "),
            Cure::Hopeless => {}
        }
        self.sound &= matches!(cure, Cure::Allow(_));
        !matches!(cure, Cure::Hopeless)
    }

    fn follows_a_colon(&self, place: Span) -> bool {
        self.text.get(..place.start).is_some_and(|before| before.trim_end().ends_with(':'))
    }

    fn find_cure(&self, kind: &ParseErrorKind, place: Span, quoted: &str) -> Cure {
        if let Some(option) = option_for(kind, quoted)
            && !*option(&mut self.options.clone())
        {
            return Cure::Allow(option);
        }
        match kind {
            ParseErrorKind::ExpectedComma if self.text.is_char_boundary(place.start) => {
                Cure::InsertComma(place.start)
            }
            ParseErrorKind::UnexpectedComma | ParseErrorKind::UnexpectedTokenInObject if quoted == "," => {
                Cure::Blank(place.start)
            }
            _ => Cure::Hopeless,
        }
    }

    fn original(&self, place: Span) -> Span {
        let mut place = place;
        for at in self.inserted.iter().rev() {
            place.start -= usize::from(*at < place.start);
            place.end -= usize::from(*at < place.end);
        }
        place
    }
}

/// Comments and trailing commas, nothing else: what the editors accept.
fn jsonc() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: true,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// The parser option that would accept this.
fn option_for(kind: &ParseErrorKind, quoted: &str) -> Option<fn(&mut ParseOptions) -> &mut bool> {
    use ParseErrorKind::*;
    match kind {
        ExpectedStringObjectProperty => Some(|options| &mut options.allow_loose_object_property_names),
        SingleQuotedStringsNotAllowed => Some(|options| &mut options.allow_single_quoted_strings),
        HexadecimalNumbersNotAllowed => Some(|options| &mut options.allow_hexadecimal_numbers),
        UnaryPlusNumbersNotAllowed => Some(|options| &mut options.allow_unary_plus_numbers),
        BareDecimalPointNumbersNotAllowed => Some(|options| &mut options.allow_bare_decimal_point_numbers),
        NonFiniteNumbersNotAllowed => Some(|options| &mut options.allow_non_finite_numbers),
        // The scanner calls a word followed by a comma a token.
        UnexpectedWord | UnexpectedToken if matches!(quoted, "NaN" | "Infinity") => {
            Some(|options| &mut options.allow_non_finite_numbers)
        }
        String(ParseStringErrorKind::UnterminatedStringLiteral) => None,
        String(_) => Some(|options| &mut options.allow_extended_string_escapes),
        _ => None,
    }
}

fn closes(quoted: &str) -> bool {
    matches!(quoted, "}" | "]")
}
