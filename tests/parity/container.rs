//! What became of a container: everything about it that could matter, as JSON that can be compared.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::tool::docker;

/// Prints the files that the programs and the fixtures' hooks leave in a container, each with its owner and mode.
const FILES: &str = r#"
find / -xdev \( -name '.*Marker' -o -path '/tmp/parity/*' -o -path /etc/environment -o -path /etc/profile \) -type f |
sort | while read -r file; do
  echo "=== $file ($(stat -c '%U:%G %a' "$file"))"
  cat "$file"
done
"#;

/// Describes the container, which must run. What differs between any two containers is named instead.
pub(crate) fn describe(id: &str) -> Value {
    let inspected: Value = serde_json::from_str(&docker(&["inspect", id])).expect("docker prints JSON");
    let inspected = &inspected[0];
    let names = Names::of(inspected);
    let mut config = inspected["Config"].clone();
    // To whom the client that made the container wanted to listen means nothing afterwards.
    drop_keys(&mut config, &["Hostname", "AttachStdout", "AttachStderr"]);
    // The docker client hands variables on in any order.
    sort(&mut config["Env"]);
    // With compose the whole wrapper is the entrypoint, and the reference indents it.
    for script in ["/Cmd/1", "/Entrypoint/2"] {
        if let Some(script) = config.pointer_mut(script) {
            *script = without_blanks(script.as_str().unwrap_or_default()).into();
        }
    }
    let mut host = inspected["HostConfig"].clone();
    // Nor volumes in the order of the words.
    sort(&mut host["Binds"]);
    for list in ["CapAdd", "CapDrop"] {
        capabilities(&mut host[list]);
    }
    let mut description = Map::new();
    description.insert("config".to_owned(), without_empty(&config));
    description.insert("host".to_owned(), without_empty(&host));
    description.insert("mounts".to_owned(), mounts(&inspected["Mounts"]));
    description.insert("ports".to_owned(), inspected["NetworkSettings"]["Ports"].clone());
    description.insert("changed".to_owned(), changed_paths(id));
    description.insert("files".to_owned(), files(id));
    names.put_in(Value::Object(description))
}

/// Describes an image, apart from what differs between any two.
pub(crate) fn describe_image(name: &str) -> Value {
    let inspected: Value =
        serde_json::from_str(&docker(&["image", "inspect", name])).expect("docker prints JSON");
    let mut config = inspected[0]["Config"].clone();
    drop_keys(&mut config, &["Hostname", "Image"]);
    without_empty(&config)
}

/// The words that stand for what is different in each container.
struct Names(Vec<(String, &'static str)>);

impl Names {
    fn of(inspected: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = text(&inspected["Id"]);
        let short = id.chars().take(12).collect();
        let created = text(&inspected["Created"]);
        let started = text(&inspected["State"]["StartedAt"]);
        Self(vec![(id, "<id>"), (short, "<id>"), (created, "<created>"), (started, "<started>")])
    }

    fn put_in(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.put_in_text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.put_in(item)).collect(),
            Value::Object(object) => {
                object.into_iter().map(|(key, value)| (key, self.put_in(value))).collect::<Map<_, _>>().into()
            }
            other => other,
        }
    }

    fn put_in_text(&self, text: String) -> String {
        self.0
            .iter()
            .filter(|(name, _)| !name.is_empty())
            .fold(text, |text, (name, word)| text.replace(name, word))
    }
}

/// Puts `<container>` in place of the id in a result.
pub(crate) fn without_id(mut result: Value) -> Value {
    if let Some(id) = result.get_mut("containerId") {
        *id = json!("<container>");
    }
    result
}

/// What is empty, null or false is the same to the engine, and comes from the one or the other by chance.
fn without_empty(value: &Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(is_set) => !is_set,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
    };
    let Value::Object(object) = value else { return value.clone() };
    let kept = object.iter().filter(|(_, value)| !is_empty(value));
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// By target, as the order of mounts means nothing.
fn mounts(value: &Value) -> Value {
    let items = value.as_array().cloned().unwrap_or_default();
    let by_target = items.into_iter().map(|mut mount| {
        let target = mount["Destination"].as_str().unwrap_or_default().to_owned();
        let is_anonymous = mount["Name"].as_str().is_some_and(|name| name.len() == 64);
        if is_anonymous {
            drop_keys(&mut mount, &["Name", "Source"]);
        }
        (target, mount)
    });
    by_target.collect::<BTreeMap<String, Value>>().into_iter().collect::<Map<_, _>>().into()
}

/// The paths that were added, changed or deleted since the container was made.
fn changed_paths(id: &str) -> Value {
    let mut lines: Vec<String> = docker(&["diff", id]).lines().map(str::to_owned).collect();
    lines.sort();
    lines.into()
}

fn files(id: &str) -> Value {
    let text = docker(&["exec", "-u", "root", id, "/bin/sh", "-c", FILES]);
    let files = text.split("=== ").skip(1).map(|file| {
        let (head, content) = file.split_once('\n').unwrap_or((file, ""));
        let mut lines: Vec<&str> = content.lines().collect();
        if head.starts_with("/etc/environment ") {
            lines.sort_unstable();
        }
        if head.starts_with("/etc/environment ") || head.contains("Marker ") {
            lines.retain(|line| !line.is_empty());
        }
        (head.to_owned(), json!(lines))
    });
    files.collect::<Map<_, _>>().into()
}

fn without_blanks(script: &str) -> String {
    script.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn sort(list: &mut Value) {
    if let Value::Array(items) = list {
        items.sort_by_key(Value::to_string);
    }
}

/// `CAP_X` and `X` are one, and their order means nothing.
fn capabilities(list: &mut Value) {
    if let Value::Array(items) = list {
        for item in items.iter_mut() {
            let name = item.as_str().unwrap_or_default();
            *item = name.strip_prefix("CAP_").unwrap_or(name).into();
        }
    }
    sort(list);
}

fn drop_keys(value: &mut Value, keys: &[&str]) {
    if let Value::Object(object) = value {
        object.retain(|key, _| !keys.contains(&key.as_str()));
    }
}
