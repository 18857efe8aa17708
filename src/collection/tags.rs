//! Which tags a new version gets, beside its own.

use crate::features::version::SemanticVersion;

/// The tags under which a version is published: `1`, `1.2`, `1.2.3` and `latest`, in this order.
///
/// A tag that stands for several versions moves only forward: not when one of them that is published is newer, and not from a
/// release to a preview of the next one.
pub fn tags(version: &SemanticVersion, written: &str, published: &[SemanticVersion]) -> Vec<String> {
    let [major, minor, _] = version.numbers;
    let is_newest = |depth: usize| {
        let stands_with = |other: &&SemanticVersion| other.numbers[..depth] == version.numbers[..depth];
        published.iter().filter(stands_with).all(|other| rank(other) < rank(version))
    };
    let tags = [
        (is_newest(1), major.to_string()),
        (is_newest(2), format!("{major}.{minor}")),
        (true, written.to_owned()),
        (is_newest(0), "latest".to_owned()),
    ];
    tags.into_iter().filter(|(moves, _)| *moves).map(|(_, tag)| tag).collect()
}

/// Any release is above all previews.
fn rank(version: &SemanticVersion) -> (bool, &SemanticVersion) {
    (version.prerelease.is_empty(), version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: &str, published: &[&str], expected: &str) {
        let parse = |text: &str| SemanticVersion::parse(text).unwrap();
        let published: Vec<_> = published.iter().map(|text| parse(text)).collect();
        assert_eq!(tags(&parse(version), version, &published).join(" "), expected);
    }

    #[test]
    fn the_first_version_gets_all_tags() {
        check("1.2.3", &[], "1 1.2 1.2.3 latest");
    }

    #[test]
    fn tags_move_only_forward() {
        check("1.2.4", &["1.2.3"], "1 1.2 1.2.4 latest");
        check("1.2.4", &["1.3.0"], "1.2 1.2.4");
        check("1.2.4", &["1.2.5"], "1.2.4");
        check("1.2.4", &["2.0.0"], "1 1.2 1.2.4");
        check("1.10.0", &["1.9.0"], "1 1.10 1.10.0 latest");
    }

    #[test]
    fn a_preview_takes_nothing_from_a_release() {
        check("2.0.0-rc.1", &["1.0.0"], "2 2.0 2.0.0-rc.1");
        check("1.1.0-rc.1", &["1.0.0"], "1.1 1.1.0-rc.1");
        check("1.0.0-rc.2", &["1.0.0-rc.1"], "1 1.0 1.0.0-rc.2 latest");
        check("1.0.0", &["1.0.0-rc.2"], "1 1.0 1.0.0 latest");
    }
}
