//! Host requirements: of everything that is asked for, the most.

use serde_json::{Number, Value};

use super::is_truthy;
use crate::config::Map;
use crate::config::bytes;
use crate::config::metadata::Entry;

/// The largest of each requirement. Absent if nothing is required: the reference CLI prints infinities when there is
/// no entry at all (Q22).
pub(super) fn requirements(entries: &[Entry], key: &str) -> Option<Value> {
    let all: Vec<&Map> = entries.iter().filter_map(|entry| entry.get(key)?.as_object()).collect();
    let cpus = most(all.iter().filter_map(|one| one.get("cpus")));
    let memory = largest(&all, "memory");
    let storage = largest(&all, "storage");
    let gpu = entries.iter().map(|entry| entry.get(key)?.get("gpu")).fold(None, both_gpus);
    if !is_truthy(&cpus) && memory == 0 && storage == 0 && !gpu.as_ref().is_some_and(is_truthy) {
        return None;
    }
    let mut merged = Map::new();
    merged.insert("cpus".to_owned(), cpus);
    insert_bytes(&mut merged, "memory", memory);
    insert_bytes(&mut merged, "storage", storage);
    if let Some(gpu) = gpu {
        merged.insert("gpu".to_owned(), gpu);
    }
    Some(Value::Object(merged))
}

/// Nothing or `false` gives way to the other side, whatever it is; two wishes stay a wish; all else is joined into an
/// object.
fn both_gpus(left: Option<Value>, right: Option<&Value>) -> Option<Value> {
    let Some(wanted) = left.as_ref().filter(|left| is_truthy(left)) else { return right.cloned() };
    match right.filter(|right| is_truthy(right)) {
        None => left,
        Some(right) if wanted == "optional" && right == "optional" => left,
        Some(right) => Some(joined_gpu(&[wanted, right])),
    }
}

fn joined_gpu(sides: &[&Value]) -> Value {
    let sides: Vec<&Map> = sides.iter().filter_map(|side| side.as_object()).collect();
    let cores = most(sides.iter().filter_map(|side| side.get("cores")));
    let mut joined = Map::new();
    if is_truthy(&cores) {
        joined.insert("cores".to_owned(), cores);
    }
    insert_bytes(&mut joined, "memory", largest(&sides, "memory"));
    Value::Object(joined)
}

fn most<'a>(numbers: impl Iterator<Item = &'a Value>) -> Value {
    let size = |number: &Value| number.as_f64().unwrap_or(0.0);
    let most = numbers.filter(|number| number.is_number()).max_by(|a, b| size(a).total_cmp(&size(b)));
    most.filter(|most| size(most) > 0.0).cloned().unwrap_or(Value::Number(Number::from(0)))
}

fn largest(all: &[&Map], key: &str) -> u64 {
    let sizes = all.iter().filter_map(|one| bytes::parse(one.get(key)?.as_str()?));
    sizes.max().unwrap_or(0)
}

fn insert_bytes(into: &mut Map, key: &str, size: u64) {
    if size > 0 {
        into.insert(key.to_owned(), Value::from(size.to_string()));
    }
}
