//! As whom, and with which environment, something runs in a container.

use crate::commands::options::EnvironmentArgs;
use crate::config::Settings;
use crate::config::metadata::{self, Entry};
use crate::engine::{Container, ContainerState, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Events;
use crate::execute::{self, ProbeRequest};
use crate::host::{ContainerRecord, EnvironmentProbe};
use crate::plan::{self, Existing};
use crate::project::{Project, RemoteEnvironment};

/// The configured remote user, else the container's.
pub fn remote_user<'a>(settings: &'a Settings, container: &'a Container) -> &'a str {
    let own = Some(container.user.as_str()).filter(|user| !user.is_empty());
    settings.remote_user.as_deref().or(own).unwrap_or("root")
}

/// The remote user as results name it: without a group, and root by its name (reference CLI).
pub fn reported_user<'a>(settings: &'a Settings, container: &'a Container) -> &'a str {
    match remote_user(settings, container).split(':').next().unwrap_or_default() {
        "0" => "root",
        user => user,
    }
}

/// The merged configuration that holds for an existing container.
pub fn settings_of(project: &Project, container: &Container) -> Result<Settings> {
    let entries = project.entries_for_existing(&container.labels, &[]);
    let entries = project.substitute_entries(&entries, Some(&container.environment))?;
    project.settings(&entries, Some(&container.environment))
}

/// The resolved metadata entries from which the hooks of an existing container are taken.
pub fn hook_entries(project: &Project, container: &Container) -> Result<Vec<Entry>> {
    let label = |name: &str| container.labels.get(name).map(String::as_str);
    let current =
        plan::entries_for_hooks(label(metadata::LABEL), label(plan::FINGERPRINT_LABEL), project.written());
    let entries = current.unwrap_or_else(|| project.entries_for_existing(&container.labels, &[]));
    project.substitute_entries(&entries, Some(&container.environment))
}

/// What hooks and commands see, secrets apart. Updates the record, without saving it.
pub async fn remote_environment(
    engine: &Engine,
    container: &Container,
    settings: &Settings,
    args: &EnvironmentArgs,
    record: &mut ContainerRecord,
    events: &Events,
) -> Result<RemoteEnvironment> {
    let request = ProbeRequest {
        user: remote_user(settings, container),
        kind: settings.user_env_probe.unwrap_or(args.default_user_env_probe),
        refresh: args.refresh_env,
    };
    let probe = execute::probe(engine, container, request, record, events).await?;
    Ok(compose(probe, settings, args))
}

/// What hooks and commands see, secrets apart, if the user's shell says this.
pub fn compose(probe: EnvironmentProbe, settings: &Settings, args: &EnvironmentArgs) -> RemoteEnvironment {
    RemoteEnvironment::compose(probe.environment, &args.remote_env, &settings.remote_env)
}

/// What a decision about the container rests on.
pub fn as_planned(container: &Container) -> Existing {
    Existing {
        id: container.id.clone(),
        is_running: matches!(container.state, ContainerState::Running | ContainerState::Restarting),
        is_paused: container.state == ContainerState::Paused,
        is_dead: container.state == ContainerState::Dead,
    }
}

/// Refuses a container in which nothing can run, naming the command that starts it.
pub fn require_running(container: &Container, start: &str) -> Result<()> {
    match container.state {
        ContainerState::Running => Ok(()),
        state => Err(Error::new(
            ErrorKind::NotFound,
            format!("the dev container {} is not running (it is {})", container.id.short(), state.name()),
        )
        .hint(format!("Start it with `{start}`."))),
    }
}
