//! The time of day.

/// The time as RFC 3339 has it, in whole seconds and in UTC: `2026-01-02T03:04:05Z`.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
