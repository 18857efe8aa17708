//! The time of day.

/// The time in seconds since the epoch.
pub fn now_seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// A time in seconds since the epoch as RFC 3339 has it, in UTC: `2026-01-02T03:04:05Z`.
pub fn time(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds);
    time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

/// The day of a time in seconds since the epoch, in UTC: `2026-01-02`.
pub fn day(seconds: i64) -> String {
    time(seconds).split('T').next().unwrap_or_default().to_owned()
}

/// The time as RFC 3339 has it, in whole seconds and in UTC: `2026-01-02T03:04:05Z`.
pub fn now() -> String {
    time(now_seconds())
}

/// A time in milliseconds since the epoch as people of this machine write it, to the second: `2026-01-02 03:04:05`.
pub fn local_time(milliseconds: u64) -> String {
    shown(jiff::Timestamp::from_millisecond(milliseconds.cast_signed()).unwrap_or_default())
}

/// As [`local_time`], of a time as RFC 3339 has it; any other text stays as it is.
pub fn of_this_place(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), shown)
}

fn shown(time: jiff::Timestamp) -> String {
    time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
