//! The vectors of the reference CLI, cycles, registries, and properties of every order.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, from_value, json};

use super::*;
use crate::features::metadata::FeatureMetadata;
use crate::features::requested::requested;
use crate::features::source::{Places, Source};
use crate::{Error, Result};

fn request(features: &Value, override_order: &[&str]) -> Request {
    Request {
        features: requested(features.as_object().unwrap(), &crate::config::Map::new()).unwrap().features,
        override_order: override_order.iter().map(|id| (*id).to_owned()).collect(),
        places: Places { config_folder: "/w/.devcontainer".into(), workspace: Some("/w".into()) },
        pins: BTreeMap::new(),
    }
}

/// Answers from `world`, by the id as written; counts the rounds of questions.
fn resolve(request: Request, world: &Value) -> Result<(Vec<Planned>, Vec<Vec<String>>)> {
    let mut resolver = Resolver::new(request);
    let mut asked = Vec::new();
    loop {
        match resolver.step()? {
            Step::Ordered(order) => return Ok((order, asked)),
            Step::Needs(needs) => {
                let mark = |need: &Need| format!("{}{}", need.id, if need.is_optional { "?" } else { "" });
                asked.push(needs.iter().map(mark).collect());
                for need in needs {
                    let facts = facts(&world[&need.id], &need.wanted.source);
                    resolver.answer(need.wanted, facts);
                }
            }
        }
    }
}

fn facts(metadata: &Value, source: &Source) -> Option<Facts> {
    let metadata = FeatureMetadata::from_map(from_value(metadata.clone()).ok()?);
    let digest = source.oci().map(|reference| {
        metadata.text("digest").map_or_else(|| format!("sha256:{}", reference.resource()), str::to_owned)
    });
    Some(Facts { metadata, digest })
}

fn shown(result: Result<(Vec<Planned>, Vec<Vec<String>>)>) -> String {
    let one = |planned: &Planned| match &planned.options {
        Value::Object(options) if options.is_empty() => planned.id.clone(),
        options => format!("{}{options}", planned.id),
    };
    let failure = |error: Error| format!("{} {}", error.summary(), error.reasons().join("; "));
    match result {
        Ok((order, _)) => order.iter().map(one).collect::<Vec<_>>().join(" ").replace('"', ""),
        Err(error) => failure(error),
    }
}

#[track_caller]
fn check(features: Value, override_order: &[&str], world: Value, expected: &str) {
    assert_eq!(shown(resolve(request(&features, override_order), &world)), expected);
}

#[test]
fn soft_dependencies_only_order_what_is_there() {
    check(
        json!({"./a":{}, "./c":{"m":"321"}}),
        &[],
        json!({"./a":{"id":"a","installsAfter":["./b","./c"]},"./b":{"id":"b"},"./c":{"id":"c"}}),
        "./c{m:321} ./a",
    );
}

#[test]
fn circles_are_named() {
    check(
        json!({"./a":{}, "./b":{}, "./c":{}, "./d":{}}),
        &[],
        json!({
            "./a":{"installsAfter":["./b"]}, "./b":{"installsAfter":["./c"]}, "./c":{"dependsOn":{"./a":{}}},
            "./d":{"installsAfter":["./a"]}
        }),
        "Failed to compute Feature installation order! the Features wait for each other: \
         './a' waits for './b', './b' waits for './c', './c' waits for './a'",
    );
    check(
        json!({"./a":{}}),
        &[],
        json!({"./a":{"dependsOn":{"./a":{}}}}),
        "Failed to compute Feature installation order! the Features wait for each other: './a' waits for './a'",
    );
}

#[test]
fn hard_dependencies_come_along() {
    check(json!({"./a":{}}), &[], json!({"./a":{"dependsOn":{"./b":{"m":"50"}}},"./b":{}}), "./b{m:50} ./a");
    check(
        json!({"./a":{}}),
        &[],
        json!({"./a":{"dependsOn":{"./c":{"m":"321"}},"installsAfter":["./b"]},"./b":{},"./c":{}}),
        "./c{m:321} ./a",
    );
}

#[test]
fn a_feature_with_other_options_is_another_one() {
    let both = |one: &str, two: &str| json!({"optA": one, "optB": two});
    check(
        json!({"./a":both("a","b"), "./b":both("a","a")}),
        &[],
        json!({
            "./a":{"dependsOn":{"./b":both("a","a"),"./c":{}}},
            "./b":{"dependsOn":{}},
            "./c":{"dependsOn":{"./b":both("b","a"),"./d":{},"./e":{}}},
            "./d":{"dependsOn":{"./b":both("b","b")}},
            "./e":{"dependsOn":{"./b":{}}}
        }),
        "./b ./b{optA:a,optB:a} ./b{optA:b,optB:a} ./b{optA:b,optB:b} ./d ./e ./c ./a{optA:a,optB:b}",
    );
}

#[test]
fn the_users_order_wins_where_dependencies_allow_it() {
    let world = json!({"./a":{"dependsOn":{"./b":{},"./c":{},"./d":{}}},"./b":{},"./c":{},"./d":{}});
    check(json!({"./a":{}}), &["./c"], world, "./c ./b ./d ./a");
    let world = json!({
        "./a":{"dependsOn":{"./b":{},"./d":{}},"installsAfter":["./c"]},"./b":{"dependsOn":{"./c":{}}},"./c":{},"./d":{}
    });
    check(json!({"./a":{}}), &["./c", "./d"], world, "./c ./d ./b ./a");
    let world = json!({"./b":{"dependsOn":{"./a":{}}},"./a":{},"./c":{}});
    check(json!({"./b":{},"./c":{}}), &["./a", "./b", "./c"], world.clone(), "./a ./b ./c");
    check(json!({"./b":{},"./c":{}}), &["./elsewhere"], world, "./a ./c ./b");
}

#[test]
fn mistakes_say_whose_they_are() {
    check(
        json!({"./a":{}}),
        &["x"],
        json!({"./a":{}}),
        "\"overrideFeatureInstallOrder\" cannot be used The Feature id 'x' cannot be used: old ids without a registry are not supported",
    );
    check(
        json!({"./a":{}}),
        &[],
        json!({"./a":{"dependsOn":{"../../b":{}}}}),
        "The Feature './a' asks for another one that cannot be used The Feature id '../../b' cannot be used: /b is outside the workspace",
    );
}

#[test]
fn questions_come_together_and_only_once() {
    let world = json!({
        "ghcr.io/f/a:1":{"id":"a","dependsOn":{"ghcr.io/f/c":{}}, "installsAfter":["ghcr.io/f/utils","ghcr.io/other/x"]},
        "ghcr.io/f/b:1":{"id":"b","dependsOn":{"ghcr.io/f/c":{}}, "installsAfter":["ghcr.io/f/utils"]},
        "ghcr.io/f/c":{"id":"c"},
        "ghcr.io/f/utils":null
    });
    let features = json!({"ghcr.io/f/b:1":{},"ghcr.io/f/a:1":{}});
    let (order, asked) = resolve(request(&features, &[]), &world).unwrap();
    assert_eq!(asked, [vec!["ghcr.io/f/b:1", "ghcr.io/f/a:1"], vec!["ghcr.io/f/c", "ghcr.io/f/utils?"]]);
    let printed: Vec<String> = order.iter().map(|planned| planned.printed()["id"].to_string()).collect();
    assert_eq!(
        printed.join(" "),
        r#""ghcr.io/f/c@sha256:ghcr.io/f/c" "ghcr.io/f/a@sha256:ghcr.io/f/a" "ghcr.io/f/b@sha256:ghcr.io/f/b""#
    );
    assert_eq!(order[0].by, RequestedBy::Feature);
    assert_eq!(order[0].folder_name(0), "c_0");
}

#[test]
fn a_renamed_feature_is_waited_for_under_its_old_name() {
    check(
        json!({"ghcr.io/f/a":{},"ghcr.io/f/old":{}}),
        &[],
        json!({
            "ghcr.io/f/a":{"id":"a","installsAfter":["ghcr.io/f/new"]},
            "ghcr.io/f/old":{"id":"old"},
            "ghcr.io/f/new":{"id":"new","legacyIds":["old"]}
        }),
        "ghcr.io/f/old ghcr.io/f/a",
    );
}

#[test]
fn the_same_manifest_under_two_tags_is_installed_once() {
    check(
        json!({"ghcr.io/f/a:1":{},"ghcr.io/f/a:latest":{},"git":{}}),
        &[],
        json!({"ghcr.io/f/a:1":{"id":"a"},"ghcr.io/f/a:latest":{"id":"a"},"git":{"id":"git"}}),
        "git ghcr.io/f/a:1",
    );
}

#[test]
fn the_lockfile_pins_what_is_fetched() {
    let mut request = request(&json!({"ghcr.io/f/a:1":{}}), &[]);
    request.pins.insert("ghcr.io/f/a:1".to_owned(), "sha256:x".to_owned());
    let Step::Needs(needs) = Resolver::new(request).step().unwrap() else { panic!("it needs something") };
    assert_eq!(needs[0].wanted.integrity.as_deref(), Some("sha256:x"));
}

/// Features `./f0` to `./f7`: hard and soft dependencies by number.
fn worlds() -> impl Strategy<Value = (Value, Vec<usize>)> {
    let edges = prop::collection::vec((0usize..8, 0usize..8, any::<bool>()), 0..12);
    (edges, prop::collection::vec(0usize..8, 1..5), prop::collection::vec(0usize..8, 0..3)).prop_map(
        |(edges, wanted, first)| {
            let mut world = json!({});
            for number in 0..8 {
                world[format!("./f{number}")] = json!({"dependsOn":{},"installsAfter":[]});
            }
            for (from, to, is_hard) in edges {
                let feature = &mut world[format!("./f{from}")];
                if is_hard {
                    feature["dependsOn"][format!("./f{to}")] = json!({});
                } else if let Some(after) = feature["installsAfter"].as_array_mut() {
                    after.push(json!(format!("./f{to}")));
                }
            }
            let features: serde_json::Map<_, _> =
                wanted.iter().map(|number| (format!("./f{number}"), json!({}))).collect();
            (json!({"world": world, "features": features}), first)
        },
    )
}

proptest! {
    #[test]
    fn every_order_respects_every_dependency((given, first) in worlds()) {
        let first: Vec<String> = first.iter().map(|number| format!("./f{number}")).collect();
        let first: Vec<&str> = first.iter().map(String::as_str).collect();
        let world = &given["world"];
        let Ok((order, _)) = resolve(request(&given["features"], &first), world) else { return Ok(()) };
        let place = |id: &str| order.iter().position(|planned| planned.id == id);
        for (number, planned) in order.iter().enumerate() {
            for (dependency, _) in planned.metadata.depends_on() {
                prop_assert!(place(dependency).is_some_and(|place| place < number));
            }
            for dependency in planned.metadata.installs_after() {
                prop_assert!(place(&dependency).is_none_or(|place| place < number));
            }
        }
        for id in given["features"].as_object().unwrap().keys() {
            prop_assert!(place(id).is_some());
        }
    }
}
