use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(text: &str) -> Result<Document, Box<Rejection>> {
    parse(SourceFile::new("devcontainer.json", text))
}

/// What a person sees: the values, then all that is to be said about the text.
fn check(text: &str) -> String {
    let source = SourceFile::new("devcontainer.json", text);
    match read(text) {
        Ok(document) => {
            let values = Value::Object(document.root).to_string();
            [values, render(&document.warnings, &source, false)].join("\n").trim_end().to_owned()
        }
        Err(rejection) => {
            let places = render(rejection.diagnostics(), &source, false);
            [rejection.to_string(), places].join("\n").trim_end().to_owned()
        }
    }
}

#[test]
fn comments_and_trailing_commas_are_fine() {
    let text = "\u{feff}// a\r\n{ /* b */ \"image\": \"x\", // c\n \"capAdd\": [\"A\",], }\n/* d */";
    assert_snapshot!(check(text), @r#"{"image":"x","capAdd":["A"]}"#);
}

#[test]
fn a_file_without_a_value_is_empty() {
    for text in ["", "  \n", "// only a comment", "/* or this */\n"] {
        assert_eq!(check(text), "devcontainer.json is empty");
    }
}

#[test]
fn the_top_level_must_be_an_object() {
    assert_snapshot!(check("// list\n[1]"), @r#"
    devcontainer.json must contain a JSON object literal
    error: the top level must be an object
     --> devcontainer.json:2:1
      |
    2 | [1]
      | ^^^ this is an array
      |
      = help: Put all properties between `{` and `}`.
    "#);
}

#[test]
fn all_missing_commas_are_reported_at_once() {
    assert_snapshot!(check("{\n  \"a\": 1\n  \"b\": [1 2],\n  \"c\": {} \"d\": 3\n}"), @r#"
    devcontainer.json is not valid JSON
    error: a comma is missing
     --> devcontainer.json:2:8
      |
    2 |   "a": 1
      |        ^ add `,` here

    error: a comma is missing
     --> devcontainer.json:3:10
      |
    3 |   "b": [1 2],
      |          ^ add `,` here

    error: a comma is missing
     --> devcontainer.json:4:10
      |
    4 |   "c": {} "d": 3
      |          ^ add `,` here
    "#);
}

#[test]
fn commas_too_many_are_reported() {
    assert_snapshot!(check("{\n  , \"a\": [1,, 2]\n}"), @r#"
    devcontainer.json is not valid JSON
    error: a comma too many
     --> devcontainer.json:2:3
      |
    2 |   , "a": [1,, 2]
      |   ^ remove it

    error: a comma too many
     --> devcontainer.json:2:13
      |
    2 |   , "a": [1,, 2]
      |             ^ remove it
    "#);
}

#[test]
fn json5_is_read_with_a_warning_for_each_construct() {
    assert_snapshot!(check("{ image: 'x', 'y': +1, z: .5, h: 0xFF, n: [NaN, -Infinity], e: '\\x41' }"), @r#"
    {"image":"x","y":1,"z":0.5,"h":255,"n":[null,null],"e":"A"}
    warning: a property name without quotes is read here, but other tools refuse or misread it
     --> devcontainer.json:1:3
      |
    1 | { image: 'x', 'y': +1, z: .5, h: 0xFF, n: [NaN, -Infinity], e: '\x41' }
      |   ^^^^^ JSON5 only
      |
      = help: Put the name in double quotes.

    warning: text in single quotes is read here, but other tools refuse or misread it
     --> devcontainer.json:1:10
      |
    1 | { image: 'x', 'y': +1, z: .5, h: 0xFF, n: [NaN, -Infinity], e: '\x41' }
      |          ^ JSON5 only
      |
      = help: Use double quotes.

    warning: a number with a plus sign is read here, but other tools refuse or misread it
     --> devcontainer.json:1:20
      |
    1 | { image: 'x', 'y': +1, z: .5, h: 0xFF, n: [NaN, -Infinity], e: '\x41' }
      |                    ^ JSON5 only
      |
      = help: Leave the sign out.

    warning: a number without a digit on both sides of its point is read here, but other tools refuse or misread it
     --> devcontainer.json:1:27
      |
    1 | { image: 'x', 'y': +1, z: .5, h: 0xFF, n: [NaN, -Infinity], e: '\x41' }
      |                           ^ JSON5 only
      |
      = help: Add a zero.

    warning: a hexadecimal number is read here, but other tools refuse or misread it
     --> devcontainer.json:1:34
      |
    1 | { image: 'x', 'y': +1, z: .5, h: 0xFF, n: [NaN, -Infinity], e: '\x41' }
      |                                  ^ JSON5 only
      |
      = help: Write it in decimal.

    warning: a number that JSON does not have is read here, but other tools refuse or misread it
     --> devcontainer.json:1:44
      |
    1 | { image: 'x', 'y': +1, z: .5, h: 0xFF, n: [NaN, -Infinity], e: '\x41' }
      |                                            ^^^ JSON5 only
      |
      = help: Remove it or use a finite number.

    warning: an escape sequence that JSON does not have is read here, but other tools refuse or misread it
     --> devcontainer.json:1:65
      |
    1 | { image: 'x', 'y': +1, z: .5, h: 0xFF, n: [NaN, -Infinity], e: '\x41' }
      |                                                                 ^^ JSON5 only
      |
      = help: Use `\n`, `\t`, `\\`, `\"` or `\uXXXX`.
    "#);
}

#[test]
fn an_object_that_is_never_closed_is_underlined_where_it_begins() {
    assert_snapshot!(check("{\n  \"build\": {\n    \"dockerfile\": \"D\"\n"), @r#"
    devcontainer.json is not valid JSON
    error: this `{` is never closed
     --> devcontainer.json:2:12
      |
    2 |   "build": {
      |            ^
    "#);
}

#[test]
fn a_text_without_closing_quote_is_an_error() {
    assert_snapshot!(check("{ \"image\": \"x }"), @r#"
    devcontainer.json is not valid JSON
    error: this text has no closing quote
     --> devcontainer.json:1:12
      |
    1 | { "image": "x }
      |            ^^^^
    "#);
}

#[test]
fn a_bare_word_is_an_error() {
    assert_snapshot!(check("{ \"init\": yes }"), @r#"
    devcontainer.json is not valid JSON
    error: `yes` is neither a value nor a property name
     --> devcontainer.json:1:11
      |
    1 | { "init": yes }
      |           ^^^
      |
      = help: Put text and names in double quotes; the bare words are `true`, `false` and `null`.
    "#);
}

#[test]
fn text_behind_the_end_is_an_error() {
    assert_snapshot!(check("{}\n}"), @r#"
    devcontainer.json is not valid JSON
    error: the file goes on after its end
     --> devcontainer.json:2:1
      |
    2 | }
      | ^ everything was closed before this
    "#);
}

#[test]
fn a_key_that_appears_twice_counts_once() {
    assert_snapshot!(check("{ \"a\": 1, \"b\": 2, \"a\": 3 }"), @r#"
    {"a":3,"b":2}
    warning: `a` appears more than once in this object
     --> devcontainer.json:1:19
      |
    1 | { "a": 1, "b": 2, "a": 3 }
      |                   ^^^ only the last one counts
      |
      = help: Remove or join the earlier ones.
    "#);
}

#[test]
fn deep_nesting_is_refused_and_not_a_crash() {
    let text = format!("{{\"a\":{}", "[".repeat(100_000));
    assert!(check(&text).contains("nested too deeply"));
}

#[test]
fn places_can_be_looked_up() {
    let document = read("{ \"build\": { \"args\": [ 1, {\"x\": \"yes\"} ] } }").unwrap();
    let path = [Segment::Key("build"), Segment::Key("args"), Segment::Index(1), Segment::Key("x")];
    let place = document.place.at(&path).unwrap();
    let quote = |span: Span| &document.source.text[span.start..span.end];
    assert_eq!(quote(place.key.unwrap()), "\"x\"");
    assert_eq!(quote(place.value), "\"yes\"");
    assert_eq!(document.place.at(&[Segment::Key("image")]), None);
}

#[test]
fn numbers_that_json_cannot_express_become_null() {
    assert_snapshot!(check("{\"a\": 1e999}"), @r#"{"a":null}"#);
}

/// Every place lies inside its parent and on character borders.
fn assert_inside(place: &Place, text: &str, outer: Span) {
    assert!(outer.start <= place.value.start && place.value.end <= outer.end);
    assert!(text.get(place.value.start..place.value.end).is_some());
    match &place.inside {
        Inside::Nothing => {}
        Inside::Members(members) => members.iter().for_each(|(_, member)| {
            assert!(member.key.is_some_and(|key| outer.start <= key.start && key.end <= member.value.start));
            assert_inside(member, text, place.value);
        }),
        Inside::Elements(elements) => {
            elements.iter().for_each(|element| assert_inside(element, text, place.value));
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Text that is nearly JSON, so that the interesting paths are met.
fn nearly_json() -> impl Strategy<Value = String> {
    let pieces = [
        "{", "}", "[", "]", ":", ",", "\"a\"", "\"", "'b'", "'", "c", "1", "-", "+.5", "0x", "true", "null",
        "NaN", "//", "/*", "*/", "\n", "\r", " ", "\\u", "\\x41", "é", "\u{feff}", "🦀",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

fn read_and_show(text: &str) {
    match read(text) {
        Ok(document) => {
            let all = Span::new(0, document.source.text.len());
            assert_inside(&document.place, &document.source.text, all);
            render(&document.warnings, &document.source, true);
        }
        Err(rejection) => {
            render(rejection.diagnostics(), &rejection.source, false);
        }
    }
}

proptest! {
    #[test]
    fn plain_json_reads_as_serde_reads_it(value in any_json()) {
        let text = json!({ "value": value }).to_string();
        let document = read(&text).unwrap();
        prop_assert_eq!(Value::Object(document.root), serde_json::from_str::<Value>(&text).unwrap());
        prop_assert!(document.warnings.is_empty());
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        read_and_show(&text);
    }

    #[test]
    fn no_nearly_json_makes_it_panic(text in nearly_json()) {
        read_and_show(&text);
        read_and_show(&format!("{{{text}}}"));
    }
}
