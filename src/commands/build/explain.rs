//! `devc build --explain`: what a build changes about the user's Dockerfile, and what it leaves alone.

use std::path::Path;

use serde_json::{Value, json};

use crate::build::read_dockerfile;
use crate::commands::context::Answer;
use crate::error::Result;
use crate::project::{DockerfileBuild, ImageBase, ImageBuild};
use crate::recipe::caching::{Cached, Outcome, Setting, Step, with_caches};
use crate::recipe::dockerfile::Variables;
use crate::stack::Tables;
use crate::ui::Table;

/// How to tell it.
pub(super) struct Form {
    /// As JSON.
    pub(super) json: bool,
    /// How wide a table may be.
    pub(super) columns: Option<usize>,
}

/// Explains what would be built. `optimize` is false where the user does not want changes.
pub(super) fn explain(build: &ImageBuild, optimize: bool, form: &Form) -> Result<Answer> {
    let from = match &build.base {
        ImageBase::Image(image) => {
            return Ok(nothing(&format!("There is no Dockerfile: the image is {image}."), form));
        }
        ImageBase::Dockerfile(_) if !optimize => {
            return Ok(nothing("Optimization is turned off: the Dockerfile is built as it is.", form));
        }
        ImageBase::Dockerfile(from) => from,
    };
    let text = read_dockerfile(&from.dockerfile, "build.dockerfile")?;
    let cached = with_caches(&text, &Tables::embedded()?, &setting(from))?;
    Ok(tell(&from.dockerfile, &cached, form))
}

fn setting(from: &DockerfileBuild) -> Setting {
    let build_args = from.args.iter().cloned().collect();
    let variables = Variables { build_args, ..Variables::default() };
    Setting { variables, target: from.target.clone(), ..Setting::default() }
}

fn nothing(why: &str, form: &Form) -> Answer {
    match form.json {
        true => Answer::Json(json!({"version": 1, "dockerfile": null, "steps": []})),
        false => Answer::Text(format!("{why}\n")),
    }
}

fn tell(path: &Path, cached: &Cached, form: &Form) -> Answer {
    if form.json {
        let steps: Vec<Value> = cached.steps.iter().map(to_json).collect();
        let answer = json!({"version": 1, "dockerfile": path, "steps": steps, "text": cached.text});
        return Answer::Json(answer);
    }
    if cached.steps.is_empty() {
        return Answer::Text(format!("{} runs nothing.\n", path.display()));
    }
    let mut table = Table::new(["LINE", "COMMAND", "RESULT", "WHY"]);
    for step in &cached.steps {
        let (outcome, why) = words(step);
        table.row([&step.line.to_string(), &step.command, outcome, why]);
    }
    Answer::Text(table.render(form.columns))
}

fn words(step: &Step) -> (&'static str, &str) {
    match &step.outcome {
        Outcome::Changed(what) => ("changed", what),
        Outcome::LeftAlone(reason) => ("left alone", reason),
    }
}

fn to_json(step: &Step) -> Value {
    let (outcome, why) = words(step);
    json!({"line": step.line, "command": step.command, "outcome": outcome, "why": why})
}
