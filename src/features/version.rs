//! Semantic versions, as far as tags of Features need them.

use std::cmp::Ordering;
use std::fmt;

/// A full version: `1.2.3`, perhaps with `-beta.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SemanticVersion {
    /// Major, minor, patch.
    pub numbers: [u64; 3],
    /// What follows the dash.
    pub prerelease: Vec<String>,
}

impl SemanticVersion {
    /// Reads a full version; anything else is none. What follows a plus sign does not count.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split_once('+').map_or(text, |(text, _)| text);
        let (numbers, prerelease) =
            text.split_once('-').map_or((text, None), |(left, right)| (left, Some(right)));
        let numbers: Vec<u64> = numbers.split('.').map(number).collect::<Option<_>>()?;
        let prerelease: Vec<String> =
            prerelease.into_iter().flat_map(|text| text.split('.')).map(str::to_owned).collect();
        let is_word = |word: &String| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        prerelease.iter().all(is_word).then_some(Self { numbers: numbers.try_into().ok()?, prerelease })
    }

    /// The first number, as a tag.
    pub fn major(&self) -> String {
        self.numbers[0].to_string()
    }

    /// Whether this is what a tag such as `1`, `1.2`, `1.x` or `1.2.3` asks for.
    pub fn satisfies(&self, tag: &str) -> bool {
        if let Some(exact) = Self::parse(tag) {
            return *self == exact;
        }
        let parts: Vec<&str> = tag.strip_prefix('v').unwrap_or(tag).split('.').collect();
        let fits =
            |(part, own): (&&str, &u64)| matches!(*part, "x" | "X" | "*") || number(part) == Some(*own);
        parts.len() <= 3 && self.prerelease.is_empty() && parts.iter().zip(&self.numbers).all(fits)
    }
}

/// Without a leading zero.
fn number(text: &str) -> Option<u64> {
    let fits = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if fits { text.parse().ok() } else { None }
}

impl PartialOrd for SemanticVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SemanticVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let is_release = |version: &Self| version.prerelease.is_empty();
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| is_release(self).cmp(&is_release(other)))
            .then_with(|| compare_words(&self.prerelease, &other.prerelease))
    }
}

/// Numbers come before words, and a longer list behind its beginning.
fn compare_words(left: &[String], right: &[String]) -> Ordering {
    let one = |(left, right): (&String, &String)| match (number(left), number(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    };
    let different = left.iter().zip(right).map(one).find(|order| order.is_ne());
    different.unwrap_or_else(|| left.len().cmp(&right.len()))
}

impl fmt::Display for SemanticVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(formatter, "{major}.{minor}.{patch}")?;
        if self.prerelease.is_empty() { Ok(()) } else { write!(formatter, "-{}", self.prerelease.join(".")) }
    }
}

/// The full versions among some tags, newest first.
pub fn sorted_versions<'a>(tags: impl IntoIterator<Item = &'a str>) -> Vec<SemanticVersion> {
    let mut versions: Vec<SemanticVersion> = tags.into_iter().filter_map(SemanticVersion::parse).collect();
    versions.sort_by(|left, right| right.cmp(left));
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_versions_are_versions() {
        let texts = ["1.2.3", "v1.2.3", "1.0.0-beta.1+x", "1", "1.2", "latest", "01.2.3", "1.2.3-", ""];
        let seen = texts
            .map(|text| SemanticVersion::parse(text).map(|version| version.to_string()).unwrap_or_default());
        assert_eq!(seen, ["1.2.3", "1.2.3", "1.0.0-beta.1", "", "", "", "", "", ""]);
    }

    #[test]
    fn versions_sort_by_number_and_releases_above_their_previews() {
        let tags =
            ["1.9.0", "1", "1.10.0", "1.10.0-rc.2", "1.10.0-rc.10", "1.10.0-alpha", "1.10.0-1", "latest"];
        let sorted: Vec<String> = sorted_versions(tags).iter().map(ToString::to_string).collect();
        assert_eq!(sorted.join(" "), "1.10.0 1.10.0-rc.10 1.10.0-rc.2 1.10.0-alpha 1.10.0-1 1.9.0");
    }

    #[test]
    fn tags_are_ranges() {
        let satisfies = |version: &str, tag| SemanticVersion::parse(version).unwrap().satisfies(tag);
        for tag in ["1", "1.2", "1.2.3", "1.x", "v1"] {
            assert!(satisfies("1.2.3", tag), "{tag}");
        }
        for tag in ["2", "1.3", "1.2.4", "latest", "1.2.3.4", ""] {
            assert!(!satisfies("1.2.3", tag), "{tag}");
        }
        assert!(!satisfies("1.3.0-rc.1", "1") && satisfies("1.3.0-rc.1", "1.3.0-rc.1"));
    }
}
