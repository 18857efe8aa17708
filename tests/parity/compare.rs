//! Equal apart from what is meant to differ.

use serde_json::{Map, Value};

use crate::differences;
use crate::place::Place;
use crate::tool::{Ran, Tool};

/// Two results, the reference's being turned into what `devc`'s is meant to be.
pub(crate) struct Comparison {
    reference: Value,
    devc: Value,
    about: String,
}

/// Runs the same words with both and compares exit code and result.
pub(crate) fn same(place: &Place, line: &str) -> Comparison {
    let reference = place.run(Tool::Reference, line);
    let devc = place.run(Tool::Devc, line);
    results(&reference, &devc)
}

/// Compares exit codes at once, and results later.
pub(crate) fn results(reference: &Ran, devc: &Ran) -> Comparison {
    assert_eq!(reference.code, devc.code, "exit codes differ:\n{reference}\n{devc}");
    values(reference.json(), devc.json(), &format!("{reference}\n{devc}"))
}

/// Compares any two values.
pub(crate) fn values(reference: Value, devc: Value, about: &str) -> Comparison {
    Comparison { reference, devc, about: about.to_owned() }
}

/// Whether an intended difference has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Always,
    IfThere,
}

impl Comparison {
    /// Takes an intended difference into account: `edit` turns what the reference says into what `devc` means to say.
    /// It has to change something, lest the list of differences outlive its reasons.
    pub(crate) fn except(self, id: &str, edit: impl FnOnce(&mut Value)) -> Self {
        self.expect(id, Presence::Always, edit)
    }

    /// As [`Comparison::except`], for differences that are not there in every result.
    pub(crate) fn expect(mut self, id: &str, presence: Presence, edit: impl FnOnce(&mut Value)) -> Self {
        differences::intended(id);
        let text = |value: &Value| value.to_string();
        let before = text(&self.reference);
        edit(&mut self.reference);
        let is_there = text(&self.reference) != before;
        assert!(is_there || presence == Presence::IfThere, "{id} changes nothing here:\n{}", self.about);
        self
    }

    /// Fails unless the two are equal, order of keys included.
    pub(crate) fn check(self) {
        let mut found = Vec::new();
        compare("", &self.reference, &self.devc, &mut found);
        assert!(
            found.is_empty(),
            "\n{} differences (reference, devc):\n{}\n\n{}",
            found.len(),
            found.join("\n"),
            self.about
        );
    }
}

/// Removes what the JSON pointer names, if it is there.
pub(crate) fn remove(value: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer starts with a slash");
    match value.pointer_mut(parent) {
        Some(Value::Object(object)) => drop(object.shift_remove(key)),
        Some(Value::Array(items)) => drop(items.remove(key.parse().expect("the number of an item"))),
        _ => {}
    }
}

/// Sets what the JSON pointer names; a new key comes last.
pub(crate) fn set(value: &mut Value, pointer: &str, new: impl Into<Value>) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer starts with a slash");
    match value.pointer_mut(parent) {
        Some(Value::Object(object)) => drop(object.insert(key.to_owned(), new.into())),
        Some(Value::Array(items)) => items[key.parse::<usize>().expect("the number of an item")] = new.into(),
        _ => panic!("nothing at {parent} in {value}"),
    }
}

/// Puts the keys of the object that the pointer names into another order.
pub(crate) fn reorder(value: &mut Value, pointer: &str, keys: &[&str]) {
    let Some(Value::Object(object)) = value.pointer_mut(pointer) else { panic!("no object at {pointer}") };
    *object = keys.iter().map(|key| ((*key).to_owned(), object[*key].clone())).collect();
}

fn compare(path: &str, reference: &Value, devc: &Value, found: &mut Vec<String>) {
    match (reference, devc) {
        (Value::Object(a), Value::Object(b)) => compare_objects(path, a, b, found),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (number, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}/{number}"), a, b, found);
            }
        }
        (a, b) if a == b || same_number(a, b) => {}
        (a, b) => found.push(format!("{path}:\n    {a}\n    {b}")),
    }
}

/// JSON knows one kind of number: 1.0 is 1.
fn same_number(a: &Value, b: &Value) -> bool {
    matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

fn compare_objects(path: &str, a: &Map<String, Value>, b: &Map<String, Value>, found: &mut Vec<String>) {
    for (key, value) in a {
        match b.get(key) {
            Some(other) => compare(&format!("{path}/{key}"), value, other, found),
            None => found.push(format!("{path}/{key}:\n    {value}\n    (nothing)")),
        }
    }
    for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
        found.push(format!("{path}/{key}:\n    (nothing)\n    {value}"));
    }
    let common = |one: &Map<String, Value>, other: &Map<String, Value>| {
        one.keys().filter(|key| other.contains_key(*key)).cloned().collect::<Vec<_>>()
    };
    let (order, own) = (common(a, b), common(b, a));
    if order != own {
        found.push(format!("{path}: order of keys\n    {order:?}\n    {own:?}"));
    }
}
