//! Keep, start, create or replace the container; and what a new one looks like.

use crate::config::{RequestedMount, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::name::ContainerId;
use crate::plan::{Change, PlanLine};

/// Everything that makes a container, independent of how the engine is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerSpec {
    /// The image.
    pub image: String,
    /// Labels, in order; later ones win.
    pub labels: Vec<(String, String)>,
    /// The environment of the main process, in order; later ones win.
    pub environment: Vec<(String, String)>,
    /// The user of the main process; `None` for the image's.
    pub user: Option<String>,
    /// What is mounted.
    pub mounts: Vec<RequestedMount>,
    /// Published ports as the docker client's `-p` takes them.
    pub ports: Vec<String>,
    /// Words for the docker client, as written in `runArgs`.
    pub run_args: Vec<String>,
    /// Run a small init as process 1.
    pub init: bool,
    /// Give all privileges.
    pub privileged: bool,
    /// Linux capabilities to add.
    pub cap_add: Vec<String>,
    /// Security options.
    pub security_opt: Vec<String>,
    /// Give all GPUs.
    pub gpus: bool,
    /// The script that `/bin/sh -c` runs as the main process.
    pub script: String,
    /// What the script gets as `"$@"`: the entrypoint that would run without it ...
    pub entrypoint: Vec<String>,
    /// ... and its command.
    pub command: Vec<String>,
}

/// What to do when the configuration has changed since the container was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rebuild {
    /// Say so and keep the container.
    #[default]
    Never,
    /// Replace the container when it does not fit any more.
    Auto,
    /// Replace the container in any case.
    Always,
}

/// What to do with the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerDecision {
    /// It runs.
    Keep(ContainerId),
    /// It exists but does not run.
    Start(ContainerId),
    /// It is frozen.
    Unpause(ContainerId),
    /// There is none.
    Create,
    /// A new one takes its place.
    Replace {
        /// The one to go.
        old: ContainerId,
        /// Why.
        cause: String,
    },
}

/// How the container may be dealt with.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContainerOptions {
    /// Replace it in any case (`--remove-existing-container`).
    pub remove_existing: bool,
    /// It must be there already (`--expect-existing-container`).
    pub expect_existing: bool,
    /// What to do when it does not fit any more.
    pub rebuild: Rebuild,
}

/// The parts of a container's state that the decision rests on.
#[derive(Clone, Debug)]
pub struct Existing {
    /// Its id.
    pub id: ContainerId,
    /// Its main process runs (or is being started again by the engine).
    pub is_running: bool,
    /// It is frozen.
    pub is_paused: bool,
    /// The engine failed to remove it, so it can only be removed again.
    pub is_dead: bool,
}

/// Decides what to do with the container, given how the configuration differs from it.
pub fn decide(
    existing: Option<&Existing>,
    changes: &[Change],
    options: ContainerOptions,
) -> Result<ContainerDecision> {
    let Some(existing) = existing else {
        if options.expect_existing {
            return Err(Error::new(ErrorKind::NotFound, "The expected container does not exist.")
                .hint("Run `devc up` without --expect-existing-container to create it."));
        }
        return Ok(ContainerDecision::Create);
    };
    let old = existing.id.clone();
    let replace = |cause: String| Ok(ContainerDecision::Replace { old: existing.id.clone(), cause });
    if options.remove_existing {
        return replace("--remove-existing-container was given".to_owned());
    }
    match options.rebuild {
        Rebuild::Always => return replace("--rebuild=always was given".to_owned()),
        Rebuild::Auto if !changes.is_empty() => return replace(format!("{} changed", name_changes(changes))),
        _ => {}
    }
    Ok(match existing {
        Existing { is_dead: true, .. } => {
            return replace("the engine could not remove it earlier".to_owned());
        }
        Existing { is_paused: true, .. } => ContainerDecision::Unpause(old),
        Existing { is_running: true, .. } => ContainerDecision::Keep(old),
        _ => ContainerDecision::Start(old),
    })
}

/// The names of what changed: `image, mounts and the Dockerfile`.
pub fn name_changes(changes: &[Change]) -> String {
    let names: Vec<&str> = changes.iter().map(|change| change.property.as_str()).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

impl ContainerDecision {
    /// Whether a new container is made, and so an image is needed.
    pub fn makes_container(&self) -> bool {
        matches!(self, Self::Create | Self::Replace { .. })
    }

    /// The steps to show.
    pub fn lines(&self, image: &str) -> Vec<PlanLine> {
        let create = |cause: &str| PlanLine::new("create-container", format!("from {image}"), cause);
        match self {
            Self::Keep(_) => Vec::new(),
            Self::Start(id) => {
                vec![PlanLine::new("start-container", id.short(), "it exists but does not run")]
            }
            Self::Unpause(id) => vec![PlanLine::new("unpause-container", id.short(), "it is paused")],
            Self::Create => vec![create("there is none for this workspace")],
            Self::Replace { old, cause } => vec![
                PlanLine::new("stop-container", old.short(), cause),
                create("it takes the place of the old one"),
                PlanLine::new("remove-container", old.short(), "the new one has started"),
            ],
        }
    }
}

/// The main process: tells that it started, runs the entrypoints of Features, becomes the image's own command where
/// that is wanted, and else waits for ever (asleep in the background, so that a stop signal is seen at once).
fn script(entrypoints: &[String]) -> String {
    let mut lines = vec!["echo Container started".to_owned(), "trap \"exit 0\" 15".to_owned()];
    lines.extend(entrypoints.iter().cloned());
    lines.push("exec \"$@\"".to_owned());
    lines.push("while sleep 1 & wait $!; do :; done".to_owned());
    lines.join("\n")
}

/// What comes from outside the merged settings.
#[derive(Clone, Debug, Default)]
pub struct SpecInputs {
    /// The image.
    pub image: String,
    /// What runs unless the container is only kept alive.
    pub own_command: OwnCommand,
    /// Identity, metadata and fingerprint.
    pub labels: Vec<(String, String)>,
    /// The workspace and, for a worktree, the main repository.
    pub workspace_mounts: Vec<RequestedMount>,
    /// `--mount` of the command line.
    pub extra_mounts: Vec<RequestedMount>,
    /// Variables that the configuration may override: proxies and certificates of the host.
    pub host_environment: Vec<(String, String)>,
    /// `appPort`.
    pub ports: Vec<String>,
    /// `runArgs`.
    pub run_args: Vec<String>,
    /// Whether GPUs are given.
    pub gpus: bool,
}

/// What an image or a service runs by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnCommand {
    /// Its entrypoint.
    pub entrypoint: Vec<String>,
    /// Its command.
    pub command: Vec<String>,
    /// Whether it runs when `overrideCommand` is not said, as services do and images do not (reference, 5.9.5).
    pub by_default: bool,
}

/// Describes the container for merged settings.
pub fn spec(settings: &Settings, inputs: SpecInputs) -> ContainerSpec {
    let is_overridden = settings.override_command.unwrap_or(!inputs.own_command.by_default);
    let own = if is_overridden { OwnCommand::default() } else { inputs.own_command };
    let mounts = inputs.workspace_mounts.into_iter().chain(settings.mounts.iter().cloned());
    ContainerSpec {
        image: inputs.image,
        labels: inputs.labels,
        environment: environment(inputs.host_environment, settings),
        user: settings.container_user.clone(),
        mounts: override_by_target(mounts.collect(), inputs.extra_mounts),
        ports: inputs.ports,
        run_args: inputs.run_args,
        init: settings.init,
        privileged: settings.privileged,
        cap_add: settings.cap_add.clone(),
        security_opt: settings.security_opt.clone(),
        gpus: inputs.gpus,
        script: script(&settings.entrypoints),
        entrypoint: own.entrypoint,
        command: own.command,
    }
}

/// What the configuration sets takes the place of what comes from the host. Proxy variables are looked up in both
/// spellings, so one that is set in upper case must not leave the host's own in lower case.
fn environment(host: Vec<(String, String)>, settings: &Settings) -> Vec<(String, String)> {
    let own: Vec<_> =
        settings.container_env.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let is_set = |name: &str| own.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    host.into_iter().filter(|(name, _)| !is_set(name)).chain(own.clone()).collect()
}

/// A mount of the command line takes the place of one with the same target; the engine refuses two.
fn override_by_target(mut mounts: Vec<RequestedMount>, extra: Vec<RequestedMount>) -> Vec<RequestedMount> {
    mounts.retain(|one| extra.iter().all(|other| other.mount.target != one.mount.target));
    mounts.extend(extra);
    mounts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn existing(is_running: bool, is_paused: bool) -> Existing {
        Existing { id: ContainerId::new("abc".into()), is_running, is_paused, is_dead: false }
    }

    fn check(existing: Option<&Existing>, changed: &[&str], options: ContainerOptions, expected: &str) {
        let changes: Vec<Change> = changed.iter().map(|name| Change { property: (*name).into() }).collect();
        let text = match decide(existing, &changes, options) {
            Ok(ContainerDecision::Replace { cause, .. }) => format!("replace: {cause}"),
            Ok(decision) => format!("{decision:?}").split('(').next().unwrap_or_default().to_lowercase(),
            Err(error) => error.to_string(),
        };
        assert_eq!(text, expected);
    }

    #[test]
    fn a_container_that_runs_is_kept_and_one_that_does_not_is_started() {
        let options = ContainerOptions::default();
        check(None, &[], options, "create");
        check(Some(&existing(true, false)), &[], options, "keep");
        check(Some(&existing(true, true)), &[], options, "unpause");
        check(Some(&existing(false, false)), &[], options, "start");
    }

    #[test]
    fn a_changed_configuration_replaces_the_container_only_when_that_was_asked_for() {
        let with = |rebuild| ContainerOptions { rebuild, ..Default::default() };
        let running = existing(true, false);
        check(Some(&running), &["image"], with(Rebuild::Never), "keep");
        check(Some(&running), &[], with(Rebuild::Auto), "keep");
        check(
            Some(&running),
            &["image", "init", "mounts"],
            with(Rebuild::Auto),
            "replace: image, init and mounts changed",
        );
        check(Some(&running), &[], with(Rebuild::Always), "replace: --rebuild=always was given");
    }

    #[test]
    fn flags_of_the_reference_decide_before_anything_else() {
        let expect = ContainerOptions { expect_existing: true, ..Default::default() };
        check(None, &[], expect, "The expected container does not exist.");
        let remove = ContainerOptions { remove_existing: true, ..Default::default() };
        check(Some(&existing(true, false)), &[], remove, "replace: --remove-existing-container was given");
        check(None, &[], remove, "create");
    }
}
