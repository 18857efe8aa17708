//! The checks that build the project's image, from a copy of its build context.

use super::context_checks::ContextChecks;
use super::subject::Subject;
use super::{VerifyArgs, cache_mounts, image_secrets};
use crate::build::{BuildOutcome, Summary};
use crate::commands::Context;
use crate::commands::project_edit::{self, Change, Target};
use crate::commands::wanted_features::WantedFeatures;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::execute::{Builder, Trial};
use crate::host::ContextCopy;
use crate::host::trust::HostTrust;
use crate::project::{ImageBase, ImageBuild};
use crate::ui::words;
use crate::verify::{Check, Limit, Limits, Quantity, Row, Span, Verdict, most_at_once};

/// Everything that the builds of all checks have in common.
pub(super) struct Builds<'a> {
    args: &'a VerifyArgs,
    subject: &'a Subject,
    files: &'a ContextChecks,
    context: &'a Context,
    engine: Engine,
    trust: Option<HostTrust>,
    limits: Limits,
}

impl<'a> Builds<'a> {
    /// Finds the engine; builds nothing yet.
    pub fn new(
        args: &'a VerifyArgs,
        subject: &'a Subject,
        files: &'a ContextChecks,
        context: &'a Context,
    ) -> Result<Self> {
        let engine = context.engine(&args.engine)?;
        let trust = args.trust.gather(context);
        Ok(Self { args, subject, files, context, engine, trust, limits: args.limits() })
    }

    /// Makes those of the checks that are wanted.
    pub async fn rows(&self, wanted: &[Check]) -> Result<Vec<Row>> {
        let buildx = self.args.build.buildx(self.context, &self.engine);
        let builder = Builder {
            engine: &self.engine,
            buildx: &buildx,
            trust: self.trust.as_ref(),
            events: &self.context.events,
            options: self.args.build.builder_options(&self.subject.project, self.context)?,
        };
        let mut rows = Vec::new();
        if wanted.contains(&Check::CacheMounts) {
            rows.push(cache_mounts::row(&builder, self.subject.base_image()).await?);
        }
        if wanted.iter().any(|check| check.builds()) {
            let copy = ContextCopy::new(|to| self.files.context.copy(to))?;
            let trial = self.trial(&builder, &copy).await?;
            rows.extend(self.image_rows(&trial, &copy, wanted).await?);
        }
        Ok(rows)
    }

    /// The build that `devc build` would make, from the copy.
    async fn trial<'b>(&self, builder: &'b Builder<'b>, copy: &ContextCopy) -> Result<Trial<'b>> {
        let Subject { project, build, .. } = self.subject;
        let policy = self.args.lockfile.policy(&self.context.events);
        let wanted = WantedFeatures::gather(project, &self.args.features, policy, self.context)?;
        let features = wanted.load_to_install(self.context, &self.args.registry).await?;
        let name = format!("devc-verify-{}", &project.id);
        let image = ImageBuild::new(ImageBase::Dockerfile(Box::new(build.clone())), name);
        let mut request = builder.request_for(project, &image, &features).await?;
        request.context = Some(copy.path().to_owned());
        Ok(Trial::new(builder, request))
    }

    /// All checks on the image. They rest on a first build: without that, all have failed.
    async fn image_rows(&self, trial: &Trial<'_>, copy: &ContextCopy, wanted: &[Check]) -> Result<Vec<Row>> {
        let is_wanted = |check| wanted.contains(&check);
        let mut rows = Vec::new();
        if is_wanted(Check::Stages) {
            rows.push(self.stages_row(trial).await?);
        }
        if let Err(error) = trial.build_and_keep("Building the image").await {
            let row = failed_row(Check::Rebuild, "the image cannot be built", error)?;
            let failed = wanted.iter().filter(|check| check.builds() && **check != Check::Stages);
            rows.extend(failed.map(|check| Row { check: *check, ..row.clone() }));
            return Ok(rows);
        }
        let base = self.subject.base_image();
        let secrets = match is_wanted(Check::ImageSecrets) {
            true => Some(image_secrets::row(&self.engine, trial.name(), base).await),
            false => None,
        };
        // Also when nothing could be said about it.
        trial.remove_image().await?;
        rows.extend(secrets.transpose()?);
        if is_wanted(Check::Cached) || is_wanted(Check::Rebuild) {
            rows.extend(self.rebuild_rows(&trial.build("Building the same again").await?));
        }
        let edits = [(Check::SourceEdit, Target::Source), (Check::DependencyEdit, Target::Dependency)];
        for (check, target) in edits.into_iter().filter(|(check, _)| is_wanted(*check)) {
            rows.push(self.edit_row(check, target, trial, copy).await?);
        }
        if is_wanted(Check::Parallel) {
            rows.push(self.parallel_row(trial).await?);
        }
        Ok(rows)
    }

    /// Builds one stage after the other, so that each failure has a name.
    async fn stages_row(&self, trial: &Trial<'_>) -> Result<Row> {
        let stages = self.subject.facts.named_stages();
        if stages.is_empty() {
            return Ok(Row::skipped(Check::Stages, "no stage of the Dockerfile has a name"));
        }
        let mut broken = Vec::new();
        for stage in &stages {
            if let Err(error) = trial.build_stage(stage).await {
                told_by_the_build(error)?;
                broken.push(*stage);
            }
        }
        let sentence = match broken.is_empty() {
            true => "every stage builds on its own".to_owned(),
            false => format!("these stages do not build: {}", words::list(&broken)),
        };
        let (built, all) = (stages.len() - broken.len(), Quantity::Count(stages.len()));
        Ok(Row::measured(Check::Stages, Quantity::Count(built), Limit::AtLeast(all), sentence))
    }

    fn rebuild_rows(&self, outcome: &BuildOutcome) -> [Row; 2] {
        let Summary { cached, total, .. } = outcome.summary;
        let share = Quantity::Percent(if total == 0 { 100.0 } else { cached as f64 / total as f64 * 100.0 });
        let limit = Limit::Above(Quantity::Percent(self.limits.cached));
        let sentence = format!("{cached} of {total} steps were in the cache when nothing had changed");
        [
            Row::measured(Check::Cached, share, limit, sentence),
            self.time_row(Check::Rebuild, outcome, "nothing had changed"),
        ]
    }

    /// Changes one file of the copy, and builds.
    async fn edit_row(
        &self,
        check: Check,
        target: Target,
        trial: &Trial<'_>,
        copy: &ContextCopy,
    ) -> Result<Row> {
        let Some(Change { file, adds }) = project_edit::change(copy.path(), target)? else {
            return Ok(Row::skipped(check, "nothing that is sent along tells how to make such a change"));
        };
        let cause = match adds {
            Some(package) => format!("{package} was added to {file}"),
            None => format!("a line was added to {file}"),
        };
        match trial.build(&format!("Building after {cause}")).await {
            Ok(outcome) => {
                let Summary { cached, total, .. } = outcome.summary;
                let sentence = format!("{cause}; {cached} of {total} steps were in the cache");
                Ok(self.time_row(check, &outcome, sentence))
            }
            Err(error) => {
                failed_row(check, &format!("{cause}, and then the image could not be built"), error)
            }
        }
    }

    fn time_row(&self, check: Check, outcome: &BuildOutcome, sentence: impl Into<String>) -> Row {
        let limit = Limit::Below(Quantity::Time(self.limits.rebuild));
        Row::measured(check, Quantity::Time(outcome.duration), limit, sentence)
    }

    /// Runs stages again that do not need each other, and looks at the times of their steps.
    async fn parallel_row(&self, trial: &Trial<'_>) -> Result<Row> {
        let independent = self.subject.facts.side_by_side();
        if independent.len() < 2 {
            return Ok(Row::skipped(Check::Parallel, "no two stages are independent of each other"));
        }
        let spans = match trial.run_again(&independent).await {
            Ok(outcome) => spans(outcome.summary),
            Err(error) => return failed_row(Check::Parallel, "the stages cannot be run again", error),
        };
        let together = most_at_once(&spans);
        let sentence = match together.len() {
            0 => "none of their steps ran again".to_owned(),
            1 => "one stage ran after the other".to_owned(),
            _ => format!("{} ran at the same time", words::list(&together.iter().collect::<Vec<_>>())),
        };
        let possible = self.limits.parallel.min(independent.len());
        let limit = Limit::AtLeast(Quantity::Count(possible));
        Ok(Row::measured(Check::Parallel, Quantity::Count(together.len()), limit, sentence))
    }
}

/// When the stages of a build were at work.
fn spans(summary: Summary) -> Vec<Span> {
    let ran = summary.steps.into_iter().filter(|step| !step.cached);
    ran.filter_map(|step| Some(Span { stage: step.stage?, start: step.start, end: step.end })).collect()
}

/// The row of a check whose build failed.
fn failed_row(check: Check, what: &str, error: Error) -> Result<Row> {
    let sentence = format!("{what}: {}", error.summary());
    told_by_the_build(error)?;
    Ok(Row::judged(check, Verdict::Failed, sentence))
}

/// A failure that is a verdict on the Dockerfile; others, such as an engine that cannot be reached, are handed on.
pub(super) fn told_by_the_build(error: Error) -> Result<()> {
    use crate::error::ErrorKind::{EngineUnavailable, Interrupted, NotFound};
    match error.kind() {
        EngineUnavailable | Interrupted | NotFound => Err(error),
        _ => Ok(()),
    }
}
