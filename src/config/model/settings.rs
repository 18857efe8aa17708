//! What the container is run by, as types.

use serde_json::Value;

use super::values::{boolean, list, object, pairs, string, text, texts};
use crate::config::hook::{Hook, HookCommand};
use crate::config::mount::Mount;
use crate::config::{Map, bytes};

/// What the container is run by: the merged configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether an init process reaps zombies.
    pub init: bool,
    /// Whether the container may do everything.
    pub privileged: bool,
    /// Capabilities to add.
    pub cap_add: Vec<String>,
    /// Security options to set.
    pub security_opt: Vec<String>,
    /// Programs to start with the container, in order.
    pub entrypoints: Vec<String>,
    /// What to mount besides the workspace.
    pub mounts: Vec<RequestedMount>,
    /// The commands of the hooks inside the container; see [`Settings::hook`].
    hooks: Vec<(Hook, Vec<HookCommand>)>,
    /// After which hook the container is ready for its user.
    pub wait_for: WaitFor,
    /// The user for hooks and tools, if said.
    pub remote_user: Option<String>,
    /// The user that the container runs as, if said.
    pub container_user: Option<String>,
    /// How to find out what the user's shells set, if said.
    pub user_env_probe: Option<UserEnvProbe>,
    /// Variables for hooks and tools; `None` unsets one.
    pub remote_env: Vec<(String, Option<String>)>,
    /// Variables for the container.
    pub container_env: Vec<(String, String)>,
    /// Whether the container is kept alive instead of running its own command, if said.
    pub override_command: Option<bool>,
    /// What to do when the last user leaves, if said.
    pub shutdown_action: Option<ShutdownAction>,
    /// Whether the remote user gets the ids of the local one, if said.
    pub update_remote_user_uid: Option<bool>,
    /// What the host must offer.
    pub host_requirements: HostRequirements,
    /// Ports to forward, `3000` or `db:5432`.
    pub forward_ports: Vec<String>,
    /// Attributes by port, range or pattern.
    pub ports_attributes: Map,
    /// Each tool's list of values.
    pub customizations: Map,
    /// Everything, as it was.
    pub raw: Map,
}

/// A mount in both forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedMount {
    /// What it means.
    pub mount: Mount,
    /// The value for `--mount`: as the user wrote it, or made from the object form.
    pub text: String,
}

impl RequestedMount {
    /// Reads the value of `--mount`.
    pub fn parse(text: &str) -> Self {
        Self { mount: Mount::parse(text), text: text.to_owned() }
    }
}

/// What the host must offer; zero means nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostRequirements {
    /// Processors.
    pub cpus: u64,
    /// Memory in bytes.
    pub memory: u64,
    /// Disk space in bytes.
    pub storage: u64,
    /// Graphics processor.
    pub gpu: Gpu,
}

/// Whether a graphics processor is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gpu {
    /// Not asked for.
    #[default]
    No,
    /// Used when there is one.
    Optional,
    /// Needed, with at least so much of each; zero means any.
    Required {
        /// Cores.
        cores: u64,
        /// Memory in bytes.
        memory: u64,
    },
}

/// After which hook the container is ready for its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitFor(pub Hook);

impl Default for WaitFor {
    fn default() -> Self {
        Self(Hook::UpdateContent)
    }
}

/// Which shell tells the user's environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserEnvProbe {
    /// None is asked.
    None,
    /// A login shell.
    LoginShell,
    /// A login shell that believes to be interactive.
    LoginInteractiveShell,
    /// A shell that believes to be interactive.
    InteractiveShell,
}

impl UserEnvProbe {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::LoginShell => "loginShell",
            Self::LoginInteractiveShell => "loginInteractiveShell",
            Self::InteractiveShell => "interactiveShell",
        }
    }

    /// The probe with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "loginShell" => Some(Self::LoginShell),
            "loginInteractiveShell" => Some(Self::LoginInteractiveShell),
            "interactiveShell" => Some(Self::InteractiveShell),
            _ => None,
        }
    }
}

/// What to do when the last user leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShutdownAction {
    /// Nothing.
    None,
    /// Stop the container.
    StopContainer,
    /// Stop the compose project.
    StopCompose,
}

impl Settings {
    /// Reads a merged configuration.
    pub fn from_map(raw: &Map) -> Self {
        Self {
            init: boolean(raw, "init").unwrap_or_default(),
            privileged: boolean(raw, "privileged").unwrap_or_default(),
            cap_add: texts(raw, "capAdd"),
            security_opt: texts(raw, "securityOpt"),
            entrypoints: texts(raw, "entrypoints"),
            mounts: list(raw, "mounts").iter().filter_map(requested_mount).collect(),
            hooks: Hook::IN_CONTAINER.iter().map(|hook| (*hook, commands(raw, *hook))).collect(),
            wait_for: wait_for(raw),
            remote_user: string(raw, "remoteUser"),
            container_user: string(raw, "containerUser"),
            user_env_probe: string(raw, "userEnvProbe").and_then(|name| UserEnvProbe::from_name(&name)),
            remote_env: remote_env(raw),
            container_env: pairs(raw, "containerEnv"),
            override_command: boolean(raw, "overrideCommand"),
            shutdown_action: shutdown_action(raw),
            update_remote_user_uid: boolean(raw, "updateRemoteUserUID"),
            host_requirements: host_requirements(&object(raw, "hostRequirements")),
            forward_ports: texts(raw, "forwardPorts"),
            ports_attributes: object(raw, "portsAttributes"),
            customizations: object(raw, "customizations"),
            raw: raw.clone(),
        }
    }

    /// The commands of a hook inside the container, in order.
    pub fn hook(&self, hook: Hook) -> &[HookCommand] {
        self.hooks.iter().find(|(of, _)| *of == hook).map_or(&[], |(_, commands)| commands)
    }
}

fn commands(raw: &Map, hook: Hook) -> Vec<HookCommand> {
    let name = hook.merged_name().unwrap_or_default();
    list(raw, name).iter().filter_map(HookCommand::from_value).collect()
}

fn requested_mount(value: &Value) -> Option<RequestedMount> {
    let mount = Mount::from_value(value)?;
    let text = value.as_str().map_or_else(|| mount.to_text(), str::to_owned);
    Some(RequestedMount { mount, text })
}

fn wait_for(raw: &Map) -> WaitFor {
    let hook = string(raw, "waitFor").and_then(|name| Hook::from_name(&name));
    hook.map_or_else(WaitFor::default, WaitFor)
}

fn remote_env(raw: &Map) -> Vec<(String, Option<String>)> {
    let variables = object(raw, "remoteEnv").into_iter();
    variables.map(|(name, value)| (name, (!value.is_null()).then(|| text(&value)))).collect()
}

fn shutdown_action(raw: &Map) -> Option<ShutdownAction> {
    match string(raw, "shutdownAction")?.as_str() {
        "none" => Some(ShutdownAction::None),
        "stopContainer" => Some(ShutdownAction::StopContainer),
        "stopCompose" => Some(ShutdownAction::StopCompose),
        _ => None,
    }
}

fn host_requirements(raw: &Map) -> HostRequirements {
    HostRequirements {
        cpus: count(raw, "cpus"),
        memory: size(raw, "memory"),
        storage: size(raw, "storage"),
        gpu: match raw.get("gpu") {
            Some(Value::Bool(true)) => Gpu::Required { cores: 0, memory: 0 },
            Some(Value::String(word)) if word == "optional" => Gpu::Optional,
            Some(Value::Object(gpu)) => {
                Gpu::Required { cores: count(gpu, "cores"), memory: size(gpu, "memory") }
            }
            _ => Gpu::No,
        },
    }
}

fn count(raw: &Map, key: &str) -> u64 {
    raw.get(key).and_then(Value::as_f64).map_or(0, |number| number.ceil() as u64)
}

fn size(raw: &Map, key: &str) -> u64 {
    raw.get(key).and_then(Value::as_str).and_then(bytes::parse).unwrap_or_default()
}
