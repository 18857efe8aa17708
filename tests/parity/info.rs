//! `features info`: what both tell about a published Feature.

use crate::differences::intended;
use crate::place::Place;
use crate::published::Published;
use crate::tool::{Ran, Tool, needs_engine};

fn both(place: &Place, line: &str) -> [Ran; 2] {
    let runs = [Tool::Reference, Tool::Devc].map(|tool| place.run(tool, line));
    assert_eq!(runs[0].code, runs[1].code, "{}\n{}", runs[0], runs[1]);
    runs
}

/// Without the reference's escape codes, which it also writes into pipes, and with boxes of a chart named by their order.
fn comparable(text: &str) -> String {
    let text = text.replace("\u{1b}[1m", "").replace("\u{1b}[22m", "");
    let mut names: Vec<&str> = Vec::new();
    for line in text.lines().filter(|line| line.contains("<br/>")) {
        let heads = line.split(' ').filter_map(|word| Some(word.split_once('[')?.0));
        for head in heads {
            if !names.contains(&head) {
                names.push(head);
            }
        }
    }
    let numbered = names.iter().enumerate();
    numbered.fold(text.clone(), |text, (number, name)| {
        text.replace(&format!("{name}["), &format!("box-{number}["))
    })
}

#[test]
fn both_tell_the_same_about_a_feature() {
    needs_engine!();
    intended("N33");
    let published = Published::openly();
    let place = Place::empty("info");
    for id in ["tool", "tool:1.1", "base:2.0.0"] {
        for mode in ["manifest", "tags", "dependencies", "verbose"] {
            let line = format!("features info {mode} {}", published.id(id));
            let [reference, devc] = both(&place, &line);
            assert_eq!(comparable(&reference.stdout), comparable(&devc.stdout), "{reference}\n{devc}");
            let [reference, devc] = both(&place, &format!("{line} --output-format json"));
            assert_eq!(reference.stdout, devc.stdout);
        }
    }
}

#[test]
fn what_is_not_there_is_a_failure_of_both() {
    needs_engine!();
    intended("N33");
    let published = Published::openly();
    let place = Place::empty("info-absent");
    for id in ["absent", "tool:9"] {
        let line = format!("features info tags {}", published.id(id));
        let [_, devc] = both(&place, &line);
        assert_eq!((devc.code, devc.stdout.as_str()), (1, ""));
        assert!(devc.stderr.contains("404 Not Found") && devc.stderr.contains(&published.id(id)), "{devc}");
        let [reference, devc] = both(&place, &format!("{line} --output-format json"));
        assert_eq!((reference.stdout.as_str(), devc.stdout.as_str()), ("{}\n", "{}\n"));
    }
    let [_, devc] = both(&place, "features info manifest ghcr.io/a --output-format json");
    assert_eq!(devc.stdout, "{}\n");
}
