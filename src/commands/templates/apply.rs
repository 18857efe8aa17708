//! `devc templates apply`: the files of a Template, with its options filled in, written into a project.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::archive::Content;
use crate::commands::context::{Answer, Context};
use crate::commands::options::RegistryArgs;
use crate::commands::template;
use crate::error::Result;
use crate::event::Level;
use crate::execute;
use crate::template::{Request, Values, mistakes, render, with_defaults};

const EXAMPLES: &str = "\
Examples:
  devc templates apply -t rust
  devc templates apply -t ghcr.io/devcontainers/templates/go:latest -a '{\"imageVariant\": \"1-bookworm\"}'
  devc templates apply -t ./our-template -f '[{\"id\": \"ghcr.io/devcontainers/features/github-cli:1\"}]'

Files that are there already are replaced, as the reference CLI does; those with other content are named, and copies of
them kept. `devc init` asks first.";

/// Arguments of `devc templates apply`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ApplyArgs {
    /// The Template: its name in a registry, a folder such as ./x, or one of `devc init --list`
    #[arg(short, long, value_name = "TEMPLATE")]
    template_id: String,
    /// Values of its options, as a JSON object of texts
    #[arg(short = 'a', long, value_name = "JSON", default_value = "{}", value_parser = parse_values)]
    template_args: Values,
    /// Features to add to devcontainer.json, as a JSON array of objects with `id` and perhaps `options`
    #[arg(short, long, value_name = "JSON", default_value = "[]", value_parser = parse_features)]
    features: Features,
    /// Paths of the Template to leave out, as a JSON array; all that is in a folder is written as "folder/*"
    #[arg(long, value_name = "JSON", default_value = "[]", value_parser = parse_paths)]
    omit_paths: Paths,
    /// Folder of the project [default: the current folder]
    #[arg(short, long, value_name = "PATH", env = "DEVC_WORKSPACE_FOLDER")]
    workspace_folder: Option<PathBuf>,
    /// Accepted for the reference CLI's sake: devc unpacks in memory
    #[arg(long, value_name = "PATH", hide = true)]
    tmp_dir: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Ids and options of Features. A type of its own, since clap takes a `Vec` for a repeated flag.
#[derive(Clone, Debug)]
struct Features(Vec<(String, Value)>);

/// See [`Features`].
#[derive(Clone, Debug)]
struct Paths(Vec<String>);

/// Writes the files and names them.
pub async fn run(args: &ApplyArgs, context: &Context) -> Result<Answer> {
    let folder = args.workspace_folder.as_deref().unwrap_or(Path::new("."));
    let folder = context.environment.absolute(folder);
    let registry = context.registry(&args.registry)?;
    let found = template::find_one(&args.template_id, &registry, context).await?;
    for mistake in mistakes(&found.metadata, &args.template_args) {
        context.events.notice(Level::Warning, mistake);
    }
    let request = Request {
        values: with_defaults(&found.metadata, &args.template_args),
        omit: args.omit_paths.0.clone(),
        features: args.features.0.clone(),
    };
    let placements = execute::survey(&folder, render(&found.package, &request)?)?;
    if let Some(kept) = template::write(&folder, &placements, context)? {
        let replaced = template::replaced(&placements).join(", ");
        let text = format!("Replaced {replaced}. What was there before is in {}.", kept.display());
        context.events.notice(Level::Warning, text);
    }
    let files = placements.iter().filter(|one| matches!(one.entry.content, Content::File(_)));
    let files = files.map(|one| format!("./{}", one.entry.path));
    Ok(Answer::Json(json!({ "files": files.collect::<Vec<_>>() })))
}

fn parse_values(text: &str) -> Result<Values, String> {
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("write a JSON object of texts ({error})"))?;
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) => Ok((name, text)),
        other => Err(format!("write the value of {name:?} as a text: \"{other}\"")),
    };
    object.into_iter().map(text).collect()
}

fn parse_features(text: &str) -> Result<Features, String> {
    let list: Vec<Value> =
        serde_json::from_str(text).map_err(|error| format!("write a JSON array of objects ({error})"))?;
    let feature = |one: Value| match one.get("id").and_then(Value::as_str) {
        Some(id) if !id.is_empty() => {
            let options = one.get("options").filter(|options| !options.is_null());
            Ok((id.to_owned(), options.cloned().unwrap_or_else(|| json!({}))))
        }
        _ => Err(format!("{one} has no `id`")),
    };
    list.into_iter().map(feature).collect::<Result<_, _>>().map(Features)
}

fn parse_paths(text: &str) -> Result<Paths, String> {
    let paths = serde_json::from_str(text);
    paths
        .map(Paths)
        .map_err(|error| format!("write a JSON array of texts, such as [\".github/*\"] ({error})"))
}
