//! Reads any text as devcontainer.json, checks it and shows what was found.
#![no_main]

use devc::config::diagnostic::{SourceFile, render};
use devc::config::jsonc::{self, Inside, Place};
use devc::config::{legacy, schema};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = SourceFile::new("devcontainer.json", text);
    match jsonc::parse(source) {
        Ok(document) => {
            assert_readable(&document.place, &document.source.text);
            let mistakes = schema::check(&document);
            render(&document.warnings, &document.source, true);
            render(&mistakes, &document.source, false);
            legacy::modernise(document.root);
        }
        Err(rejection) => {
            render(rejection.diagnostics(), &rejection.source, false);
        }
    }
});

/// Every place must be a piece of the text.
fn assert_readable(place: &Place, text: &str) {
    for span in place.key.iter().chain([&place.value]) {
        assert!(text.get(span.start..span.end).is_some(), "{span:?} is no piece of the text");
    }
    match &place.inside {
        Inside::Nothing => {}
        Inside::Members(members) => members.iter().for_each(|(_, member)| assert_readable(member, text)),
        Inside::Elements(elements) => elements.iter().for_each(|element| assert_readable(element, text)),
    }
}
