//! `--log-format json`: what programs follow while `up` runs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::compare::values;
use crate::differences::intended;
use crate::place::Place;
use crate::tool::{Ran, Tool, needs_engine};

/// All events on stderr; each line has to be one.
fn events(ran: &Ran) -> Vec<Value> {
    let lines = ran.stderr.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The progress of hooks and of dotfiles in order: name, status, detail (blanks at its end apart) and channel.
fn progress(ran: &Ran) -> Vec<Value> {
    let is_ours = |event: &Value| event["channel"].is_null() && event["name"] != "Installing Dotfiles";
    let progress = events(ran).into_iter().filter(|event| event["type"] == "progress");
    let mut progress: Vec<Value> = progress.filter(|event| !is_ours(event)).collect();
    for event in &mut progress {
        if let Some(detail) = event.get_mut("stepDetail") {
            *detail = detail.as_str().unwrap_or_default().trim_end().into();
        }
    }
    progress
}

/// Which hooks are announced, and on which channel their output is.
fn headings(ran: &Ran) -> Vec<String> {
    let events = events(ran).into_iter().filter(|event| event["channel"] == "postCreate");
    let texts = events.filter_map(|event| event["text"].as_str().map(str::to_owned));
    texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.contains("Running the "))
        .collect()
}

fn both(place: &Place) -> [Ran; 2] {
    both_with(place, "")
}

fn both_with(place: &Place, flags: &str) -> [Ran; 2] {
    [Tool::Reference, Tool::Devc].map(|tool| {
        let ran = place.run(tool, &format!("up --workspace-folder {{workspace}} --log-format json {flags}"));
        place.remove_containers();
        ran
    })
}

#[test]
fn hooks_are_followed_by_the_same_events() {
    needs_engine!();
    let [reference, devc] = both(&Place::new("hooks"));
    values(progress(&reference).into(), progress(&devc).into(), "").check();
    assert_eq!(headings(&reference), headings(&devc), "{reference}\n{devc}");
    assert!(devc.stderr.lines().all(|line| line.starts_with('{')), "{devc}");
}

#[test]
fn dotfiles_are_followed_by_the_same_events() {
    needs_engine!();
    let place = Place::new("dotfiles-links");
    place.host("git init -q dotfiles");
    let flags = "--dotfiles-repository /workspaces/dotfiles-links/dotfiles";
    let [reference, devc] = both_with(&place, flags);
    values(progress(&reference).into(), progress(&devc).into(), &format!("{reference}\n{devc}")).check();
}

#[test]
fn a_hook_names_its_steps_and_its_failure() {
    needs_engine!();
    let config = json!({
        "image": "devc-base:bookworm",
        "onCreateCommand": "echo ::step::one; sleep 0.1; echo ::endstep::; sleep 0.1; echo done",
        "postCreateCommand": "exit 3",
    });
    let [reference, devc] = both(&Place::with_config("steps", &config));
    values(progress(&reference).into(), progress(&devc).into(), "").check();
}

#[test]
fn events_have_the_same_shape() {
    needs_engine!();
    intended("Q13");
    let place = Place::new("dockerfile");
    let shapes = both(&place).map(|ran| {
        let shape = |event: &Value| {
            let keys = event.as_object().expect("events are objects").keys().cloned().collect::<Vec<_>>();
            format!("{}: {}", event["type"], keys.join(" "))
        };
        (events(&ran).iter().map(shape).collect::<BTreeSet<_>>(), ran)
    });
    let [(reference, reference_ran), (devc, devc_ran)] = shapes;
    intended("N12");
    let own = ["\"progress\": type name status", "\"progress\": type name status stepDetail"];
    let unknown: Vec<_> =
        devc.difference(&reference).filter(|shape| !own.contains(&shape.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?} beside {reference:?}\n{reference_ran}\n{devc_ran}");
    for kind in ["text", "raw", "start", "stop", "progress"] {
        assert!(devc.iter().any(|shape| shape.starts_with(&format!("\"{kind}\""))), "{kind}: {devc:?}");
    }
}
