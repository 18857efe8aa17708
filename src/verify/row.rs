//! One line of the report.

use std::time::Duration;

use super::check::Check;
use super::secrets::Finding;

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Verdict {
    Passed,
    Failed,
    Skipped,
}

/// Something that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// How long something took.
    Time(Duration),
    /// A part of a whole, in percent.
    Percent(f64),
    /// A size.
    Bytes(u64),
    /// A number of things.
    Count(usize),
}

/// What a measurement should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Less than this.
    Below(Quantity),
    /// More than this.
    Above(Quantity),
    /// This or more.
    AtLeast(Quantity),
    /// This or less.
    AtMost(Quantity),
}

/// A check with its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What was checked.
    pub check: Check,
    /// The outcome.
    pub verdict: Verdict,
    /// What was measured, where it came to that.
    pub measured: Option<Quantity>,
    /// What it was held against.
    pub limit: Option<Limit>,
    /// One sentence about it.
    pub sentence: String,
    /// The secrets that were found.
    pub findings: Vec<Finding>,
}

impl Quantity {
    /// The bare number, in seconds, percent, bytes or things.
    pub fn number(self) -> f64 {
        match self {
            Self::Time(time) => time.as_secs_f64(),
            Self::Percent(percent) => percent,
            Self::Bytes(bytes) => bytes as f64,
            Self::Count(count) => count as f64,
        }
    }

    /// What the number counts.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Time(_) => "seconds",
            Self::Percent(_) => "percent",
            Self::Bytes(_) => "bytes",
            Self::Count(_) => "count",
        }
    }
}

impl Limit {
    /// The number that a measurement is compared with.
    pub fn quantity(self) -> Quantity {
        match self {
            Self::Below(limit) | Self::Above(limit) | Self::AtLeast(limit) | Self::AtMost(limit) => limit,
        }
    }

    fn admits(self, measured: Quantity) -> bool {
        let (measured, limit) = (measured.number(), self.quantity().number());
        match self {
            Self::Below(_) => measured < limit,
            Self::Above(_) => measured > limit,
            Self::AtLeast(_) => measured >= limit,
            Self::AtMost(_) => measured <= limit,
        }
    }
}

impl Row {
    /// A check that measured something: the limit tells the verdict.
    pub fn measured(check: Check, measured: Quantity, limit: Limit, sentence: impl Into<String>) -> Self {
        let verdict = if limit.admits(measured) { Verdict::Passed } else { Verdict::Failed };
        let (measured, limit) = (Some(measured), Some(limit));
        Self { verdict, measured, limit, ..Self::skipped(check, sentence) }
    }

    /// A check with no number.
    pub fn judged(check: Check, verdict: Verdict, sentence: impl Into<String>) -> Self {
        Self { verdict, ..Self::skipped(check, sentence) }
    }

    /// A check that could not be made, and why.
    pub fn skipped(check: Check, reason: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Skipped,
            measured: None,
            limit: None,
            sentence: reason.into(),
            findings: Vec::new(),
        }
    }

    /// A search for secrets: there should be none.
    pub fn searched(check: Check, findings: Vec<Finding>, sentence: impl Into<String>) -> Self {
        let none = Limit::AtMost(Quantity::Count(0));
        Self {
            findings: findings.clone(),
            ..Self::measured(check, Quantity::Count(findings.len()), none, sentence)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(measured: f64, limit: impl Fn(Quantity) -> Limit, expected: Verdict) {
        let row =
            Row::measured(Check::Cached, Quantity::Percent(measured), limit(Quantity::Percent(80.0)), "");
        assert_eq!(row.verdict, expected);
    }

    #[test]
    fn limits_say_whether_they_are_part_of_what_is_good() {
        check(80.0, Limit::Above, Verdict::Failed);
        check(80.0, Limit::AtLeast, Verdict::Passed);
        check(80.0, Limit::Below, Verdict::Failed);
        check(80.0, Limit::AtMost, Verdict::Passed);
        check(79.9, Limit::Below, Verdict::Passed);
    }

    #[test]
    fn one_secret_is_too_many() {
        let finding = Finding { place: ".env".to_owned(), line: None, kind: "environment file".to_owned() };
        assert_eq!(Row::searched(Check::ContextSecrets, Vec::new(), "").verdict, Verdict::Passed);
        assert_eq!(Row::searched(Check::ContextSecrets, vec![finding], "").verdict, Verdict::Failed);
    }
}
