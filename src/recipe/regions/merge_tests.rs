use proptest::prelude::*;

use super::super::about;
use super::*;

/// Sections from pairs of a name and a line, behind the one that names them.
fn sections(pairs: &[(&str, &str)]) -> Vec<Section> {
    let section = |(id, text): &(&str, &str)| Section { id: (*id).to_owned(), text: format!("{text}\n") };
    let sections: Vec<Section> = pairs.iter().map(section).collect();
    std::iter::once(about("devc generate", &sections)).chain(sections).collect()
}

fn new(pairs: &[(&str, &str)]) -> String {
    merge("", &sections(pairs), false).unwrap().text
}

/// The text without the first section, and what happened to the others.
fn told(merged: &Merged) -> String {
    let text = merged.text.split_once("<<< devc: about\n").map_or(merged.text.as_str(), |(_, rest)| rest);
    let fates = merged.fates.iter().filter(|(id, _)| id != ABOUT).map(|(id, fate)| format!("{id}: {fate:?}"));
    format!("{}\n{}", fates.collect::<Vec<_>>().join(", "), text)
}

#[track_caller]
fn merged(old: &str, pairs: &[(&str, &str)]) -> String {
    told(&merge(old, &sections(pairs), false).unwrap())
}

#[test]
fn a_new_file_has_all_sections() {
    insta::assert_snapshot!(new(&[("base", "FROM a"), ("dev", "FROM base")]), @r"
    # >>> devc: about 6623eade
    # devc generate
    # Made by the command above, which keeps all that stands outside of the marks, and sections that were edited,
    # moved or removed. To get a removed one back, write its two marks again, without the hash.
    # Sections: base dev
    # <<< devc: about

    # >>> devc: base 20a51c18
    FROM a
    # <<< devc: base

    # >>> devc: dev 3194d3d3
    FROM base
    # <<< devc: dev
    ");
}

#[test]
fn what_stands_outside_of_the_marks_stays() {
    let old = new(&[("base", "FROM a"), ("dev", "FROM base")])
        .replace("\n\n# >>> devc: dev", "\nRUN mine\n# >>> devc: dev");
    let old = format!("# Ours.\n{old}CMD mine");
    let text = merge(&old, &sections(&[("base", "FROM b"), ("dev", "FROM base")]), false).unwrap().text;
    assert_eq!(text, old.replace("FROM a", "FROM b").replace(&hash("FROM a\n"), &hash("FROM b\n")));
}

#[test]
fn sections_come_beside_their_neighbours_and_go_when_nothing_needs_them() {
    let old = new(&[("base", "1"), ("npm", "2"), ("dev", "3")]);
    insta::assert_snapshot!(merged(&old, &[("base", "1"), ("pip", "4"), ("dev", "3")]), @r"
    base: Same, npm: Dropped, dev: Same, pip: New

    # >>> devc: base 4355a46b
    1
    # <<< devc: base

    # >>> devc: pip 7de1555d
    4
    # <<< devc: pip

    # >>> devc: dev 1121cfcc
    3
    # <<< devc: dev
    ");
}

#[test]
fn an_edited_section_stays_until_it_is_forced() {
    let old = new(&[("base", "1"), ("dev", "2")]).replace("\n1\n", "\nmine\n");
    assert!(merged(&old, &[("base", "1"), ("dev", "2")]).starts_with("base: Edited, dev: Same\n"));
    assert!(merged(&old, &[("base", "3"), ("dev", "2")]).starts_with("base: EditedAndStale, dev: Same\n"));
    assert!(merged(&old, &[("dev", "2")]).starts_with("base: Edited, dev: Same\n"));
    assert!(merged(&old, &[("base", "mine"), ("dev", "2")]).starts_with("base: Updated, dev: Same\n"));
    let forced = merge(&old, &sections(&[("base", "1"), ("dev", "2")]), true).unwrap();
    assert_eq!(forced.text, new(&[("base", "1"), ("dev", "2")]));
}

#[test]
fn a_removed_section_stays_away_until_its_marks_are_back() {
    let all = [("base", "1"), ("npm", "2"), ("dev", "3")];
    let old = new(&all);
    let start = old.find("# >>> devc: npm").unwrap();
    let end = old.find("# >>> devc: dev").unwrap();
    let removed = format!("{}{}", &old[..start], &old[end..]);
    let again = merge(&removed, &sections(&all), false).unwrap();
    assert_eq!(again.text, removed);
    assert_eq!(again.fates.last().unwrap(), &("npm".to_owned(), Fate::LeftOut));
    let asked = format!("{removed}# >>> devc: npm\n# <<< devc: npm\n");
    assert!(merged(&asked, &all).contains("# >>> devc: npm "), "{asked}");
    assert!(merge(&removed, &sections(&all), true).unwrap().text.contains("\n2\n"));
}

#[test]
fn the_order_of_sections_is_the_teams() {
    let (one, two) = ([("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]);
    let old = merge("", &sections(&one)[1..], false).unwrap().text;
    let swapped = merge("", &sections(&two)[1..], false).unwrap().text;
    assert_ne!(old, swapped);
    assert_eq!(merge(&swapped, &sections(&one)[1..], false).unwrap().text, swapped);
}

#[test]
fn line_ends_of_windows_stay_and_are_no_edit() {
    let old = new(&[("base", "1")]).replace('\n', "\r\n");
    assert_eq!(merge(&old, &sections(&[("base", "1")]), false).unwrap().text, old);
    let text = merge(&old, &sections(&[("base", "2")]), false).unwrap().text;
    assert_eq!(text, new(&[("base", "2")]).replace('\n', "\r\n"));
}

#[test]
fn marks_that_do_not_fit_are_told_with_their_line() {
    let check = |text: &str, expected: &str| {
        assert_eq!(merge(text, &[], false).unwrap_err().summary(), expected);
    };
    check("a\n# >>> devc: b 1\n", "the mark on line 2 has no end");
    check("# >>> devc: a\n# >>> devc: b\n", "the mark on line 1 has no end");
    check("# <<< devc: a\n", "the mark on line 1 ends what was not begun");
    check("# >>> devc: a\n# <<< devc: b\n", "the mark on line 2 ends what was not begun");
    check(
        "# >>> devc: a\n# <<< devc: a\n# >>> devc: a\n",
        "the mark on line 3 has a name that another one has",
    );
}

fn any_sections() -> impl Strategy<Value = Vec<Section>> {
    let ids = prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4);
    (ids, prop::collection::vec("[xy]", 4)).prop_map(|(ids, texts)| {
        let pairs: Vec<(&str, &str)> = ids.into_iter().zip(texts.iter().map(String::as_str)).collect();
        sections(&pairs)
    })
}

proptest! {
    #[test]
    fn generating_twice_changes_nothing_more(
        first in any_sections(),
        second in any_sections(),
        own in "(mine\n)?",
        force in any::<bool>(),
    ) {
        let old = merge("", &first, false).unwrap().text + &own;
        let once = merge(&old, &second, force).unwrap();
        let twice = merge(&once.text, &second, force).unwrap();
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert!(once.text.ends_with(&own) || second.len() > first.len());
        prop_assert!(twice.fates.iter().all(|(_, fate)| matches!(fate, Fate::Same)), "{:?}", twice.fates);
    }
}
