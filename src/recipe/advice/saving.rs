//! What an edit of a Dockerfile saves: counted, and measured where the same instructions have been built before.

use std::time::Duration;

use crate::recipe::dockerfile::Instruction;

/// How long an instruction took when it was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// As builds show it: `[2/5] RUN npm ci`, cut with `...` where it is long.
    pub step: String,
    /// How long it took.
    pub took: Duration,
    /// When that was.
    pub date: String,
}

/// What an edit of the source repeats no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saving {
    /// How many commands an edit of the source repeats, as the Dockerfile is.
    pub repeats: usize,
    /// And in the improved one.
    pub repeats_then: usize,
    /// How long the instructions took from which the others come; `None` where nobody has measured it.
    pub measured: Option<Took>,
}

/// Time that was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Took {
    /// How long.
    pub time: Duration,
    /// When that was.
    pub date: String,
    /// Whether it holds commands, too, that go on being repeated.
    pub at_most: bool,
}

/// The time of instructions; `None` unless each of them was measured.
pub(super) fn took<'a>(
    runs: impl Iterator<Item = &'a Instruction>,
    measured: &[Measured],
    at_most: bool,
) -> Option<Took> {
    let found: Vec<&Measured> =
        runs.map(|run| measured.iter().find(|one| one.is_of(run))).collect::<Option<_>>()?;
    let time = found.iter().map(|one| one.took).sum();
    found.first().map(|first| Took { time, date: first.date.clone(), at_most })
}

impl Measured {
    fn is_of(&self, run: &Instruction) -> bool {
        let shown = self.step.split_once("] ").map_or(self.step.as_str(), |(_, shown)| shown);
        let words = run.arguments.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = format!("{} {words}", run.keyword.to_ascii_uppercase());
        match shown.strip_suffix("...") {
            Some(beginning) => text.starts_with(beginning),
            None => text == shown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::dockerfile::lex;

    fn time_of(step: &str) -> Option<u64> {
        let source = lex("FROM a\nRUN  npm ci \\\n   --omit=dev\n").unwrap();
        let measured = [Measured {
            step: step.to_owned(),
            took: Duration::from_secs(41),
            date: "2026-01-02".to_owned(),
        }];
        took(source.instructions.iter().skip(1), &measured, false).map(|took| took.time.as_secs())
    }

    #[test]
    fn an_instruction_is_known_by_its_text() {
        assert_eq!(time_of("[dev 2/5] RUN npm ci --omit=dev"), Some(41));
        assert_eq!(time_of("[2/5] RUN npm ci --om..."), Some(41));
        assert_eq!(time_of("[2/5] RUN npm ci"), None);
        assert_eq!(time_of("[2/5] COPY . ."), None);
    }
}
