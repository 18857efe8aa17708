//! The tables as JSON Schema, for editors that complete and check while one types.

use serde_json::{Map, Value, json};

use super::table::{self, Property, Shape};

/// What `customizations.devc` may contain: the table that [`check`](super::check) reads, in other words.
pub fn customizations() -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "customizations.devc of devcontainer.json",
    });
    if let (Value::Object(schema), Value::Object(own)) = (&mut schema, object(table::DEVC)) {
        schema.extend(own);
    }
    schema
}

fn of(shape: &Shape) -> Value {
    match shape {
        Shape::Anything => json!({}),
        Shape::Text => json!({"type": "string"}),
        Shape::TextLike => json!({"type": ["string", "number", "boolean"]}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Null => json!({"type": "null"}),
        Shape::Integer(least, i64::MAX) => json!({"type": "integer", "minimum": least}),
        Shape::Integer(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Shape::OneOf(words) => json!({"type": "string", "enum": words}),
        Shape::Format(description, _) => json!({"type": "string", "description": description}),
        Shape::List(element) => json!({"type": "array", "items": of(element)}),
        Shape::MapOf(member) => json!({"type": "object", "additionalProperties": of(member)}),
        Shape::Object(properties) => object(properties),
        Shape::Open(properties) => json!({"type": "object", "properties": members(properties)}),
        Shape::Either(choices) => json!({"anyOf": choices.iter().map(of).collect::<Vec<_>>()}),
    }
}

fn object(properties: &[Property]) -> Value {
    json!({"type": "object", "properties": members(properties), "additionalProperties": false})
}

fn members(properties: &[Property]) -> Map<String, Value> {
    properties.iter().map(|property| (property.name.to_owned(), of(&property.shape))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_has_its_words() {
        assert_eq!(of(&Shape::Integer(1, 9)), json!({"type": "integer", "minimum": 1, "maximum": 9}));
        assert_eq!(of(&Shape::List(&Shape::Text)), json!({"type": "array", "items": {"type": "string"}}));
        let either = Shape::Either(&[Shape::Flag, Shape::OneOf(&["optional"])]);
        assert_eq!(
            of(&either),
            json!({"anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["optional"]}]})
        );
    }

    #[test]
    fn volumes_are_described() {
        let schema = customizations();
        let cache = &schema["properties"]["volumes"]["anyOf"][1]["properties"]["caches"];
        let folder = &cache["additionalProperties"]["anyOf"][1];
        assert_eq!(folder["properties"]["type"]["enum"], json!(["volume", "host", "tmpfs"]));
        assert_eq!(folder["additionalProperties"], false);
    }
}
