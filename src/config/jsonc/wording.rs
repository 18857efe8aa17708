//! Syntax mistakes in words.

use jsonc_parser::ParseStringErrorKind;
use jsonc_parser::errors::ParseErrorKind;

use crate::config::diagnostic::{Diagnostic, Span};

/// A construct that we read although JSON with comments does not have it.
pub(super) fn only_json5(kind: &ParseErrorKind, place: Span) -> Diagnostic {
    use ParseErrorKind::*;
    let (what, help) = match kind {
        ExpectedStringObjectProperty => ("a property name without quotes", "Put the name in double quotes."),
        SingleQuotedStringsNotAllowed => ("text in single quotes", "Use double quotes."),
        HexadecimalNumbersNotAllowed => ("a hexadecimal number", "Write it in decimal."),
        UnaryPlusNumbersNotAllowed => ("a number with a plus sign", "Leave the sign out."),
        BareDecimalPointNumbersNotAllowed => {
            ("a number without a digit on both sides of its point", "Add a zero.")
        }
        NonFiniteNumbersNotAllowed | UnexpectedWord | UnexpectedToken => {
            ("a number that JSON does not have", "Remove it or use a finite number.")
        }
        _ => ("an escape sequence that JSON does not have", "Use `\\n`, `\\t`, `\\\\`, `\\\"` or `\\uXXXX`."),
    };
    let message = format!("{what} is read here, but other tools refuse or misread it");
    Diagnostic::warning(message, place).label("JSON5 only").help(help)
}

/// A mistake that leaves open what was meant. `quoted` is the text at the place.
pub(super) fn broken(kind: &ParseErrorKind, place: Span, quoted: &str) -> Diagnostic {
    use ParseErrorKind::*;
    let error = |message: &str| Diagnostic::error(message, place);
    match kind {
        ExpectedComma => error("a comma is missing").label("add `,` here"),
        UnexpectedComma => error("a comma too many").label("remove it"),
        UnexpectedTokenInObject if quoted == "," => error("a comma too many").label("remove it"),
        UnexpectedTokenInObject => error("expected a property name in double quotes or `}`"),
        ExpectedColonAfterObjectKey => {
            error("a colon is missing after the property name").label("expected `:` before this")
        }
        ExpectedObjectValue => error("the property has no value"),
        MultipleRootJsonValues => {
            error("the file goes on after its end").label("everything was closed before this")
        }
        UnexpectedCloseBrace => error("`}` closes nothing here").label("expected a value or `]`"),
        UnexpectedCloseBracket => error("`]` closes nothing here").label("expected a value or `}`"),
        UnexpectedWord => stray(place, quoted),
        UnexpectedToken if is_word(quoted) => stray(place, quoted),
        UnterminatedArray => Diagnostic::error("this `[` is never closed", head(place, 1)),
        UnterminatedObject => Diagnostic::error("this `{` is never closed", head(place, 1)),
        UnterminatedCommentBlock => Diagnostic::error("this comment has no end", head(place, 2)),
        String(ParseStringErrorKind::UnterminatedStringLiteral) => error("this text has no closing quote"),
        NestingDepthExceeded => Diagnostic::error("nested too deeply", head(place, 1)),
        other => error(&other.to_string().to_lowercase()),
    }
}

fn stray(place: Span, quoted: &str) -> Diagnostic {
    Diagnostic::error(format!("`{quoted}` is neither a value nor a property name"), place)
        .help("Put text and names in double quotes; the bare words are `true`, `false` and `null`.")
}

fn is_word(quoted: &str) -> bool {
    quoted.starts_with(char::is_alphabetic)
}

fn head(place: Span, width: usize) -> Span {
    Span::new(place.start, place.start + width)
}
