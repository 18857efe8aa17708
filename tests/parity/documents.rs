//! `docs/compatibility.md` says what is so: its tables are written by this test (`DEVC_UPDATE_DOCS=1`), and fail it
//! when they are old.

use std::path::{Path, PathBuf};

use devc::host::Environment;

use crate::differences::{Choice, DIFFERENCES, Difference};
use crate::surface;
use crate::tool::needs_engine;

/// Differences that no comparison can show, and why.
const NOT_COMPARED: [(&str, &str); 2] = [
    ("Q21", "an event that is missed cannot be brought about; nothing in devc listens to events"),
    ("Q25", "needs a registry; nothing in devc asks one for an image"),
];

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compatibility.md")
}

/// Puts `content` between the page's marks for `name`, or checks that it is there.
fn check(name: &str, content: &str) {
    let text = std::fs::read_to_string(page()).expect("docs/compatibility.md is there");
    let (start, end) =
        (format!("<!-- {name}: written by tests/parity -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("the page has no mark {start}"));
    let (old, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the page has no mark {end}"));
    let content = format!("\n{content}\n");
    if Environment::capture().get("DEVC_UPDATE_DOCS") == Some("1") {
        std::fs::write(page(), format!("{before}{start}{content}{end}{after}"))
            .expect("the page can be written");
    } else {
        assert_eq!(
            old, content,
            "docs/compatibility.md is old: run the parity tests with DEVC_UPDATE_DOCS=1"
        );
    }
}

#[test]
fn the_page_is_in_step_with_the_tests() {
    check("fixed", &table(|one| matches!(one.choice, Choice::Fixed | Choice::Optional)));
    check("own", &table(|one| one.choice == Choice::Own));
    check("kept", &table(|one| one.choice == Choice::Kept));
    // The flags follow, one after the other, as both write the same page.
    needs_engine!();
    check("flags", &surface::tables());
}

fn table(is_wanted: impl Fn(&Difference) -> bool) -> String {
    let mut lines = vec!["| | the reference | `devc` | why |".to_owned(), "|---|---|---|---|".to_owned()];
    lines.extend(
        DIFFERENCES
            .iter()
            .filter(|one| is_wanted(one))
            .map(|one| format!("| {} | {} | {} | {} |", one.id, one.reference, one.devc, one.reason)),
    );
    lines.join("\n") + "\n"
}

#[test]
fn every_difference_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity");
    let files = std::fs::read_dir(folder).expect("the tests are there").flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let files = files.filter(|path| !path.ends_with("differences.rs") && !path.ends_with("documents.rs"));
    let tests: String = files.map(|path| std::fs::read_to_string(path).expect("a test is text")).collect();
    let excused = |id: &str| NOT_COMPARED.iter().any(|(other, _)| *other == id);
    let without = DIFFERENCES
        .iter()
        .map(|one| one.id)
        .filter(|id| !tests.contains(&format!("\"{id}\"")) && !excused(id));
    assert_eq!(without.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn differences_are_told_apart_and_in_order() {
    let key = |id: &str| (id.starts_with('N'), id[1..].parse::<u32>().expect("a number after the letter"));
    let keys: Vec<_> = DIFFERENCES.iter().map(|one| key(one.id)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
}
