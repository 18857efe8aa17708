//! Mistakes in `customizations.devc.volumes` that need to know which folders there are.

use serde_json::Value;

use super::Offers;
use crate::config::diagnostic::Diagnostic;
use crate::config::jsonc::{Document, Place, Segment};
use crate::config::{Map, nearest};
use crate::error::Result;
use crate::stack::Tables;

const CACHES: [&str; 4] = ["customizations", "devc", "volumes", "caches"];

/// Reports what is wrong with the folders that a configuration names, in file order.
pub fn check(document: &Document) -> Result<Vec<Diagnostic>> {
    let path = CACHES.map(Segment::Key);
    let root = Value::Object(document.root.clone());
    let named = CACHES.iter().try_fold(&root, |value, name| value.get(name)).and_then(Value::as_object);
    let (Some(named), Some(place)) = (named, document.place.at(&path)) else { return Ok(Vec::new()) };
    let offers = Offers::of(&Tables::embedded()?, &[])?;
    let members = named.iter().zip(place.members());
    Ok(members.flat_map(|((name, value), (_, place))| mistakes(&offers, name, value, place)).collect())
}

fn mistakes(offers: &Offers, name: &str, value: &Value, place: &Place) -> Vec<Diagnostic> {
    let said = value.as_object().cloned().unwrap_or_default();
    let size =
        said.get("size").and(place.member("size")).filter(|_| said.get("type") != Some(&"tmpfs".into()));
    let size = size.map(|place| {
        Diagnostic::warning(format!("the size of `{name}` has no effect"), place.name_or_value())
            .label("only memory has one: \"type\": \"tmpfs\"")
    });
    unknown(offers, name, &said, place).into_iter().chain(relative(&said, place)).chain(size).collect()
}

/// A folder that nobody knows has to say where it is. Names with a slash are of the project, where only its files tell.
fn unknown(offers: &Offers, name: &str, said: &Map, place: &Place) -> Option<Diagnostic> {
    let is_known = offers.find(name).is_some() || said.contains_key("target") || is_of_project(name);
    if is_known {
        return None;
    }
    let diagnostic = Diagnostic::error(format!("unknown cache `{name}`"), place.name_or_value());
    Some(match nearest(name, offers.names()) {
        Some(known) => diagnostic.help(format!("Did you mean `{known}`?")),
        None => diagnostic.help("Give it a \"target\" if it is a folder of your own."),
    })
}

fn is_of_project(name: &str) -> bool {
    let Ok(tables) = Tables::embedded() else { return false };
    let last = name.rsplit('/').next().unwrap_or_default();
    let outputs = |table: &crate::stack::Table| {
        table
            .outputs
            .dependencies
            .iter()
            .chain(&table.outputs.build)
            .any(|output| output == last || output == name)
    };
    tables.iter().any(outputs)
}

fn relative(said: &Map, place: &Place) -> Option<Diagnostic> {
    let target = said.get("target")?.as_str()?;
    if target.starts_with('/') || target.starts_with("~/") || target.contains("${") {
        return None;
    }
    let place = place.member("target")?;
    Some(
        Diagnostic::error(format!("`{target}` is no path in the container"), place.value)
            .help("Begin it with `/` or `~/`."),
    )
}
