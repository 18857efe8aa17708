//! Gives caches to any text that passes for a Dockerfile, twice: the second time must change nothing.
#![no_main]

use std::sync::LazyLock;

use devc::recipe::caching::{Setting, with_caches, with_written_caches};
use devc::recipe::dockerfile::{BuildTrust, Trusted, lex, with_host_trust};
use devc::stack::Tables;
use libfuzzer_sys::fuzz_target;

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::embedded().expect("the tables are sound"));

fuzz_target!(|text: &str| {
    let once = |text: &str| with_caches(text, &TABLES, &Setting::default());
    let Ok(cached) = once(text) else { return };
    let again = once(&cached.text).expect("what was written can be read");
    assert_eq!(again.text, cached.text, "twice is once");
    let written = |text: &str| with_written_caches(text, &TABLES).expect("what can be read once can be read again").text;
    let for_people = written(text);
    assert_eq!(written(&for_people), for_people, "twice is once");
    let count = |text: &str| lex(text).map(|source| source.instructions.len()).ok();
    assert_eq!(count(&cached.text), count(text), "no instruction comes or goes");
    let trust = BuildTrust::new("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
    if let Ok(Trusted::Changed(trusted)) = with_host_trust(&cached.text, &trust) {
        assert_eq!(once(&trusted).expect("what was written can be read").text, trusted);
    }
});
