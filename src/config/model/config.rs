//! What devcontainer.json says, as types.

use serde_json::Value;

use super::values::{all_text, object, pairs, string, text, text_or_texts, texts};
use crate::config::Map;
use crate::config::hook::HookCommand;

/// What devcontainer.json itself says, after substitution.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The display name.
    pub name: Option<String>,
    /// Where the container comes from.
    pub kind: Kind,
    /// The working folder in the container.
    pub workspace_folder: Option<String>,
    /// The `--mount` value for the workspace. Empty means no mount at all; `None` means the default one.
    pub workspace_mount: Option<String>,
    /// Arguments for `docker run`, as they are.
    pub run_args: Vec<String>,
    /// Values for `docker run -p`.
    pub app_ports: Vec<String>,
    /// What to run on the host first.
    pub initialize_command: Option<HookCommand>,
    /// Feature references with their options, in file order.
    pub features: Map,
    /// The order in which the user wants Features to be installed.
    pub override_feature_install_order: Vec<String>,
    /// Everything, as it was.
    pub raw: Map,
}

/// Where the container comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// An image.
    Image(String),
    /// A Dockerfile to build.
    Dockerfile(Build),
    /// A service of a compose project.
    Compose(Compose),
    /// It is not said; enough to attach to a container.
    None,
}

/// How to build an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// The Dockerfile, relative to the configuration's folder.
    pub dockerfile: String,
    /// The build context, relative to the configuration's folder; by default the Dockerfile's folder.
    pub context: Option<String>,
    /// Build arguments in file order.
    pub args: Vec<(String, String)>,
    /// The stage to build.
    pub target: Option<String>,
    /// Images and caches to draw on.
    pub cache_from: Vec<String>,
    /// More arguments for the build, as they are.
    pub options: Vec<String>,
}

/// Which service of which compose files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compose {
    /// The compose files, relative to the configuration's folder; none means compose's defaults.
    pub files: Vec<String>,
    /// The service to work in.
    pub service: Option<String>,
    /// The services to start; `None` means all.
    pub run_services: Option<Vec<String>>,
}

impl Config {
    /// Reads a substituted configuration.
    pub fn from_map(raw: &Map) -> Self {
        Self {
            name: string(raw, "name"),
            kind: kind(raw),
            workspace_folder: raw.get("workspaceFolder").and_then(Value::as_str).map(str::to_owned),
            workspace_mount: raw
                .get("workspaceMount")
                .map(|value| value.as_str().unwrap_or_default().to_owned()),
            run_args: texts(raw, "runArgs"),
            app_ports: app_ports(raw),
            initialize_command: raw.get("initializeCommand").and_then(HookCommand::from_value),
            features: object(raw, "features"),
            override_feature_install_order: texts(raw, "overrideFeatureInstallOrder"),
            raw: raw.clone(),
        }
    }
}

/// The reference CLI's order: a Dockerfile comes before an image, and both before compose.
fn kind(raw: &Map) -> Kind {
    let build = object(raw, "build");
    if let Some(dockerfile) = string(raw, "dockerFile") {
        return Kind::Dockerfile(read_build(dockerfile, string(raw, "context"), &build));
    }
    if let Some(dockerfile) = string(&build, "dockerfile") {
        return Kind::Dockerfile(read_build(dockerfile, string(&build, "context"), &build));
    }
    if let Some(image) = string(raw, "image") {
        return Kind::Image(image);
    }
    if raw.contains_key("dockerComposeFile") {
        return Kind::Compose(Compose {
            files: text_or_texts(raw, "dockerComposeFile"),
            service: string(raw, "service"),
            run_services: raw.get("runServices").and_then(Value::as_array).map(|list| all_text(list)),
        });
    }
    Kind::None
}

fn read_build(dockerfile: String, context: Option<String>, build: &Map) -> Build {
    Build {
        dockerfile,
        context,
        args: pairs(build, "args"),
        target: string(build, "target"),
        cache_from: text_or_texts(build, "cacheFrom"),
        options: texts(build, "options"),
    }
}

/// A bare number publishes the port on this machine only.
fn app_ports(raw: &Map) -> Vec<String> {
    let one = |port: &Value| match port {
        Value::Number(number) => format!("127.0.0.1:{number}:{number}"),
        other => text(other),
    };
    match raw.get("appPort") {
        Some(Value::Array(ports)) => ports.iter().map(one).collect(),
        Some(port @ (Value::Number(_) | Value::String(_))) => vec![one(port)],
        _ => Vec::new(),
    }
}
