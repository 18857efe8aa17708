//! A command more in a lifecycle hook of devcontainer.json, the rest of the file as it is.

use serde_json::Value;

use super::diagnostic::SourceFile;
use super::jsonc::{self, Rejection, set_members, set_property};
use super::{Hook, command_line};

/// The text with a command added to a hook: after what the hook runs already, or beside it where it runs several things
/// side by side. A hook that runs the command already stays as it is.
pub fn install_hook(source: SourceFile, hook: Hook, command: &str) -> Result<String, Box<Rejection>> {
    let document = jsonc::parse(source)?;
    let written = document.root.get(hook.name()).cloned().unwrap_or(Value::Null);
    let source = document.source;
    if runs(&written, command) {
        return Ok(source.text);
    }
    let command = Value::from(command);
    match &written {
        Value::Object(commands) => {
            let name = free_name(|name| commands.contains_key(name));
            set_members(source, hook.name(), [(name.as_str(), &command)])
        }
        written => set_property(
            source,
            hook.name(),
            &Value::from(after(written, command.as_str().unwrap_or_default())),
        ),
    }
}

/// Whether a hook runs a command in any of its forms.
fn runs(written: &Value, command: &str) -> bool {
    match written {
        Value::String(text) => text.contains(command),
        Value::Array(_) => words(written).join(" ").contains(command),
        Value::Object(commands) => commands.values().any(|written| runs(written, command)),
        _ => false,
    }
}

/// The command after what is run already, if that succeeds.
fn after(written: &Value, command: &str) -> String {
    let before = match written {
        Value::String(text) => text.trim().to_owned(),
        written => command_line(&words(written)),
    };
    match before.as_str() {
        "" => command.to_owned(),
        // A comment, a here-document or a job in the background would swallow what follows on its line.
        before if before.contains(['#', '\n']) || before.ends_with(['&', ';', '\\']) => {
            format!("{{ {before}\n}} && {command}")
        }
        before => format!("{before} && {command}"),
    }
}

fn words(written: &Value) -> Vec<String> {
    let words = written.as_array().into_iter().flatten();
    words.filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

fn free_name(is_taken: impl Fn(&str) -> bool) -> String {
    let names =
        std::iter::once("prebuild".to_owned()).chain((2..).map(|number| format!("prebuild-{number}")));
    names.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    const COMMAND: &str = "devc prebuild";

    fn install(text: &str) -> String {
        install_hook(SourceFile::new("devcontainer.json", text), Hook::UpdateContent, COMMAND).unwrap()
    }

    #[test]
    fn each_form_of_a_hook_is_extended_and_comments_stay() {
        assert_snapshot!(install("{\n  // Why\n  \"image\": \"debian\" // this one\n}\n"), @r#"
        {
          // Why
          "image": "debian", // this one
          "updateContentCommand": "devc prebuild"
        }
        "#);
        let of = |written: &str| {
            install(&format!("{{\n  \"updateContentCommand\": {written}, // fresh\n  \"init\": true,\n}}\n"))
        };
        assert_snapshot!(of("\"npm ci\""), @r#"
        {
          "updateContentCommand": "npm ci && devc prebuild", // fresh
          "init": true,
        }
        "#);
        assert_snapshot!(of("[\"npm\", \"run\", \"it's\"]"), @r#"
        {
          "updateContentCommand": "npm run 'it'\\''s' && devc prebuild", // fresh
          "init": true,
        }
        "#);
        assert_snapshot!(of("{ /* both */ \"npm\": \"npm ci\", \"prebuild\": \"make\" }"), @r#"
        {
          "updateContentCommand": {
            /* both */ "npm": "npm ci",
            "prebuild": "make",
            "prebuild-2": "devc prebuild"
          }, // fresh
          "init": true,
        }
        "#);
        assert_snapshot!(of("\"make # all\""), @r#"
        {
          "updateContentCommand": "{ make # all\n} && devc prebuild", // fresh
          "init": true,
        }
        "#);
    }

    #[test]
    fn a_second_time_changes_nothing() {
        for written in ["null", "\"\"", "\"npm ci\"", "[\"npm\", \"ci\"]", "{}", "{\"a\": [\"b\"]}"] {
            let once = install(&format!("{{ \"updateContentCommand\": {written} }}"));
            assert_eq!(install(&once), once, "{written}");
        }
    }

    proptest! {
        #[test]
        fn everything_outside_of_the_hook_stays(
            before in prop::collection::vec("(\"[a-z]{1,8}\": [1-9][0-9]?,|// [a-zäß ]{0,12}|/\\* [a-z]{0,9} \\*/)", 0..6),
            after in prop::collection::vec("(// [a-z ]{0,12}|/\\* [a-z]{0,9} \\*/)", 0..4),
        ) {
            let (before, after) = (before.join("\n  "), after.join("\n  "));
            let text = format!("{{\n  {before}\n  \"updateContentCommand\": \"make\"\n  {after}\n}}\n");
            let expected = text.replace("\"make\"", "\"make && devc prebuild\"");
            prop_assert_eq!(install(&text), expected);
        }
    }
}
