//! `devc init --list`: which Templates there are.

use serde_json::{Value, json};

use crate::commands::context::{Answer, Context};
use crate::commands::template;
use crate::error::Result;
use crate::execute::Published;
use crate::registry::Registry;
use crate::template::{TemplateMetadata, built_in};
use crate::ui::Table;

/// Lists those that devc has, or those of a collection.
pub(super) async fn run(
    collection: Option<&str>,
    as_json: bool,
    registry: &Registry,
    context: &Context,
) -> Result<Answer> {
    let templates = match collection {
        None => of_devc()?,
        Some(name) => match template::find(name, registry, context).await? {
            Published::Template(template) => vec![template.metadata],
            Published::Collection(templates) => templates,
        },
    };
    if as_json {
        return Ok(Answer::Json(templates.iter().map(to_json).collect()));
    }
    let mut table = Table::new(["TEMPLATE", "NAME", "DESCRIPTION"]);
    for template in &templates {
        table.row([template.id(), template.name(), template.description()]);
    }
    Ok(Answer::Text(table.render(context.columns)))
}

/// What the Templates that devc has say about themselves.
pub(super) fn of_devc() -> Result<Vec<TemplateMetadata>> {
    let templates = built_in::ids().filter_map(built_in::find);
    templates.map(|template| template.map(|template| template.metadata)).collect()
}

fn to_json(template: &TemplateMetadata) -> Value {
    let options = template.raw().get("options").cloned().unwrap_or_else(|| json!({}));
    json!({
        "id": template.id(),
        "name": template.name(),
        "description": template.description(),
        "options": options,
    })
}
