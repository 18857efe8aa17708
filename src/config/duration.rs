//! Lengths of time as people write them: `90s`, `10m`, `1h 30m`.

use std::time::Duration;

/// Reads a length of time; `None` when it is none, or not more than nothing.
pub fn parse(text: &str) -> Option<Duration> {
    let duration = text.parse::<jiff::SignedDuration>().ok()?;
    Duration::try_from(duration).ok().filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h 30m", 5_400), ("2 hours", 7_200)] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_no_length_of_time_is_none() {
        for text in ["", "10", "soon", "-5s", "0s", "1 fortnight"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
