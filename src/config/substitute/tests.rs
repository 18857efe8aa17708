use proptest::prelude::*;
use serde_json::json;

use super::*;

fn env(name: &str) -> Option<String> {
    match name {
        "HOME" => Some("/root".to_owned()),
        "EMPTY" => Some(String::new()),
        "TRICKY" => Some("${localEnv:HOME}".to_owned()),
        _ => None,
    }
}

fn known() -> Local<'static> {
    Local {
        env: &env,
        workspace_folder: Some("/home/dev/app"),
        container_workspace_folder: Some("/workspaces/app"),
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(local_pass(&json!(text), &known()), Ok(json!(expected)), "{text}");
}

#[test]
fn environment_variables_of_this_machine_are_put_in() {
    check("${localEnv:HOME}/.ssh", "/root/.ssh");
    check("${env:HOME}", "/root");
    check("${localEnv:NONE}", "");
    check("${localEnv:}", "");
}

#[test]
fn a_default_counts_only_for_what_is_not_set_and_ends_at_a_colon() {
    check("${localEnv:NONE:fallback}", "fallback");
    check("${localEnv:EMPTY:fallback}", "");
    check("${localEnv:NONE:https://example.org}", "https");
    check("${localEnv:NONE::x}", "");
}

#[test]
fn workspace_folders_are_put_in() {
    check("${localWorkspaceFolder} ${localWorkspaceFolderBasename}", "/home/dev/app app");
    check("${containerWorkspaceFolder} ${containerWorkspaceFolderBasename}", "/workspaces/app app");
    check("${localWorkspaceFolder:ignored}", "/home/dev/app");
}

#[test]
fn what_is_not_known_stays() {
    for text in [
        "${localenv:HOME}",
        "${devcontainerId}",
        "${containerEnv:HOME}",
        "${containerEnv}",
        "$HOME ${ } $",
        "${",
    ] {
        check(text, text);
    }
    let nowhere = Local { workspace_folder: None, container_workspace_folder: None, ..known() };
    let text = json!("${localWorkspaceFolder} ${containerWorkspaceFolderBasename}");
    assert_eq!(local_pass(&text, &nowhere), Ok(text));
}

#[test]
fn a_variable_ends_at_the_first_brace_and_within_its_line() {
    check("${a${localEnv:HOME}}", "${a${localEnv:HOME}}");
    check("${\n${localEnv:HOME}", "${\n/root");
    check("${${localEnv:HOME}", "${${localEnv:HOME}");
}

#[test]
fn values_that_were_put_in_are_not_looked_at_again() {
    check("${localEnv:TRICKY}", "${localEnv:HOME}");
}

#[test]
fn only_values_change_and_keys_do_not() {
    let value = json!({"${localEnv:HOME}": ["${localEnv:HOME}", 1, null, true, {"a": "${localEnv:HOME}"}]});
    let expected = json!({"${localEnv:HOME}": ["/root", 1, null, true, {"a": "/root"}]});
    assert_eq!(local_pass(&value, &known()), Ok(expected));
}

#[test]
fn a_missing_name_is_an_error() {
    let error = local_pass(&json!(["${localEnv}"]), &known()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "'${localEnv}' can not be resolved because no environment variable name is given"
    );
    assert!(container_pass(&json!("${containerEnv}"), &env).is_err());
}

#[test]
fn later_passes_resolve_what_the_first_one_left() {
    let value =
        json!({"a": "${devcontainerId} ${devcontainerId:x} ${containerEnv:HOME} ${containerEnv:NONE:d}"});
    let value = id_pass(&value, "42");
    assert_eq!(value, json!({"a": "42 42 ${containerEnv:HOME} ${containerEnv:NONE:d}"}));
    assert_eq!(container_pass(&value, &env), Ok(json!({"a": "42 42 /root d"})));
}

#[test]
fn slips_in_names_are_recognised() {
    let unknown = unknown_variables("${localEnvv:X} ${HOME} ${localEnv:Y} ${localworkspaceFolder}");
    let seen: Vec<_> = unknown.iter().map(|unknown| (unknown.text.as_str(), unknown.suggestion)).collect();
    let expected = [
        ("${localEnvv:X}", Some("localEnv")),
        ("${HOME}", None),
        ("${localworkspaceFolder}", Some("localWorkspaceFolder")),
    ];
    assert_eq!(seen, expected);
}

/// Text in which variables are frequent.
fn text_with_variables() -> impl Strategy<Value = String> {
    let pieces = [
        "${",
        "}",
        "$",
        "{",
        ":",
        "localEnv",
        "containerEnv",
        "devcontainerId",
        "HOME",
        "x",
        "\n",
        "\u{2028}",
        "é",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in text_with_variables()) {
        let value = json!([text]);
        let _ = local_pass(&value, &known());
        let _ = container_pass(&id_pass(&value, "1"), &env);
        unknown_variables(&text);
    }

    #[test]
    fn text_without_variables_stays(text in "[^$]*") {
        prop_assert_eq!(local_pass(&json!(&text), &known()), Ok(json!(text)));
    }

    #[test]
    fn unknown_variables_stay(name in "[a-z]{1,8}Unknown", before in "[^$]*", argument in "[a-z:]*") {
        let text = json!(format!("{before}${{{name}:{argument}}}"));
        prop_assert_eq!(local_pass(&text, &known()), Ok(text));
    }

    #[test]
    fn cutting_loses_nothing(text in text_with_variables()) {
        let again: String = pieces(&text).map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Variable(variable) => variable.text,
        }).collect();
        prop_assert_eq!(again, text);
    }
}
