//! Mistakes that show only when properties are seen together, and variables that do not exist.

use serde_json::Value;

use super::table;
use crate::config::diagnostic::Diagnostic;
use crate::config::jsonc::{Document, Inside, Place};
use crate::config::substitute;

/// Adds what is wrong with the document as a whole.
pub(super) fn check(document: &Document, found: &mut Vec<Diagnostic>) {
    conflicts(document, found);
    for (value, (name, place)) in document.root.values().zip(document.place.members()) {
        variables(value, place, table::FOREIGN_VARIABLES.contains(&name), found);
    }
}

/// Properties that another one makes ineffective. The reference CLI prefers a Dockerfile to an image and both to
/// compose; the spec lets only one of the three be there.
fn conflicts(document: &Document, found: &mut Vec<Diagnostic>) {
    let root = &document.root;
    let has_dockerfile = root.contains_key("dockerFile")
        || root.get("build").is_some_and(|build| build.get("dockerfile").is_some());
    let winner = if has_dockerfile {
        "the Dockerfile"
    } else if root.contains_key("image") {
        "`image`"
    } else if root.contains_key("dockerComposeFile") {
        return compose(document, found);
    } else {
        return lonely_build(document, found);
    };
    let losers: &[&str] =
        if has_dockerfile { &["image", "dockerComposeFile"] } else { &["build", "dockerComposeFile"] };
    warn_of(document, losers, &format!("ignored, because {winner} comes first"), found);
    warn_of(document, table::ONLY_FOR_COMPOSE, "only used together with `dockerComposeFile`", found);
}

fn compose(document: &Document, found: &mut Vec<Diagnostic>) {
    warn_of(document, table::IGNORED_BY_COMPOSE, "not used together with `dockerComposeFile`", found);
    if let Some(place) = document.place.member("dockerComposeFile")
        && !document.root.contains_key("service")
    {
        let message = "`dockerComposeFile` needs `service`";
        found.push(
            Diagnostic::error(message, place.name_or_value())
                .help("Name the service of the compose file in which you want to work."),
        );
    }
}

fn lonely_build(document: &Document, found: &mut Vec<Diagnostic>) {
    warn_of(document, &["build"], "not used without `build.dockerfile`", found);
    warn_of(document, table::ONLY_FOR_COMPOSE, "only used together with `dockerComposeFile`", found);
}

fn warn_of(document: &Document, names: &[&str], why: &str, found: &mut Vec<Diagnostic>) {
    for name in names {
        if let Some(place) = document.place.member(name) {
            let message = format!("`{name}` has no effect");
            found.push(Diagnostic::warning(message, place.name_or_value()).label(why));
        }
    }
}

/// Unknown variables. Where `foreign` syntax is at home, only those that look like a slip.
fn variables(value: &Value, place: &Place, foreign: bool, found: &mut Vec<Diagnostic>) {
    match (value, &place.inside) {
        (Value::String(text), _) => {
            for unknown in substitute::unknown_variables(text) {
                let diagnostic =
                    Diagnostic::warning(format!("unknown variable `{}`", unknown.text), place.value)
                        .label("stays as it is");
                match unknown.suggestion {
                    Some(name) => found.push(diagnostic.help(format!("Did you mean `{name}`?"))),
                    None if foreign => {}
                    None => found.push(diagnostic),
                }
            }
        }
        (Value::Array(values), Inside::Elements(places)) => {
            values.iter().zip(places).for_each(|(value, place)| variables(value, place, foreign, found));
        }
        (Value::Object(values), _) => {
            values.values().zip(place.members()).for_each(|(value, (_, place))| {
                variables(value, place, foreign, found);
            });
        }
        _ => {}
    }
}
