//! Changes to the text of a file that leave everything else in it as it is: comments, order, indentation.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use serde_json::Value;

use super::{Reason, Rejection, rejected};
use crate::config::diagnostic::SourceFile;

/// Sets members of the object that is called `property`, which is added at the end of the file where there is none.
///
/// A member that is there already gets the new value in its old place; new ones come last.
pub fn set_members<'a>(
    source: SourceFile,
    property: &str,
    members: impl IntoIterator<Item = (&'a str, &'a Value)>,
) -> Result<String, Box<Rejection>> {
    let tree = editable(source)?;
    let object = tree.object_value_or_set().object_value_or_set(property);
    for (name, value) in members {
        set(&object, name, value);
    }
    Ok(tree.to_string())
}

/// Sets a property: in its old place, or at the end of the file where there is none.
pub fn set_property(source: SourceFile, name: &str, value: &Value) -> Result<String, Box<Rejection>> {
    let tree = editable(source)?;
    set(&tree.object_value_or_set(), name, value);
    Ok(tree.to_string())
}

fn editable(source: SourceFile) -> Result<CstRootNode, Box<Rejection>> {
    // This reading has bounds and words for mistakes; the editor's tree has neither.
    let document = super::parse(source)?;
    CstRootNode::parse(&document.source.text, &ParseOptions::default())
        .map_err(|_| rejected(document.source, Reason::Syntax(document.warnings)))
}

fn set(object: &CstObject, name: &str, value: &Value) {
    match object.get(name) {
        Some(member) => member.set_value(input(value)),
        None => drop(object.append(name, input(value))),
    }
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(flag) => CstInputValue::Bool(*flag),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(members) => {
            CstInputValue::Object(members.iter().map(|(name, value)| (name.clone(), input(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn check(text: &str) -> String {
        let (git, go) = (json!({}), json!({"version": "1.22", "lint": true}));
        set_members(SourceFile::new("devcontainer.json", text), "features", [("git:1", &git), ("go", &go)])
            .unwrap()
    }

    #[test]
    fn comments_and_indentation_stay() {
        let text = "// Why\n{\n    \"image\": \"debian\", // this one\n    /* none yet */\n}\n";
        assert_snapshot!(check(text), @r#"
        // Why
        {
            "image": "debian", // this one
            "features": {
                "git:1": {},
                "go": {
                    "version": "1.22",
                    "lint": true
                }
            },
            /* none yet */
        }
        "#);
        let text = "{\n  \"features\": {\n    \"go\": \"old\", // pinned\n  },\n  \"init\": true\n}\n";
        assert_snapshot!(check(text), @r#"
        {
          "features": {
            "go": {
              "version": "1.22",
              "lint": true
            }, // pinned
            "git:1": {},
          },
          "init": true
        }
        "#);
    }

    #[test]
    fn one_line_becomes_several_and_windows_lines_stay() {
        assert_snapshot!(check(r#"{"image":"debian"}"#), @r#"
        {
          "image":"debian",
          "features": {
            "git:1": {},
            "go": {
              "version": "1.22",
              "lint": true
            }
          }
        }
        "#);
        assert!(check("{\r\n  \"init\": true\r\n}\r\n").lines().count() > 3);
        assert!(!check("{\r\n  \"init\": true\r\n}\r\n").replace("\r\n", "").contains('\n'));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert!(set_members(SourceFile::new("x", "{ \"a\": "), "features", []).is_err());
    }
}
