//! Caches of package managers, written into the Dockerfile.

use super::{Finding, Remedy, View};
use crate::Result;
use crate::recipe::caching::{Outcome, Step, with_written_caches};

pub(super) const RULE: &str = "devc/cache-mount";

/// Offers a cache mount for each install that has none.
pub(super) fn improve(view: &View<'_>) -> Result<(Vec<Finding>, String)> {
    let accepted = view.accepts(RULE);
    let text = view.source.text.to_owned();
    // Without the values of its arguments, such as a base image's name, not all is known of a Dockerfile.
    let Ok(cached) = with_written_caches(&text, view.build.tables) else { return Ok((Vec::new(), text)) };
    let text = if accepted { cached.text } else { text };
    Ok((cached.steps.into_iter().filter_map(|step| finding(step, accepted)).collect(), text))
}

fn finding(step: Step, accepted: bool) -> Option<Finding> {
    let Outcome::Changed(caches) = step.outcome else { return None };
    Some(Finding {
        rule: RULE,
        line: step.line,
        what: format!("`{}` fetches everything again when it runs again", step.command),
        why: "A cache mount keeps what was fetched from one build to the next, and out of the image."
            .to_owned(),
        remedy: Remedy::Offered {
            edit: format!("--mount=type=cache for {caches}"),
            effect: "The image has no downloads in that folder; the base image's user must be root"
                .to_owned(),
            accepted,
        },
    })
}
