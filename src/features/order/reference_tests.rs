//! The install order beside the reference CLI's, on random local Features.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::*;
use crate::config::Map;
use crate::features::metadata::FeatureMetadata;
use crate::features::requested::requested;
use crate::features::source::{Places, Source};

const CASES: u64 = 60;
const NAMES: [&str; 8] = ["b", "A", "a", "a-1", "a_1", "B2", "a10", "a9"];

/// A small generator, so that every run has the same cases.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn id(&mut self) -> String {
        format!("./{}", self.pick(&NAMES))
    }

    fn options(&mut self) -> Value {
        match self.below(6) {
            0 => json!(self.below(2) == 0),
            1 => json!(self.pick(&["1.9", "1.10", "latest", "Latest"])),
            2 => json!({ self.pick(&["x", "X", "y"]): self.pick(&["é", "e", "f", ""]) }),
            3 => json!({ "x": self.below(2) == 0, "y": self.pick(&["a", "A"]) }),
            _ => json!({}),
        }
    }

    fn features(&mut self, most: usize) -> Map {
        (0..self.below(most + 1)).map(|_| (self.id(), self.options())).collect()
    }

    fn ids(&mut self, most: usize) -> Vec<String> {
        (0..self.below(most + 1)).map(|_| self.id()).collect()
    }
}

fn write_case(folder: &Path, random: &mut Random) -> Map {
    for (number, name) in NAMES.iter().enumerate() {
        let mut feature =
            json!({ "id": name.to_lowercase(), "version": "1.0.0", "installsAfter": random.ids(2) });
        // Mostly without circles: dependencies go to later names only.
        let depends_on = random.features(2).into_iter().filter(|(id, _)| {
            let target = NAMES.iter().position(|name| format!("./{name}") == *id);
            target.is_some_and(|target| target > number)
        });
        feature["dependsOn"] = Value::Object(depends_on.collect());
        fs::create_dir(folder.join(name)).unwrap();
        fs::write(folder.join(name).join("devcontainer-feature.json"), feature.to_string()).unwrap();
    }
    let mut features = random.features(4);
    features.insert(random.id(), random.options());
    let config = json!({"image":"x","features":features,"overrideFeatureInstallOrder":random.ids(3)});
    fs::write(folder.join("devcontainer.json"), config.to_string()).unwrap();
    config.as_object().unwrap().clone()
}

fn ours(folder: &Path, config: &Map) -> Option<Value> {
    let override_order = config["overrideFeatureInstallOrder"].as_array().unwrap();
    let mut resolver = Resolver::new(Request {
        features: requested(config["features"].as_object().unwrap(), &Map::new()).unwrap().features,
        override_order: override_order.iter().map(|id| id.as_str().unwrap().to_owned()).collect(),
        places: Places { config_folder: folder.to_owned(), workspace: None },
        pins: BTreeMap::new(),
    });
    loop {
        match resolver.step().ok()? {
            Step::Ordered(order) => return Some(order.iter().map(Planned::printed).collect()),
            Step::Needs(needs) => needs.into_iter().for_each(|need| {
                let Source::Local(path) = &need.wanted.source else { panic!("not local") };
                let text = fs::read_to_string(path.join("devcontainer-feature.json")).unwrap();
                let metadata = FeatureMetadata::parse(&text, "test").unwrap();
                resolver.answer(need.wanted, Some(Facts { metadata, digest: None }));
            }),
        }
    }
}

fn theirs(cli: &str, workspace: &Path) -> Option<Value> {
    let words = ["features", "resolve-dependencies", "--workspace-folder"];
    let output = Command::new(cli).args(words).arg(workspace).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json = text.find("{\n  \"installOrder\"").map(|start| &text[start..])?;
    Some(serde_json::from_str::<Value>(json).unwrap()["installOrder"].clone())
}

#[test]
#[ignore = "runs the reference CLI 60 times"]
fn random_graphs_have_the_order_of_the_reference() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/reference");
    let cli = String::from_utf8(Command::new(script).output().unwrap().stdout).unwrap();
    let mut without_order = 0;
    for seed in 0..CASES {
        let workspace = tempfile::tempdir().unwrap();
        let folder = workspace.path().join(".devcontainer");
        fs::create_dir(&folder).unwrap();
        let config = write_case(&folder, &mut Random(seed));
        let expected = theirs(cli.trim(), workspace.path());
        without_order += u64::from(expected.is_none());
        assert_eq!(ours(&folder, &config), expected, "case {seed}: {}", workspace.keep().display());
    }
    assert!(without_order < CASES / 2, "{without_order} of {CASES} cases have no order");
}
