//! `devc list`: the dev containers of this machine, whoever made them.

use clap::Args;
use serde_json::{Value, json};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::engine::{Container, ContainerState};
use crate::error::Result;
use crate::host::ContainerRecord;
use crate::project::compose::{PROJECT_LABEL, SERVICE_LABEL};
use crate::project::identity::{CONFIG_FILE, LOCAL_FOLDER};
use crate::ui::Table;

const EXAMPLES: &str = "\
Examples:
  devc list
  devc list --json | jq -r '.[] | select(.state == \"running\") | .workspaceFolder'";

/// Arguments of `devc list`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Finds them by the labels that all tools put on dev containers.
pub async fn run(args: &ListArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let mut containers = engine.find_containers(&[LOCAL_FOLDER.to_owned()]).await?;
    containers
        .sort_by(|a, b| (label(a, LOCAL_FOLDER), &b.created).cmp(&(label(b, LOCAL_FOLDER), &a.created)));
    let records: Vec<ContainerRecord> = containers
        .iter()
        .map(|container| ContainerRecord::load(&context.environment.state_dir, container.id.as_str()))
        .collect();
    let listed = containers.iter().zip(&records);
    if args.json {
        return Ok(Answer::Json(listed.map(|(container, record)| to_json(container, record)).collect()));
    }
    let mut table = Table::new(["CONTAINER", "STATE", "IMAGE", "SERVICE", "WORKSPACE"]);
    for (container, record) in listed {
        let folder = label(container, LOCAL_FOLDER);
        let service = label(container, SERVICE_LABEL);
        let state = state(container, record);
        table.row([container.id.short(), &state, &container.image, service, folder]);
    }
    Ok(Answer::Text(if containers.is_empty() {
        "No dev containers. Create one with `devc up`.\n".to_owned()
    } else {
        table.render(context.columns)
    }))
}

fn label<'a>(container: &'a Container, name: &str) -> &'a str {
    container.labels.get(name).map_or("", String::as_str)
}

/// A container that runs is not all there is to it: a hook that failed must not look like success.
fn state(container: &Container, record: &ContainerRecord) -> String {
    match record.unfinished_hook() {
        Some(hook) if container.state == ContainerState::Running => format!("running, {hook} unfinished"),
        _ => container.state.name().to_owned(),
    }
}

fn to_json(container: &Container, record: &ContainerRecord) -> Value {
    let mut told = container_json(container);
    told["workspaceFolder"] = json!(label(container, LOCAL_FOLDER));
    told["configFile"] = json!(container.labels.get(CONFIG_FILE));
    told["composeProjectName"] = json!(container.labels.get(PROJECT_LABEL));
    told["service"] = json!(container.labels.get(SERVICE_LABEL));
    told["volumes"] = json!(container.volumes);
    told["unfinishedHook"] = json!(record.unfinished_hook());
    told
}

/// What the engine tells of a container, as all verbs print it.
pub(super) fn container_json(container: &Container) -> Value {
    json!({
        "containerId": container.id.as_str(),
        "name": container.name,
        "state": container.state.name(),
        "image": container.image,
        "created": container.created,
        "startedAt": container.started_at,
    })
}
