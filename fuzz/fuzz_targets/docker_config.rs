//! Looks for a login in any text that claims to be the docker client's config.json.
#![no_main]

use devc::registry::login_in;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for host in ["ghcr.io", "registry-1.docker.io", "localhost:5000"] {
        if let Some(login) = login_in(text, host) {
            assert!(text.contains("auth"), "a login comes from somewhere");
            assert!(!format!("{login:?}").contains('{'), "a login is never shown");
        }
    }
});
