//! The table of contents of a collection, which is published beside its members.

use serde::Serialize;
use serde_json::{Value, json};

use crate::collection::Collection;

/// The name of its file.
pub const TABLE_OF_CONTENTS: &str = "devcontainer-collection.json";

impl Collection {
    /// The table of contents as the reference CLI writes it, its own name as the source included: readers may look for that.
    pub fn table_of_contents(&self) -> String {
        self.listing(self.members.iter().map(|member| member.metadata.clone().into()).collect())
    }

    /// A table of contents that is published already, with these members added or in the place of those with their ids.
    pub fn table_of_contents_within(&self, published: &[u8]) -> String {
        let before: Value = serde_json::from_slice(published).unwrap_or_default();
        let mut listed =
            before.get(self.kind.list_name()).and_then(Value::as_array).cloned().unwrap_or_default();
        for member in &self.members {
            let own = Value::Object(member.metadata.clone());
            match listed.iter_mut().find(|other| other["id"] == own["id"]) {
                Some(other) => *other = own,
                None => listed.push(own),
            }
        }
        self.listing(listed)
    }

    fn listing(&self, members: Vec<Value>) -> String {
        indented(&json!({
            "sourceInformation": { "source": "devcontainer-cli" },
            (self.kind.list_name()): members,
        }))
    }
}

/// JSON with four blanks for each level and no line end, as the reference CLI writes files of collections.
pub fn indented(value: &Value) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing a value into memory has no way to fail.
    let _ = value.serialize(&mut writer);
    String::from_utf8(bytes).unwrap_or_default()
}
