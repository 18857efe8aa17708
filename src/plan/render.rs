//! Plans for people and for programs: the same steps in the same order.

use serde_json::{Value, json};

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanLine {
    /// A stable name of what is done: `build-image`, `create-container`, `run-hook`.
    pub action: &'static str,
    /// On what: an image, a container, a hook.
    pub subject: String,
    /// Why, in words.
    pub cause: String,
}

impl PlanLine {
    /// A step with its cause.
    pub fn new(action: &'static str, subject: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { action, subject: subject.into(), cause: cause.into() }
    }
}

/// One line per step, causes below each other; a sentence when there is nothing to do.
pub fn render_text(lines: &[PlanLine]) -> String {
    if lines.is_empty() {
        return "Nothing to do: the dev container is running and up to date.\n".to_owned();
    }
    let heads: Vec<String> = lines.iter().map(|line| format!("{} {}", line.action, line.subject)).collect();
    let width = heads.iter().map(|head| head.chars().count()).max().unwrap_or(0).min(60);
    heads.iter().zip(lines).map(|(head, line)| format!("{head:width$}  # {}\n", line.cause)).collect()
}

/// The steps as a JSON value of stable shape.
pub fn to_json(lines: &[PlanLine]) -> Value {
    let steps: Vec<Value> = lines
        .iter()
        .map(|line| json!({"action": line.action, "subject": line.subject, "cause": line.cause}))
        .collect();
    json!({"version": 1, "steps": steps})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_as_a_table_of_steps_and_causes() {
        let lines = [
            PlanLine::new("build-image", "vsc-app", "no image of that name"),
            PlanLine::new("create-container", "from vsc-app", "there is none for this workspace"),
        ];
        insta::assert_snapshot!(render_text(&lines), @r"
        build-image vsc-app            # no image of that name
        create-container from vsc-app  # there is none for this workspace
        ");
        insta::assert_snapshot!(render_text(&[]), @"Nothing to do: the dev container is running and up to date.");
    }
}
