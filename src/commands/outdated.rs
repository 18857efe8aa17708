//! `devc outdated`: which Features have newer versions.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::{ConfigurationArgs, OutputFormatArgs, RegistryArgs};
use crate::error::Result;
use crate::event::Level;
use crate::execute::{FeatureSources, Lock, LockPolicy};
use crate::features::outdated::Outlook;
use crate::features::source::id_without_version;
use crate::features::{OciReference, Source};
use crate::project::Project;
use crate::ui::Table;

const EXAMPLES: &str = "\
Examples:
  devc outdated
  devc outdated --json | jq '.features[] | select(.current != .wanted)'

Current is the version in devcontainer-lock.json, or else the wanted one. Wanted is the newest that devcontainer.json
allows: `devc upgrade` brings it. Latest is the newest of all. Only Features in registries have versions to compare.";

/// Arguments of `devc outdated`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct OutdatedArgs {
    #[command(flatten)]
    format: OutputFormatArgs,
    /// Accepted for the reference CLI's sake
    #[arg(long, value_name = "PATH", hide = true)]
    user_data_folder: Option<PathBuf>,
    #[command(flatten)]
    configuration: ConfigurationArgs,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Asks the registries. As in the reference, one that does not answer is no failure: its Features show what is locked.
pub async fn run(args: &OutdatedArgs, context: &Context) -> Result<Answer> {
    let project = args.configuration.project(context)?;
    let wanted = in_registries(&project, context);
    let lock = Lock::read(gather::config_path(&project)?, LockPolicy::Read)?;
    let registry = context.registry(&args.registry)?;
    let sources = FeatureSources { registry: &registry, events: &context.events };
    let outlooks = sources.outlooks(&wanted, &lock).await;
    let known: Vec<(String, Outlook)> = wanted.into_iter().map(|(id, _)| id).zip(outlooks).collect();
    Ok(if args.format.is_json() { as_json(&known) } else { as_table(&known, context) })
}

/// The ids of devcontainer.json that lead to registries, in its order.
fn in_registries(project: &Project, context: &Context) -> Vec<(String, OciReference)> {
    let places = gather::feature_places(project);
    let lead = |id: &String| match Source::of(id, &places) {
        Ok(source) => Some((id.clone(), source.oci()?.clone())),
        Err(error) => {
            context.events.notice(Level::Warning, error.to_string());
            None
        }
    };
    project.config.features.keys().filter_map(lead).collect()
}

fn as_json(known: &[(String, Outlook)]) -> Answer {
    let features: Map<String, Value> =
        known.iter().map(|(id, outlook)| (id.clone(), outlook.json())).collect();
    Answer::Json(json!({ "features": features }))
}

/// The reference CLI's table, headings and all.
fn as_table(known: &[(String, Outlook)], context: &Context) -> Answer {
    let mut table = Table::new(["Feature", "Current", "Wanted", "Latest"]);
    for (id, outlook) in known {
        let [current, wanted, latest] = outlook.row();
        let name = id_without_version(id).unwrap_or_else(|| id.clone());
        table.row([name, current, wanted, latest]);
    }
    Answer::Text(table.render(context.columns))
}
