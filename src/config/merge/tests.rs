use proptest::prelude::*;
use serde_json::{from_str, json};

use super::*;

fn entries(text: &str) -> Vec<Entry> {
    from_str(text).unwrap()
}

/// Merges and leaves out what is always there and says nothing. The expected texts are what the reference CLI 0.89.0
/// printed for the same input.
fn check(list: &str, expected: &str) {
    let mut merged = merge(&Map::new(), &entries(list));
    merged.retain(|_, value| *value != json!([]) && *value != json!({}) && *value != json!(false));
    assert_eq!(Value::Object(merged).to_string(), expected);
}

#[test]
fn nothing_merges_into_the_constant_part() {
    let merged = Value::Object(merge(&from_str(r#"{"image":"x"}"#).unwrap(), &[])).to_string();
    let expected = r#"{"image":"x","init":false,"privileged":false,"onCreateCommands":[],"updateContentCommands":[],"postCreateCommands":[],"postStartCommands":[],"postAttachCommands":[],"remoteEnv":{},"containerEnv":{},"portsAttributes":{}}"#;
    assert_eq!(merged, expected);
}

#[test]
fn existing_keys_keep_their_place_and_dropped_ones_move() {
    let config = r#"{"image":"x","shutdownAction":"none","customizations":{"vscode":1},"name":"n","onCreateCommand":"c","capAdd":["Q"],"mounts":["m"]}"#;
    let list = r#"[{"shutdownAction":"none","customizations":{"vscode":{"a":1},"x":[1]},"onCreateCommand":"c","capAdd":["A","B"]},
        {"capAdd":["B","C"],"customizations":{"vscode":2},"onCreateCommand":"","init":true,"privileged":false,"entrypoint":"/e"},{"entrypoint":""}]"#;
    let merged = Value::Object(merge(&from_str(config).unwrap(), &entries(list))).to_string();
    let expected = r#"{"image":"x","name":"n","capAdd":["A","B","C"],"init":true,"privileged":false,"entrypoints":["/e"],"customizations":{"vscode":[{"a":1},2],"x":[[1]]},"onCreateCommands":["c"],"updateContentCommands":[],"postCreateCommands":[],"postStartCommands":[],"postAttachCommands":[],"remoteEnv":{},"containerEnv":{},"portsAttributes":{},"shutdownAction":"none"}"#;
    assert_eq!(merged, expected);
}

#[test]
fn values_of_the_config_count_only_as_entries() {
    let config = from_str(r#"{"remoteEnv":{"Z":"z"},"containerEnv":{"Q":"q"},"init":true}"#).unwrap();
    let merged = merge(&config, &entries(r#"[{"remoteEnv":{"Z":"z"}}]"#));
    assert_eq!(merged["containerEnv"], json!({}));
    assert_eq!(merged["init"], json!(false));
}

#[test]
fn the_last_value_that_says_something_wins() {
    check(
        r#"[{"waitFor":"postCreateCommand","remoteUser":"a","overrideCommand":false,"updateRemoteUserUID":true},
            {"waitFor":"","remoteUser":"","overrideCommand":null,"updateRemoteUserUID":"x"}]"#,
        r#"{"waitFor":"postCreateCommand","remoteUser":"a","updateRemoteUserUID":true}"#,
    );
    check(
        r#"[{"remoteEnv":{"A":"1","B":null},"portsAttributes":{"a":{"label":"1"}}},
            {"remoteEnv":{"A":null,"C":"3"},"portsAttributes":{"a":{"protocol":"http"}},"userEnvProbe":"none"}]"#,
        r#"{"userEnvProbe":"none","remoteEnv":{"A":null,"B":null,"C":"3"},"portsAttributes":{"a":{"protocol":"http"}}}"#,
    );
}

#[test]
fn truth_is_that_of_javascript() {
    check(r#"[{"init":"yes","privileged":1}]"#, r#"{"init":true,"privileged":true}"#);
    check(r#"[{"init":"","privileged":0}]"#, "{}");
}

#[test]
fn a_single_value_is_a_list_of_one() {
    check(r#"[{"capAdd":"A"},{"capAdd":["B","A"]},{"capAdd":null}]"#, r#"{"capAdd":["A","B"]}"#);
}

#[test]
fn ports_are_joined_in_both_spellings() {
    check(
        r#"[{"forwardPorts":[3000,"db:5432"]},{"forwardPorts":["localhost:3000",9000]}]"#,
        r#"{"forwardPorts":[3000,"db:5432",9000]}"#,
    );
}

#[test]
fn the_last_mount_of_a_target_stays() {
    check(
        r#"[{"mounts":["type=volume,src=a,dst=/a",{"type":"bind","source":"/h","target":"/b"},"source=q,destination=/a,type=volume"]},
            {"mounts":[{"type":"volume","target":"/b"}]}]"#,
        r#"{"mounts":["source=q,destination=/a,type=volume",{"type":"volume","target":"/b"}]}"#,
    );
}

#[test]
fn mounts_without_a_target_all_stay() {
    check(r#"[{"mounts":["no","nope","no"]}]"#, r#"{"mounts":["no","nope","no"]}"#);
}

#[test]
fn of_host_requirements_the_most_counts() {
    check(
        r#"[{"hostRequirements":{"cpus":2,"memory":"1gb"}},{"hostRequirements":{"cpus":1,"memory":"2048mb"}}]"#,
        r#"{"hostRequirements":{"cpus":2,"memory":"2147483648"}}"#,
    );
    check(
        r#"[{"hostRequirements":{"storage":"32tb","memory":"junk"}}]"#,
        r#"{"hostRequirements":{"cpus":0,"storage":"35184372088832"}}"#,
    );
    check(r#"[{"hostRequirements":{"cpus":0,"gpu":false}}]"#, "{}");
    check(
        r#"[{"hostRequirements":{"cpus":1,"gpu":false}}]"#,
        r#"{"hostRequirements":{"cpus":1,"gpu":false}}"#,
    );
    check(
        r#"[{"hostRequirements":{"cpus":1,"gpu":false}},{"init":true}]"#,
        r#"{"init":true,"hostRequirements":{"cpus":1}}"#,
    );
}

#[test]
fn graphics_requirements_are_joined() {
    let gpu = |left: &str, right: &str, expected: &str| {
        check(
            &format!(r#"[{{"hostRequirements":{{"gpu":{left}}}}},{{"hostRequirements":{{"gpu":{right}}}}}]"#),
            &format!(r#"{{"hostRequirements":{{"cpus":0,"gpu":{expected}}}}}"#),
        );
    };
    gpu("true", "true", "{}");
    gpu("true", "false", "true");
    gpu("false", r#""optional""#, r#""optional""#);
    gpu(r#""optional""#, r#""optional""#, r#""optional""#);
    gpu("true", r#""optional""#, "{}");
    gpu(r#"{"cores":3}"#, r#"{"cores":1,"memory":"4gb"}"#, r#"{"cores":3,"memory":"4294967296"}"#);
    gpu(r#"{"memory":"8gb"}"#, "false", r#"{"memory":"8gb"}"#);
}

/// Entries whose values have the right types, with many collisions.
fn entry() -> impl Strategy<Value = Entry> {
    let names = prop::sample::select(vec!["a", "b", "c"]);
    let texts = prop::collection::vec(names.clone().prop_map(Value::from), 0..3).prop_map(Value::from);
    let map = prop::collection::btree_map(names.clone(), names.clone(), 0..3).prop_map(|map| json!(map));
    let mounts =
        prop::collection::vec(names.clone().prop_map(|name| json!(format!("src={name},dst=/{name}"))), 0..3);
    let values = (any::<bool>(), texts.clone(), map.clone(), mounts, 0..4_u32, prop::option::of(names));
    values.prop_map(|(flag, texts, map, mounts, cpus, name)| {
        let mut entry = Entry::new();
        entry.insert("init".to_owned(), json!(flag));
        entry.insert("overrideCommand".to_owned(), json!(flag));
        entry.insert("capAdd".to_owned(), texts.clone());
        entry.insert("forwardPorts".to_owned(), texts);
        entry.insert("remoteEnv".to_owned(), map);
        entry.insert("mounts".to_owned(), json!(mounts));
        entry.insert("hostRequirements".to_owned(), json!({"cpus": cpus, "memory": format!("{cpus}gb")}));
        entry.extend(name.map(|name| ("remoteUser".to_owned(), json!(name))));
        entry
    })
}

/// Properties whose merged form has the form of an entry, so that merging can be repeated.
fn as_entry(merged: Map) -> Entry {
    let mut entry = merged;
    entry.retain(|key, _| !key.ends_with("Commands"));
    entry
}

proptest! {
    /// Merging a part first changes nothing.
    #[test]
    fn merging_is_associative(all in prop::collection::vec(entry(), 0..6), cut in 0..6_usize) {
        let cut = cut.min(all.len());
        let first = as_entry(merge(&Map::new(), &all[..cut]));
        let mut parts = vec![first];
        parts.extend_from_slice(&all[cut..]);
        prop_assert_eq!(merge(&Map::new(), &parts), merge(&Map::new(), &all));
    }

    #[test]
    fn merging_an_entry_twice_changes_nothing(all in prop::collection::vec(entry(), 1..4)) {
        let mut twice = all.clone();
        twice.extend(all.last().cloned());
        prop_assert_eq!(merge(&Map::new(), &twice), merge(&Map::new(), &all));
    }

    #[test]
    fn properties_that_no_entry_carries_are_the_configs(name in "[a-z]{0,5}", all in prop::collection::vec(entry(), 0..4)) {
        let config = from_str::<Map>(&json!({"name": name, "runArgs": [name]}).to_string()).unwrap();
        let merged = merge(&config, &all);
        prop_assert_eq!(&merged["name"], &config["name"]);
        prop_assert_eq!(&merged["runArgs"], &config["runArgs"]);
    }
}
