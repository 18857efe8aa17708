//! What is said about tests when all have ended.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::running::TestResult;

/// All results, in the order of the plan.
pub(super) struct Report {
    results: Vec<TestResult>,
}

impl Report {
    pub(super) fn new(mut results: Vec<TestResult>) -> Self {
        results.sort_by_key(|result| result.test.position);
        Self { results }
    }

    pub(super) fn exit_code(&self) -> u8 {
        u8::from(self.failed() > 0)
    }

    /// For people, and for scripts that look for the reference CLI's lines.
    pub(super) fn text(&self) -> String {
        let mut text = "\n================== TEST REPORT ==================\n".to_owned();
        for TestResult { test, failure, elapsed } in &self.results {
            let _ = match failure {
                None => writeln!(text, "✅ Passed:      '{}' ({})", test.name, seconds(*elapsed)),
                Some(error) => {
                    let reason = error.summary().lines().next().unwrap_or_default();
                    writeln!(text, "❌ Failed:      '{}' ({}): {reason}", test.name, seconds(*elapsed))
                }
            };
        }
        let passed = self.results.len() - self.failed();
        let _ = writeln!(text, "\n{passed} passed, {} failed", self.failed());
        text
    }

    /// For programs: one line.
    pub(super) fn json(&self) -> String {
        let results = self.results.iter().map(|TestResult { test, failure, elapsed }| {
            json!({
                "name": test.name,
                "feature": test.feature,
                "script": test.folder.join(&test.script),
                "outcome": if failure.is_none() { "passed" } else { "failed" },
                "reason": failure.as_ref().map(|error| error.summary()),
                "seconds": elapsed.as_secs_f64(),
            })
        });
        format!("{}\n", results.collect::<Value>())
    }

    fn failed(&self) -> usize {
        self.results.iter().filter(|result| result.failure.is_some()).count()
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
