//! Which Template, with which values: what was typed, what is asked, and defaults for the rest.

use std::path::Path;

use super::{InitArgs, list};
use crate::commands::{Context, template};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::Published;
use crate::registry::{Reference, Registry};
use crate::template::{
    Choices, FEATURES, Kind, Request, Template, TemplateMetadata, TemplateOption, built_in, mistakes,
    with_defaults,
};
use crate::ui::prompt;

/// The Template and the name under which it was found.
pub(super) async fn template(
    args: &InitArgs,
    folder: &Path,
    registry: &Registry,
    context: &Context,
) -> Result<(String, Template)> {
    let name = match &args.template {
        Some(name) => name.clone(),
        None => ask_for_name(folder)?,
    };
    match template::find(&name, registry, context).await? {
        Published::Template(found) => Ok((name, found)),
        Published::Collection(templates) if args.asks() => {
            let name = one_of_collection(&name, &templates)?;
            let found = template::find_one(&name, registry, context).await?;
            Ok((name, found))
        }
        Published::Collection(templates) => Err(template::is_collection(&name, &templates)),
    }
}

/// What the project wants of the Template. Values that make no sense are a mistake of whoever typed them.
pub(super) fn request(args: &InitArgs, template: &Template) -> Result<Request> {
    let mut values = args.values();
    let wrong = mistakes(&template.metadata, &values);
    if !wrong.is_empty() {
        let error = Error::new(ErrorKind::Usage, "the Template cannot be used with these options");
        return Err(error.because(wrong.join("\n")).hint("Correct the values given with --option."));
    }
    let mut features = args.feature.clone();
    let mut omit = args.omit_path.clone();
    if args.asks() {
        for option in template.metadata.options() {
            if !values.contains_key(option.name) {
                values.insert(option.name.to_owned(), ask_for_value(&option)?);
            }
        }
        if omit.is_empty() {
            omit = ask_for_omitted(&template.metadata)?;
        }
        if features.is_empty() {
            let chosen = ask_for_features()?;
            features = chosen.into_iter().map(|id| (id.to_owned(), serde_json::json!({}))).collect();
        }
    }
    Ok(Request { values: with_defaults(&template.metadata, &values), omit, features })
}

/// Begins at the Template that the project's files speak for.
fn ask_for_name(folder: &Path) -> Result<String> {
    let templates = list::of_devc()?;
    let suggested = built_in::suggested(|file| folder.join(file).is_file());
    let first = templates.iter().position(|template| Some(template.id()) == suggested).unwrap_or_default();
    let mut items: Vec<String> = templates.iter().map(described).collect();
    items.push("Another one, from a registry or a folder".to_owned());
    let chosen = prompt::choose_from("Which Template?", &items, first, "TEMPLATE")?;
    match templates.get(chosen) {
        Some(template) => Ok(template.id().to_owned()),
        None => {
            prompt::text("Its name, or that of a collection", "ghcr.io/devcontainers/templates", "TEMPLATE")
        }
    }
}

fn one_of_collection(collection: &str, templates: &[TemplateMetadata]) -> Result<String> {
    let items: Vec<String> = templates.iter().map(described).collect();
    let chosen = prompt::choose(&format!("Which Template of {collection}?"), &items, "TEMPLATE")?;
    let resource = Reference::parse(collection)?.resource();
    Ok(format!("{resource}/{}", templates.get(chosen).map_or("", |template| template.id())))
}

fn described(template: &TemplateMetadata) -> String {
    match template.description() {
        "" => template.name().to_owned(),
        description => format!("{}: {description}", template.name()),
    }
}

fn ask_for_value(option: &TemplateOption<'_>) -> Result<String> {
    let question = option.description.unwrap_or(option.name);
    let flag = format!("--option {}=VALUE", option.name);
    let default = option.default.clone().unwrap_or_default();
    match (option.kind, &option.choices) {
        (Kind::Switch, _) => {
            prompt::confirm(question, default == "true", &flag).map(|answer| answer.to_string())
        }
        (Kind::Text, Choices::Free) => prompt::text(question, &default, &flag),
        (Kind::Text, Choices::Only(values)) => {
            choose_value(question, values, &default, &flag).map(|chosen| values[chosen].to_owned())
        }
        (Kind::Text, Choices::Suggested(values)) => {
            let items = [values.as_slice(), &["another one"]].concat();
            let chosen = choose_value(question, &items, &default, &flag)?;
            match values.get(chosen) {
                Some(value) => Ok((*value).to_owned()),
                None => prompt::text(question, &default, &flag),
            }
        }
    }
}

/// Begins at the default.
fn choose_value(question: &str, items: &[&str], default: &str, flag: &str) -> Result<usize> {
    let first = items.iter().position(|item| *item == default).unwrap_or_default();
    prompt::choose_from(question, items, first, flag)
}

fn ask_for_omitted(metadata: &TemplateMetadata) -> Result<Vec<String>> {
    let paths = metadata.optional_paths();
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = prompt::mark("Which optional parts? (space marks)", &paths, true, "--omit-path PATH")?;
    let omitted = paths.iter().enumerate().filter(|(index, _)| !wanted.contains(index));
    Ok(omitted.map(|(_, path)| (*path).to_owned()).collect())
}

fn ask_for_features() -> Result<Vec<&'static str>> {
    let items: Vec<String> = FEATURES.iter().map(|(id, what)| format!("{what} ({id})")).collect();
    let chosen = prompt::mark("Which Features? (space marks)", &items, false, "--feature ID")?;
    Ok(chosen.into_iter().map(|index| FEATURES[index].0).collect())
}
