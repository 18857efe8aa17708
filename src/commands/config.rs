//! `devc config`: what is settled for this machine, who says so, and settling something else.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::ConfigurationArgs;
use crate::config::Map;
use crate::config::diagnostic::SourceFile;
use crate::error::{Error, ErrorKind, Result};
use crate::host::{Environment, files};
use crate::preferences::{FILE_NAME, Found, Origin, Preferences, SETTINGS, Setting, file};
use crate::ui::Table;

const EXAMPLES: &str = "\
Examples:
  devc config                          every setting, what it is, and who says so
  devc config set editor nvim          for this user, in all projects
  devc config set ca-file ~/company.pem
  devc config unset editor             devc decides again
  devc config --json | jq -r .file     where the settings are

A flag wins over a variable, that over devcontainer.json, that over config.toml. Comments in the file are kept.
Under the name `devcontainer` only ca-file counts.";

const SET_EXAMPLES: &str = "\
Examples:
  devc config set editor zed
  devc config set cache-volumes false
  devc config set volumes-folder /big/disk/devc";

const UNSET_EXAMPLES: &str = "\
Examples:
  devc config unset editor";

/// The version of the JSON.
const VERSION: u32 = 1;

/// Arguments of `devc config`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct ConfigArgs {
    #[command(subcommand)]
    verb: Option<ConfigVerb>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    configuration: ConfigurationArgs,
}

/// What to change.
#[derive(Debug, Subcommand)]
pub enum ConfigVerb {
    /// Settle something for this user
    #[command(after_help = SET_EXAMPLES)]
    Set {
        /// Which setting
        #[arg(value_name = "SETTING", value_parser = names())]
        setting: String,
        /// What it becomes
        #[arg(value_name = "VALUE")]
        value: String,
    },
    /// Leave a setting to devc again
    #[command(after_help = UNSET_EXAMPLES)]
    Unset {
        /// Which setting
        #[arg(value_name = "SETTING", value_parser = names())]
        setting: String,
    },
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(SETTINGS.map(|setting| setting.name))
}

/// Shows the settings, or changes one.
pub fn run(args: &ConfigArgs, context: &Context) -> Result<Answer> {
    match &args.verb {
        None => show(args, context),
        Some(ConfigVerb::Set { setting, value }) => {
            let setting = known(setting)?;
            let value = setting.parse(value).map_err(|requirement| {
                Error::new(ErrorKind::Usage, format!("{} must be {requirement}", setting.name))
            })?;
            change(context, |source| file::set(source, setting, &value))
        }
        Some(ConfigVerb::Unset { setting }) => {
            let setting = known(setting)?;
            change(context, |source| file::unset(source, setting))
        }
    }
}

/// What the variables and the file of this user say.
pub fn read_preferences(environment: &Environment, is_drop_in: bool, color: bool) -> Result<Preferences> {
    let read = || -> Result<Preferences> {
        let source = read_source(environment)?;
        Preferences::new(environment.variables(), file::read(&source, color)?)
    };
    match is_drop_in {
        // Programs that call the reference CLI must not fail over it; devc itself tells what is wrong.
        true => Ok(read().unwrap_or_default().for_drop_in()),
        false => read(),
    }
}

/// Writes a setting into the user's file.
pub(super) fn settle(setting: &Setting, value: &crate::preferences::Value, context: &Context) -> Result<()> {
    change(context, |source| file::set(source, setting, value)).map(drop)
}

fn read_source(environment: &Environment) -> Result<SourceFile> {
    let path = path(environment);
    let text = files::read_optional(&path)?.unwrap_or_default();
    Ok(SourceFile::new(path, &text))
}

fn path(environment: &Environment) -> PathBuf {
    environment.config_dir.join(FILE_NAME)
}

fn change(context: &Context, edit: impl Fn(&SourceFile) -> Result<String>) -> Result<Answer> {
    let source = read_source(&context.environment)?;
    let text = edit(&source)?;
    if text != source.text {
        files::create_folder(&context.environment.config_dir)?;
        files::write(&source.path, text.as_bytes())?;
    }
    Ok(Answer::Text(format!("{}\n", source.path.display())))
}

fn known(name: &str) -> Result<&'static Setting> {
    Setting::from_name(name)
        .ok_or_else(|| Error::new(ErrorKind::Usage, format!("there is no setting {name}")))
}

fn show(args: &ConfigArgs, context: &Context) -> Result<Answer> {
    let project = project(&args.configuration, context)?;
    let found = SETTINGS.map(|setting| (setting, context.preferences.find(setting, &project)));
    let path = path(&context.environment);
    if args.json {
        let settings: Vec<Value> =
            found.iter().map(|(setting, found)| to_json(setting, found, &path)).collect();
        return Ok(Answer::Json(json!({"version": VERSION, "file": path, "settings": settings})));
    }
    let mut table = Table::new(["SETTING", "VALUE", "ORIGIN", "MEANING"]);
    for (setting, found) in &found {
        let value = found.value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        table.row([setting.name, &value, &origin(found.origin), setting.about]);
    }
    Ok(Answer::Text(table.render(context.columns)))
}

/// What the project of the folder says; nothing where there is none.
fn project(args: &ConfigurationArgs, context: &Context) -> Result<Map> {
    let is_named = args.workspace_folder.is_some() || args.config.is_some() || args.config_name.is_some();
    if !is_named && gather::configuration_in(&context.environment.current_dir).is_none() {
        return Ok(Map::new());
    }
    args.project(context).map(|project| project.configuration)
}

fn origin(origin: Origin) -> String {
    match origin {
        Origin::Variable(name) => format!("variable {name}"),
        Origin::Project => "devcontainer.json".to_owned(),
        Origin::File(line) => format!("{FILE_NAME}:{line}"),
        Origin::Default => "default".to_owned(),
    }
}

fn to_json(setting: &Setting, found: &Found, path: &Path) -> Value {
    let origin = match found.origin {
        Origin::Variable(name) => json!({"kind": "variable", "name": name}),
        Origin::Project => json!({"kind": "project"}),
        Origin::File(line) => json!({"kind": "file", "path": path, "line": line}),
        Origin::Default => json!({"kind": "default"}),
    };
    json!({
        "name": setting.name,
        "value": found.value.as_ref().map(crate::preferences::Value::to_json),
        "origin": origin,
        "variable": setting.variable,
        "about": setting.about,
    })
}
