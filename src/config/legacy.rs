//! Old top-level spellings, moved to where today's tools look for them.

use serde_json::Value;

use super::Map;

/// Moves `extensions`, `settings` and `devPort` into `customizations.vscode`, as the reference CLI does on reading.
///
/// All later steps, the metadata label included, see only the new spelling. What has not the type that it should
/// have stays where it is, for the schema check to complain about.
pub fn modernise(mut config: Map) -> Map {
    let is_old = config.get("extensions").is_some_and(Value::is_array)
        || config.get("settings").is_some_and(Value::is_object)
        || config.contains_key("devPort");
    if !is_old {
        return config;
    }
    let mut vscode = match room_for_vscode(&mut config) {
        Some(vscode) => std::mem::take(vscode),
        None => return config,
    };
    if let Some(Value::Array(extensions)) = take_if(&mut config, "extensions", Value::is_array) {
        append(&mut vscode, extensions);
    }
    if let Some(Value::Object(settings)) = take_if(&mut config, "settings", Value::is_object) {
        put_under(&mut vscode, settings);
    }
    if !vscode.contains_key("devPort")
        && let Some(port) = config.shift_remove("devPort")
    {
        vscode.insert("devPort".to_owned(), port);
    }
    if let Some(room) = room_for_vscode(&mut config) {
        *room = vscode;
    }
    config
}

fn take_if(config: &mut Map, key: &str, fits: fn(&Value) -> bool) -> Option<Value> {
    if config.get(key).is_some_and(fits) { config.shift_remove(key) } else { None }
}

/// `customizations.vscode`, made if need be; `None` if something else than objects is in the way.
fn room_for_vscode(config: &mut Map) -> Option<&mut Map> {
    object_at(object_at(config, "customizations")?, "vscode")
}

fn object_at<'a>(parent: &'a mut Map, key: &str) -> Option<&'a mut Map> {
    let value = parent.entry(key).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

/// Existing extensions come first.
fn append(vscode: &mut Map, extensions: Vec<Value>) {
    let all = vscode.entry("extensions").or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(all) = all {
        all.extend(extensions);
    }
}

/// Existing settings win.
fn put_under(vscode: &mut Map, settings: Map) {
    let mut all = settings;
    if let Some(Value::Object(existing)) = vscode.get("settings") {
        all.extend(existing.clone());
    }
    vscode.insert("settings".to_owned(), Value::Object(all));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_str};

    use super::modernise;

    /// The expected texts are what the reference CLI 0.89.0 prints.
    fn check(config: &str, expected: &str) {
        let modern = modernise(from_str(config).unwrap());
        assert_eq!(Value::Object(modern).to_string(), expected);
    }

    #[test]
    fn a_modern_config_stays_as_it_is() {
        check(r#"{"image":"x","customizations":{}}"#, r#"{"image":"x","customizations":{}}"#);
    }

    #[test]
    fn extensions_are_appended_and_settings_are_put_under() {
        check(
            r#"{"image":"x","extensions":["a"],"customizations":{"vscode":{"x":1,"extensions":["b"],"settings":{"k":1,"z":2}},"other":{}},"settings":{"k":9,"j":3},"name":"n"}"#,
            r#"{"image":"x","customizations":{"vscode":{"x":1,"extensions":["b","a"],"settings":{"k":1,"j":3,"z":2}},"other":{}},"name":"n"}"#,
        );
    }

    #[test]
    fn customizations_are_created_when_absent() {
        check(
            r#"{"extensions":["a"],"image":"x","devPort":1}"#,
            r#"{"image":"x","customizations":{"vscode":{"extensions":["a"],"devPort":1}}}"#,
        );
    }

    #[test]
    fn other_tools_are_left_alone() {
        check(
            r#"{"settings":{"a":1},"customizations":{"zed":{},"vscode":{"y":1}},"devPort":1,"image":"x"}"#,
            r#"{"customizations":{"zed":{},"vscode":{"y":1,"settings":{"a":1},"devPort":1}},"image":"x"}"#,
        );
    }

    #[test]
    fn nothing_is_lost_when_something_else_is_in_the_way() {
        let odd = r#"{"extensions":["a"],"devPort":1,"customizations":{"vscode":["x"]}}"#;
        check(odd, odd);
        check(
            r#"{"extensions":["a"],"customizations":{"vscode":null}}"#,
            r#"{"customizations":{"vscode":{"extensions":["a"]}}}"#,
        );
    }

    #[test]
    fn a_port_that_is_already_set_keeps_the_old_spelling() {
        check(
            r#"{"image":"x","customizations":{"zed":{},"vscode":{"devPort":7,"q":1}},"devPort":1,"extensions":null}"#,
            r#"{"image":"x","customizations":{"zed":{},"vscode":{"devPort":7,"q":1}},"devPort":1,"extensions":null}"#,
        );
    }
}
