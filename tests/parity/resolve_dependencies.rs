//! `features resolve-dependencies`: the same order, and the same chart but for the names of its boxes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::place::Place;
use crate::server::{Server, Setup};
use crate::tool::{Ran, Tool, needs_engine};

/// A Feature in the folder `folder`, with these properties more.
fn feature(place: &Place, folder: &str, id: &str, more: &Value) {
    let mut metadata = json!({"id": id, "version": "1.2.3", "name": id});
    let more = more.as_object().expect("an object").clone();
    metadata.as_object_mut().expect("an object").extend(more);
    place.write(&format!("{folder}/{id}/devcontainer-feature.json"), &metadata.to_string());
    place.write(&format!("{folder}/{id}/install.sh"), "true\n");
}

/// The chart with its boxes numbered as they come, and the order.
fn parts(ran: &Ran) -> (String, Value) {
    assert_eq!(ran.code, 0, "{ran}");
    let (chart, order) = ran.stdout.split_once("\n\n").unwrap_or_else(|| panic!("no blank line: {ran}"));
    let mut numbers = BTreeMap::new();
    let mut name = |word: &str| match word.split_once('[') {
        Some((name, rest)) if rest.contains("<br/>") => {
            let next = numbers.len();
            format!("{}[{rest}", numbers.entry(name.to_owned()).or_insert(next))
        }
        _ => word.to_owned(),
    };
    let chart: Vec<String> =
        chart.lines().map(|line| line.split(' ').map(&mut name).collect::<Vec<_>>().join(" ")).collect();
    (chart.join("\n"), serde_json::from_str(order).unwrap_or_else(|error| panic!("{error}: {ran}")))
}

#[test]
fn the_order_and_the_chart_are_the_same() {
    needs_engine!();
    let (server, place) = (Server::start(Setup::Open), Place::empty("order"));
    let registry = format!("{}/acme/features", server.host());
    let before = |name: &str| json!({"installsAfter": [format!("{registry}/{name}")]});
    feature(&place, "src", "base", &json!({}));
    feature(&place, "src", "tools", &json!({"dependsOn": {format!("{registry}/base:1"): {"flavour": "x"}}}));
    feature(&place, "src", "last", &before("tools"));
    feature(&place, ".devcontainer", "own", &json!({"dependsOn": {"./other": {}}}));
    feature(&place, ".devcontainer", "other", &before("last"));
    place.run(Tool::Devc, &format!("features publish src -r {} -n acme/features", server.host())).success();
    let features = json!({
        "./own": {"a": "b"},
        format!("{registry}/last"): {},
        format!("{registry}/tools:1.2"): "latest",
    });
    let configuration = json!({"image": "x", "features": features});
    place.write(".devcontainer/devcontainer.json", &configuration.to_string());
    check(&place);

    let mut overridden = configuration;
    overridden["overrideFeatureInstallOrder"] = json!([format!("{registry}/tools"), "./own"]);
    place.write(".devcontainer/devcontainer.json", &overridden.to_string());
    check(&place);
}

fn check(place: &Place) {
    let line = "features resolve-dependencies --workspace-folder {workspace}";
    let [reference, devc] = [Tool::Reference, Tool::Devc].map(|tool| parts(&place.run(tool, line)));
    assert_eq!(reference, devc, "{}\n{}", reference.0, devc.0);
}

#[test]
fn what_has_no_order_fails_alike() {
    needs_engine!();
    let place = Place::empty("circle");
    feature(&place, ".devcontainer", "egg", &json!({"installsAfter": ["./hen"]}));
    feature(&place, ".devcontainer", "hen", &json!({"installsAfter": ["./egg"]}));
    for features in [json!({"./egg": {}, "./hen": {}}), json!({"./missing": {}})] {
        let configuration = json!({"image": "x", "features": features});
        place.write(".devcontainer/devcontainer.json", &configuration.to_string());
        for tool in [Tool::Reference, Tool::Devc] {
            let ran = place.run(tool, "features resolve-dependencies --workspace-folder {workspace}");
            assert_eq!(ran.code, 1, "{ran}");
        }
    }
}
