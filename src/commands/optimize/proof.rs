//! Both Dockerfiles built, as they were and as they become, and both images compared.

use std::time::Duration;

use super::{OptimizeArgs, Subject};
use crate::archive::root_files::differences;
use crate::build::{BuildOutcome, Buildx};
use crate::commands::Context;
use crate::commands::context_files::ContextFiles;
use crate::commands::options::buildx_places;
use crate::commands::project_edit::{self, Target};
use crate::error::Result;
use crate::execute::{Builder, BuilderOptions, Trial};
use crate::host::{ContextCopy, day, now_seconds, unique_id};
use crate::recipe::advice::{Advice, Measured};
use crate::recipe::docker_ignore::DockerIgnore;
use crate::recipe::dockerfile::with_argument;

/// A build argument with a new value for each round, so that no step is known from an earlier one.
const ROUND: &str = "DEVC_PROVE_ROUND";

/// What is done before a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Nothing, and no step is known.
    Cold,
    /// A source file is edited.
    Source,
    /// A dependency is edited.
    Dependency,
}

/// What a build took.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub time: Duration,
    /// Steps whose earlier result was used.
    pub cached: usize,
    pub total: usize,
}

/// The medians of one kind of build: before and after.
pub(super) struct Row {
    pub work: Work,
    pub samples: [Sample; 2],
}

/// What the builds have shown.
pub(super) struct Proof {
    pub rounds: usize,
    pub rows: Vec<Row>,
    /// The sizes of both images in bytes.
    pub sizes: [u64; 2],
    /// What is not the same in both images.
    pub differences: Vec<String>,
    /// How long the steps of the Dockerfile took, as it was.
    pub measured: Vec<Measured>,
}

/// One of both Dockerfiles.
struct Version<'a> {
    name: &'static str,
    dockerfile: &'a str,
    ignored: &'a str,
}

/// A Dockerfile with a copy of its context, for the builds of one round.
struct Side<'a> {
    name: &'static str,
    copy: ContextCopy,
    trial: Trial<'a>,
}

/// Builds, round for round.
struct Prover<'a> {
    subject: &'a Subject,
    versions: [Version<'a>; 2],
    target: Option<&'a str>,
    builder: &'a Builder<'a>,
    taken: Vec<(Work, [Vec<Sample>; 2])>,
    sizes: [u64; 2],
    differences: Vec<String>,
    measured: Vec<Measured>,
}

impl Work {
    const ALL: [Self; 3] = [Self::Cold, Self::Source, Self::Dependency];

    pub fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Source => "source edit",
            Self::Dependency => "dependency edit",
        }
    }

    fn target(self) -> Option<Target> {
        match self {
            Self::Cold => None,
            Self::Source => Some(Target::Source),
            Self::Dependency => Some(Target::Dependency),
        }
    }
}

impl Proof {
    /// Builds the Dockerfile as it is and as the advice has it.
    pub async fn of(
        args: &OptimizeArgs,
        subject: &Subject,
        advice: &Advice,
        context: &Context,
    ) -> Result<Self> {
        let engine = context.engine(&args.engine)?;
        let buildx = Buildx::find(&buildx_places(engine.docker_path(), &engine.endpoint().address, context));
        let trust = args.trust.gather(context);
        let options = BuilderOptions {
            secrets: args.secrets.secrets(&context.environment)?,
            ssh: args.secrets.ssh.clone(),
            ..BuilderOptions::default()
        };
        let events = &context.events;
        let builder = Builder { engine: &engine, buildx: &buildx, trust: trust.as_ref(), events, options };
        let before = Version { name: "before", dockerfile: &subject.dockerfile, ignored: &subject.ignored };
        let after = Version { name: "after", dockerfile: &advice.improved, ignored: &advice.ignore_file };
        let mut prover = Prover {
            subject,
            versions: [before, after],
            target: args.target.as_deref(),
            builder: &builder,
            taken: Work::ALL.map(|work| (work, [Vec::new(), Vec::new()])).into(),
            sizes: [0; 2],
            differences: Vec::new(),
            measured: Vec::new(),
        };
        for round in 0..usize::from(args.rounds) {
            prover.round(round).await?;
        }
        Ok(prover.proof(usize::from(args.rounds)))
    }
}

impl<'a> Prover<'a> {
    /// One build of each kind on each side. Who comes first changes from round to round.
    async fn round(&mut self, round: usize) -> Result<()> {
        let sides = [self.side(0).await?, self.side(1).await?];
        let order = if round.is_multiple_of(2) { [0, 1] } else { [1, 0] };
        for at in 0..Work::ALL.len() {
            let work = Work::ALL[at];
            for number in order {
                self.build(work, number, &sides[number]).await?;
            }
            if work == Work::Cold && round == 0 {
                let before = sides[0].trial.files("Reading the image before").await?;
                let after = sides[1].trial.files("Reading the image after").await?;
                self.differences = differences(&before, &after);
            }
        }
        Ok(())
    }

    async fn side(&self, number: usize) -> Result<Side<'a>> {
        let Version { name, dockerfile, ignored } = &self.versions[number];
        let files = ContextFiles::walk(&self.subject.root, &DockerIgnore::parse(ignored)?)?;
        let copy = ContextCopy::new(|to| files.copy(to))?;
        let mark = unique_id();
        let text = with_argument(dockerfile, ROUND, &mark)?;
        let image = format!("devc-optimize-{name}-{mark}");
        let trial = Trial::of_text(self.builder, &text, copy.path(), self.target, image).await?;
        Ok(Side { name, copy, trial })
    }

    /// Edits the copy and builds; nothing where no stack says how such an edit is made.
    async fn build(&mut self, work: Work, number: usize, side: &Side<'_>) -> Result<()> {
        if let Some(target) = work.target()
            && project_edit::change(side.copy.path(), target)?.is_none()
        {
            return Ok(());
        }
        let outcome = side.trial.build_and_keep(&format!("Building {}: {}", side.name, work.name())).await?;
        let image = self.builder.engine.inspect_image(side.trial.name()).await;
        side.trial.remove_image().await?;
        if work == Work::Cold {
            self.sizes[number] = image?.unwrap_or_default().size;
        }
        if work == Work::Cold && number == 0 {
            self.measured = measured(&outcome);
        }
        let taken = self.taken.iter_mut().find(|(of, _)| *of == work);
        let sample =
            Sample { time: outcome.duration, cached: outcome.summary.cached, total: outcome.summary.total };
        taken.into_iter().for_each(|(_, samples)| samples[number].push(sample.clone()));
        Ok(())
    }

    fn proof(self, rounds: usize) -> Proof {
        let row = |(work, [before, after]): (Work, [Vec<Sample>; 2])| {
            Some(Row { work, samples: [median(before)?, median(after)?] })
        };
        Proof {
            rounds,
            rows: self.taken.into_iter().filter_map(row).collect(),
            sizes: self.sizes,
            differences: self.differences,
            measured: self.measured,
        }
    }
}

fn measured(outcome: &BuildOutcome) -> Vec<Measured> {
    let ran = outcome.summary.steps.iter().filter(|step| !step.cached);
    let today = day(now_seconds());
    ran.map(|step| Measured {
        step: step.name.clone(),
        took: step.end.saturating_sub(step.start),
        date: today.clone(),
    })
    .collect()
}

/// The sample in the middle; of two, the faster one.
fn median(mut samples: Vec<Sample>) -> Option<Sample> {
    samples.sort_by_key(|sample| sample.time);
    let middle = samples.len().checked_sub(1)? / 2;
    Some(samples.swap_remove(middle))
}
