//! Reads any bytes as a history of runs. What was read tells the same when it is written and read again.
#![no_main]

use devc::history::{self, Metrics, Run};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let runs = history::read(bytes);
    let lines: Vec<String> = runs.iter().map(Run::to_line).collect();
    assert_eq!(history::read(lines.join("\n").as_bytes()), runs);
    assert_eq!(Metrics::of(&runs), Metrics::of(&runs), "the same runs tell the same");
});
