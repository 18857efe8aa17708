//! Secrets in an image: in the files of its layers, in its environment, and in the commands that made it.

use std::collections::BTreeSet;

use crate::archive::saved_image::{self, LayerFile};
use crate::engine::{Engine, Image};
use crate::error::Result;
use crate::verify::secrets::{Finding, MOST_BYTES, Rules};
use crate::verify::{Check, Row};

/// Looks through what an image adds to its base. A file that a later layer removes is still there for everybody.
pub(super) async fn row(engine: &Engine, name: &str, base: Option<&str>) -> Result<Row> {
    let rules = Rules::embedded()?;
    let image = engine.inspect_image(name).await?.unwrap_or_default();
    let (base, below) = match base {
        Some(base) => {
            (engine.inspect_image(base).await?, engine.image_history(base).await.unwrap_or_default())
        }
        None => (None, Vec::new()),
    };
    let base = base.unwrap_or_default();
    let mut findings = in_environment(&rules, &image, &base);
    let history = engine.image_history(name).await?;
    let own = if history.starts_with(&below) { &history[below.len()..] } else { &history[..] };
    findings.extend(own.iter().flat_map(|command| rules.in_command(command)));
    findings.extend(in_layers(engine, name, rules, base.layers).await?);
    let findings: Vec<Finding> = findings.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let sentence = match findings.is_empty() {
        true => "nothing in its layers, environment and history looks like a secret",
        false => {
            "whoever has the image has these: use RUN --mount=type=secret, and replace what was given away"
        }
    };
    Ok(Row::searched(Check::ImageSecrets, findings, sentence))
}

fn in_environment(rules: &Rules, image: &Image, base: &Image) -> Vec<Finding> {
    let own = image.environment.iter().filter(|(name, value)| base.environment.get(*name) != Some(value));
    own.filter_map(|(name, value)| rules.in_variable("variable", name, value)).collect()
}

async fn in_layers(engine: &Engine, name: &str, rules: Rules, below: Vec<String>) -> Result<Vec<Finding>> {
    let count = below.len();
    let known: BTreeSet<String> = below.iter().map(|digest| blob(digest)).collect();
    let search = move |archive: &mut dyn std::io::Read| {
        let mut found: Vec<(String, Finding)> = Vec::new();
        let layers = saved_image::walk(
            archive,
            MOST_BYTES,
            |layer| known.contains(layer),
            |file| {
                let LayerFile { layer, path, content } = file;
                // Of a file that is too large to be read, the name tells.
                let content = content.as_deref().unwrap_or(b"?");
                found.extend(
                    rules.in_file(&path, content).into_iter().map(|finding| (layer.clone(), finding)),
                );
            },
        )?;
        // Stores that keep layers packed name them after their packed form: these are told apart by their place.
        let is_below = |layer: &String| layers.iter().take(count).any(|below| below == layer);
        Ok(found.into_iter().filter(|(layer, _)| !is_below(layer)).map(|(_, finding)| finding).collect())
    };
    engine.save_image(name, search).await
}

/// Where a saved image keeps a blob.
fn blob(digest: &str) -> String {
    format!("blobs/{}", digest.replacen(':', "/", 1))
}
