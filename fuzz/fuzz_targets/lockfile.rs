//! Reads any text as devcontainer-lock.json, and writes again what was accepted.
#![no_main]

use std::path::Path;

use devc::features::Lockfile;
use devc::features::lockfile::Decision;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let path = Path::new("devcontainer-lock.json");
    let Ok(Some(lockfile)) = Lockfile::parse(text, path) else { return };
    let written = lockfile.text();
    let again = Lockfile::parse(&written, path).expect("what was written can be read").expect("it is not empty");
    assert_eq!(again.text(), written, "writing is stable");
    assert_eq!(lockfile.decide(Some(&again)), Decision::Keep);
    assert!(lockfile.check_frozen(Some(&again)).is_ok());
});
