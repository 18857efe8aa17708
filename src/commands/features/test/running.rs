//! One dev container with its tests, from the empty folder to the removal.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{TestArgs, failed_with};
use crate::collection::testing::{Test, TestProject};
use crate::commands::Context;
use crate::commands::gather;
use crate::commands::options::{ContainerArgs, OverrideArgs, WorkspaceArgs};
use crate::commands::process;
use crate::commands::up::{self, UpArgs};
use crate::engine::{Container, Engine};
use crate::error::{Error, Result};
use crate::event::{Events, Level, StepKind};
use crate::execute::Temporary;
use crate::host::files;
use crate::project::Project;
use crate::project::identity::{LOCAL_FOLDER, image_name};

/// The label by which containers of tests are known (reference CLI).
const TEST_LABEL: &str = "devcontainer.is_test_run=true";

/// How a test ended.
pub(super) struct TestResult {
    /// The test.
    pub(super) test: Test,
    /// Why it failed, if it did.
    pub(super) failure: Option<Error>,
    /// How long its script ran; nothing if it never did.
    pub(super) elapsed: Duration,
}

/// What the runs of all dev containers share.
pub(super) struct Runner<'a> {
    pub(super) engine: &'a Engine,
    pub(super) args: &'a TestArgs,
    pub(super) context: &'a Context,
    /// Where they report.
    pub(super) events: &'a Events,
}

/// A dev container that is up.
struct Ready {
    project: Project,
    container: Container,
}

impl Runner<'_> {
    /// Brings the dev container up, runs its tests one after the other, and removes it. What fails before a test can run is
    /// that test's failure.
    pub(super) async fn run(&self, project: &TestProject) -> Vec<TestResult> {
        let context = self.context.about(&project.title, self.events);
        let folder = match files::temporary_folder("devc-test-") {
            Ok(folder) => folder,
            Err(error) => return never_ran(project, &error),
        };
        let temporary = self.temporary(folder.path());
        context.temporary.add(temporary.clone());
        let results = match self.bring_up(project, folder.path(), &context).await {
            Err(error) => never_ran(project, &error),
            Ok(ready) => self.run_tests(project, &ready, folder.path(), &context).await,
        };
        if self.args.preserve_test_containers {
            // The container still uses its folder.
            let kept = folder.keep();
            context.events.notice(Level::Warning, format!("kept, with its project in {}", kept.display()));
        } else if let Err(error) = temporary.remove().await {
            context.events.notice(Level::Warning, told(&error));
        }
        context.temporary.forget(&temporary);
        results
    }

    /// What comes to exist because of a project folder. Containers of other runs have other folders.
    fn temporary(&self, folder: &Path) -> Temporary {
        Temporary {
            engine: self.engine.clone(),
            labels: labels(folder).to_vec(),
            image_prefix: image_name(folder),
            state_dir: self.context.environment.state_dir.clone(),
        }
    }

    async fn bring_up(&self, project: &TestProject, folder: &Path, context: &Context) -> Result<Ready> {
        project.write(folder)?;
        let labels = labels(folder);
        let place = folder.display().to_string();
        let words = ["--workspace-folder", &place, "--id-label", &labels[0], "--id-label", &labels[1]];
        let more = [
            "--no-lockfile",
            "--no-cache-volumes",
            "--update-remote-user-uid-default",
            "never",
            "--docker-path",
        ];
        let words = [&words[..], &more[..], &[self.engine.docker_path()]].concat();
        up::run(&UpArgs::parse(&words)?, context).await?;
        let workspace = WorkspaceArgs {
            workspace_folder: Some(folder.to_owned()),
            id_label: labels.to_vec(),
            mount_workspace_git_root: true,
            ..WorkspaceArgs::default()
        };
        let args = ContainerArgs {
            workspace,
            override_config: OverrideArgs::default(),
            container_id: None,
            engine: self.args.engine.clone(),
        };
        let project = args.project(context)?;
        let (project, container) = gather::existing_container(&args, self.engine, project, context).await?;
        Ok(Ready { project, container })
    }

    async fn run_tests(
        &self,
        project: &TestProject,
        ready: &Ready,
        folder: &Path,
        context: &Context,
    ) -> Vec<TestResult> {
        let mut results = Vec::new();
        for test in &project.tests {
            let began = Instant::now();
            let failure = self.run_test(test, ready, folder, context).await.err();
            results.push(TestResult { test: test.clone(), failure, elapsed: began.elapsed() });
        }
        results
    }

    async fn run_test(&self, test: &Test, ready: &Ready, folder: &Path, context: &Context) -> Result<()> {
        test.write(folder)?;
        let step = self.events.step(StepKind::Host, format!("Testing '{}'", test.name));
        let command = vec![format!("./{}", test.script)];
        let place = (&ready.project, &ready.container);
        let code = process::run_lines(self.engine, place, command, &test.variables, context, &step);
        let result = match code.await {
            Ok(0) => Ok(()),
            Ok(code) => Err(failed_with(code)),
            Err(error) => Err(error),
        };
        step.conclude(result)
    }
}

fn never_ran(project: &TestProject, error: &Error) -> Vec<TestResult> {
    let result = |test: &Test| TestResult {
        test: test.clone(),
        failure: Some(Error::new(error.kind(), told(error))),
        elapsed: Duration::ZERO,
    };
    project.tests.iter().map(result).collect()
}

fn labels(folder: &Path) -> [String; 2] {
    [format!("{LOCAL_FOLDER}={}", folder.display()), TEST_LABEL.to_owned()]
}

fn told(error: &Error) -> String {
    [vec![error.summary().to_owned()], error.reasons()].concat().join(": ")
}
