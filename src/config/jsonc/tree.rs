//! The parser's tree as plain values, with the place of each beside them.

use jsonc_parser::ast::{Array, Object, ObjectPropName, Value as Ast};
use jsonc_parser::common::{Range, Ranged};
use serde_json::{Number, Value};

use super::{Inside, Place};
use crate::config::Map;
use crate::config::diagnostic::{Diagnostic, Span};

/// Converts a tree; each key that appears twice in an object adds a warning.
pub(super) fn convert(ast: &Ast<'_>, warnings: &mut Vec<Diagnostic>) -> (Value, Place) {
    let (value, inside) = match ast {
        Ast::StringLit(text) => (Value::String(text.value.to_string()), Inside::Nothing),
        Ast::NumberLit(number) => (number_value(number.value), Inside::Nothing),
        Ast::BooleanLit(flag) => (Value::Bool(flag.value), Inside::Nothing),
        Ast::NullKeyword(_) => (Value::Null, Inside::Nothing),
        Ast::Array(array) => elements(array, warnings),
        Ast::Object(object) => members(object, warnings),
    };
    (value, Place { key: None, value: span(ast.range()), inside })
}

fn elements(array: &Array<'_>, warnings: &mut Vec<Diagnostic>) -> (Value, Inside) {
    let (values, places) = array.elements.iter().map(|element| convert(element, warnings)).unzip();
    (Value::Array(values), Inside::Elements(places))
}

fn members(object: &Object<'_>, warnings: &mut Vec<Diagnostic>) -> (Value, Inside) {
    let mut values = Map::new();
    let mut places: Vec<(String, Place)> = Vec::new();
    for property in &object.properties {
        let name = property.name.as_str();
        let key = span(name_range(&property.name));
        let (value, mut place) = convert(&property.value, warnings);
        place.key = Some(key);
        let earlier = match values.insert(name.to_owned(), value) {
            Some(_) => places.iter_mut().find(|(earlier, _)| earlier == name),
            None => None,
        };
        match earlier {
            Some((_, earlier)) => {
                warnings.push(repeated(name, key));
                *earlier = place;
            }
            None => places.push((name.to_owned(), place)),
        }
    }
    (Value::Object(values), Inside::Members(places))
}

fn repeated(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(format!("`{name}` appears more than once in this object"), span)
        .label("only the last one counts")
        .help("Remove or join the earlier ones.")
}

fn name_range(name: &ObjectPropName<'_>) -> Range {
    match name {
        ObjectPropName::String(text) => text.range,
        ObjectPropName::Word(word) => word.range,
    }
}

/// A number as JavaScript would print it: what JSON cannot express becomes `null`.
fn number_value(text: &str) -> Value {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if let Ok(number) = serde_json::from_str::<Number>(unsigned) {
        return Value::Number(number);
    }
    let (negative, digits) = match unsigned.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, unsigned),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    if let Some(size) = hexadecimal.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        return match i64::try_from(size) {
            Ok(size) if negative => Value::from(-size),
            _ if negative => Value::from(-(size as f64)),
            _ => Value::from(size),
        };
    }
    let size = digits.parse::<f64>().unwrap_or(f64::NAN);
    Number::from_f64(if negative { -size } else { size }).map_or(Value::Null, Value::Number)
}

pub(super) fn span(range: Range) -> Span {
    Span::new(range.start, range.end)
}
