//! Reads any text as the header by which a registry asks for a login.
#![no_main]

use devc::registry::realm_in;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|header: &str| {
    if let Some(realm) = realm_in(header) {
        assert!(header.to_lowercase().contains("bearer"), "only a token has a login server");
        assert!(realm.chars().all(|letter| header.contains(letter)), "an address is not made up");
    }
});
