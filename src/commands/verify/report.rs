//! The rows of a report, for people and for programs.

use serde_json::{Value, json};

use super::subject::Subject;
use crate::ui::{Table, words};
use crate::verify::secrets::Finding;
use crate::verify::{Limit, Quantity, Row, Verdict};

/// Whether a check failed.
pub(super) fn has_failed(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.verdict == Verdict::Failed)
}

/// A table, then what has to be mended, in whole sentences.
pub(super) fn to_text(rows: &[Row], columns: Option<usize>) -> String {
    let mut table = Table::new(["CHECK", "RESULT", "MEASURED", "LIMIT", "ABOUT"]);
    for row in rows {
        table.row([
            row.check.name().to_owned(),
            verdict(row.verdict).to_owned(),
            row.measured.map(quantity).unwrap_or_default(),
            row.limit.map(limit).unwrap_or_default(),
            row.sentence.clone(),
        ]);
    }
    let failed = rows.iter().filter(|row| row.verdict == Verdict::Failed);
    let mut text = table.render(columns);
    for row in failed {
        text += &format!("\n{}: {}\n", row.check.name(), row.sentence);
        text.extend(row.findings.iter().map(|finding| format!("  {}: {}\n", place(finding), finding.kind)));
    }
    text + &format!("\n{}\n", counts(rows))
}

/// One object, in a form that stays.
pub(super) fn to_json(subject: &Subject, rows: &[Row]) -> Value {
    json!({
        "version": 1,
        "outcome": if has_failed(rows) { "failed" } else { "passed" },
        "dockerfile": subject.build.dockerfile,
        "context": subject.build.context,
        "checks": rows.iter().map(check).collect::<Vec<_>>(),
    })
}

fn check(row: &Row) -> Value {
    json!({
        "name": row.check.name(),
        "verdict": verdict(row.verdict),
        "measured": row.measured.map(Quantity::number),
        "limit": row.limit.map(|limit| json!({ "is": comparison(limit), "value": limit.quantity().number() })),
        "unit": row.measured.map(Quantity::unit),
        "about": row.sentence,
        "findings": row.findings.iter()
            .map(|finding| json!({ "place": finding.place, "line": finding.line, "kind": finding.kind }))
            .collect::<Vec<_>>(),
    })
}

/// How many checks came out how.
fn counts(rows: &[Row]) -> String {
    let count = |wanted: Verdict| {
        let number = rows.iter().filter(|row| row.verdict == wanted).count();
        (number > 0).then(|| format!("{number} {}", verdict(wanted)))
    };
    let counts = [Verdict::Passed, Verdict::Failed, Verdict::Skipped].into_iter().filter_map(count);
    words::list(&counts.collect::<Vec<_>>())
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::Skipped => "skipped",
    }
}

fn comparison(limit: Limit) -> &'static str {
    match limit {
        Limit::Below(_) => "below",
        Limit::Above(_) => "above",
        Limit::AtLeast(_) => "at least",
        Limit::AtMost(_) => "at most",
    }
}

fn limit(limit: Limit) -> String {
    let sign = match limit {
        Limit::Below(_) => "<",
        Limit::Above(_) => ">",
        Limit::AtLeast(_) => "≥",
        Limit::AtMost(_) => "≤",
    };
    format!("{sign} {}", quantity(limit.quantity()))
}

fn quantity(quantity: Quantity) -> String {
    match quantity {
        Quantity::Time(time) => words::duration(time),
        Quantity::Percent(percent) => format!("{percent:.0} %"),
        Quantity::Bytes(bytes) => words::bytes(bytes),
        Quantity::Count(count) => count.to_string(),
    }
}

/// `file:line`, as editors and terminals make links of it.
fn place(finding: &Finding) -> String {
    match finding.line {
        Some(line) => format!("{}:{line}", finding.place),
        None => finding.place.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Check;

    #[test]
    fn what_failed_is_told_in_whole_sentences_below_the_table() {
        let finding =
            Finding { place: "keys/a.pem".to_owned(), line: Some(3), kind: "private key".to_owned() };
        let size = |limit| Limit::Below(Quantity::Bytes(limit));
        let rows = [
            Row::judged(Check::CacheMounts, Verdict::Passed, "it was found"),
            Row::skipped(Check::Parallel, "no two stages are independent of each other"),
            Row::measured(
                Check::ContextSize,
                Quantity::Bytes(2_000_000),
                size(50_000_000),
                "at most 3 files are sent",
            ),
            Row::searched(Check::ContextSecrets, vec![finding], "hide these files"),
        ];
        insta::assert_snapshot!(to_text(&rows, Some(60)), @"
        CHECK           RESULT   MEASURED  LIMIT      ABOUT
        cache-mounts    passed                        it was found
        parallel        skipped                       no two stages…
        context-size    passed   2.0 MB    < 50.0 MB  at most 3 fil…
        context-secre…  failed   1         ≤ 0        hide these fi…

        context-secrets: hide these files
          keys/a.pem:3: private key

        2 passed, 1 failed and 1 skipped
        ");
    }
}
