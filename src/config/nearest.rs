//! "Did you mean": the known word that is closest to a mistyped one.

/// The candidate that somebody who typed `word` most likely meant, if any is close enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = word.to_lowercase();
    let limit = (typed.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (distance(&typed, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many slips it takes; leaving out the end counts as one.
fn distance(typed: &str, candidate: &str) -> usize {
    if typed.len() >= 4 && candidate.starts_with(typed) {
        return usize::from(typed != candidate);
    }
    strsim::osa_distance(typed, candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(nearest(word, ["image", "init", "localEnv", "postCreateCommand"]), expected, "{word}");
    }

    #[test]
    fn small_slips_are_recognised_and_foreign_words_are_not() {
        check("imge", Some("image"));
        check("Image", Some("image"));
        check("LOCALENV", Some("localEnv"));
        check("postCreateComand", Some("postCreateCommand"));
        check("postCreateCommands", Some("postCreateCommand"));
        check("iamge", Some("image"));
        check("postCreate", Some("postCreateCommand"));
        check("shell", None);
        check("", None);
    }
}
