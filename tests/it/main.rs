//! Tests of the program as a user meets it: the real binary, in an emptied environment, without an engine.
//!
//! Each test says what was typed and shows all that came back: exit code, stdout, stderr. See `sandbox`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod architecture;
mod backups;
mod bad_input;
mod completions;
mod config;
mod discovery;
mod doctor;
mod documents;
mod engine_down;
mod events;
mod examples;
mod exit_codes;
mod explain;
mod generate;
mod help;
mod init;
mod install_alias;
mod install_hook;
mod optimize;
mod output;
mod own_devcontainer;
mod prebuild;
mod reference;
mod sandbox;
mod secrets;
mod setup;
mod stack;
mod templates;
mod usage;
mod variables;
mod verify;
mod workspace;

use std::collections::BTreeSet;
use std::path::Path;

/// The checkout that is tested.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_file_of_this_folder_is_a_module() {
    let folder = repository().join("tests/it");
    let files: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(".rs")?.to_owned()))
        .filter(|name| name != "main")
        .collect();
    let main = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    let modules: BTreeSet<String> = main
        .lines()
        .filter_map(|line| Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned()))
        .collect();
    assert_eq!(files, modules, "a file that is no module is never compiled");
}
