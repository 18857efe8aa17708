//! Phrases: durations, sizes, counts and lists as people write them.
//!
//! Own functions because they are one screen long and their exact form is part of our output.

use std::time::Duration;

/// A duration: `850 ms`, `1.2 s`, `42 s`, `2 m 05 s`, `1 h 02 m`.
pub fn duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let seconds = (milliseconds + 500) / 1000;
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..9_950 => format!("{:.1} s", duration.as_secs_f64()),
        _ => long_duration(seconds),
    }
}

/// A duration in whole seconds, for a line that is shown anew all the time.
pub fn seconds(duration: Duration) -> String {
    long_duration(u128::from(duration.as_secs()))
}

fn long_duration(seconds: u128) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A size in the decimal units of the docker client: `512 B`, `1.5 kB`, `42.0 MB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1_000 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1_000.0;
    let mut unit = 0;
    // 999.95 would be shown as 1000.0.
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// A part of a size: `12.3 MB of 40.0 MB`.
pub fn share(done: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{} of {}", bytes(done), bytes(total)),
        None => bytes(done),
    }
}

/// A number of things with the plural where it belongs: `1 container`, `3 containers`.
pub fn count(number: impl TryInto<u64>, thing: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// Things in a sentence: `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(things: &[T]) -> String {
    match things {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// The candidate that was probably meant, if one is near enough.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR_ENOUGH: f64 = 0.8;
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(typed, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= NEAR_ENOUGH)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// A hint for a mistyped word: ``Did you mean `postCreateCommand`?``
pub fn did_you_mean<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(typed, candidates).map(|candidate| format!("Did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_as_many_digits_as_matter() {
        let check = |milliseconds, expected| {
            assert_eq!(duration(Duration::from_millis(milliseconds)), expected);
        };
        check(0, "0 ms");
        check(850, "850 ms");
        check(1_234, "1.2 s");
        check(9_949, "9.9 s");
        check(9_950, "10 s");
        check(59_499, "59 s");
        check(59_500, "1 m 00 s");
        check(125_000, "2 m 05 s");
        check(3_720_000, "1 h 02 m");
    }

    #[test]
    fn sizes_use_decimal_units() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500), "1.5 kB");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(bytes(42_000_000_000), "42.0 GB");
        assert_eq!(bytes(u64::MAX), "18446.7 PB");
    }

    #[test]
    fn counts_and_lists_read_like_sentences() {
        assert_eq!(count(1, "container"), "1 container");
        assert_eq!(count(0, "container"), "0 containers");
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        let known = ["postCreateCommand", "postStartCommand", "image"];
        assert_eq!(nearest("postCreatCommand", known), Some("postCreateCommand"));
        assert_eq!(nearest("imgae", known), Some("image"));
        assert_eq!(nearest("volumes", known), None);
        assert_eq!(did_you_mean("imagee", known).as_deref(), Some("Did you mean `image`?"));
    }
}
