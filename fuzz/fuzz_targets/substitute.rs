//! Resolves the variables of any text in all three passes.
#![no_main]

use devc::config::substitute::{Local, container_pass, id_pass, local_pass, unknown_variables};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    unknown_variables(text);
    let env = |name: &str| name.starts_with('H').then(|| "${localEnv:H}".to_owned());
    let known =
        Local { env: &env, workspace_folder: Some("/w"), container_workspace_folder: Some("/workspaces/w") };
    let value = json!({ "text": [text] });
    let Ok(local) = local_pass(&value, &known) else { return };
    let Ok(all) = container_pass(&id_pass(&local, "id"), &env) else { return };
    if !text.contains("${") {
        assert_eq!(all, value, "text without variables must stay");
    }
    let nothing = Local { env: &|_| None, workspace_folder: None, container_workspace_folder: None };
    if !text.contains("Env") && !text.contains("env") {
        assert_eq!(local_pass(&value, &nothing), Ok(value as Value), "what is unknown must stay");
    }
});
