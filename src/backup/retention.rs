//! Which backups of a volume stay.

use std::collections::BTreeSet;

/// What to keep; a backup stays if any of these wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// The newest ones.
    pub last: Option<u32>,
    /// The newest of each of the last days that have any.
    pub daily: Option<u32>,
    /// The newest of each of the last weeks that have any.
    pub weekly: Option<u32>,
}

/// Which of these times, `20260102T030405Z` and the newest first, stay. What cannot be read stays.
pub fn kept(times: &[&str], keep: Keep) -> Vec<bool> {
    let (mut days, mut weeks) = (BTreeSet::new(), BTreeSet::new());
    let is_kept = |(index, time): (usize, &&str)| {
        let Some(day) = day_of(time) else { return true };
        // The first day was a Thursday, and weeks begin on Mondays.
        let (is_first_of_day, is_first_of_week) = (days.insert(day), weeks.insert((day + 3).div_euclid(7)));
        let within = |limit: Option<u32>, count: usize| limit.is_some_and(|limit| count <= limit as usize);
        within(keep.last, index + 1)
            || is_first_of_day && within(keep.daily, days.len())
            || is_first_of_week && within(keep.weekly, weeks.len())
    };
    times.iter().enumerate().map(is_kept).collect()
}

/// The day as a number, counted from 1970 on.
fn day_of(time: &str) -> Option<i64> {
    let part = |range: std::ops::Range<usize>| time.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leap_days + (153 * month + 2) / 5 + day - 719_469)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970_on() {
        assert_eq!(day_of("19700101T000000Z"), Some(0));
        assert_eq!(day_of("20000301T000000Z"), Some(11_017));
        assert_eq!(day_of("20261121T140000Z"), Some(20_778));
        assert_eq!(day_of("gibberish"), None);
    }

    #[test]
    fn a_backup_stays_if_anything_wants_it() {
        // Saturday, Saturday, Friday, Monday, Sunday of the week before.
        let times = ["20261121T2", "20261121T1", "20261120T1", "20261116T1", "20261115T1"];
        let check = |last, daily, weekly, expected: [bool; 5]| {
            assert_eq!(kept(&times, Keep { last, daily, weekly }), expected);
        };
        check(Some(2), None, None, [true, true, false, false, false]);
        check(None, Some(2), None, [true, false, true, false, false]);
        check(None, None, Some(2), [true, false, false, false, true]);
        check(Some(1), Some(1), Some(9), [true, false, false, false, true]);
        check(None, None, None, [false; 5]);
    }
}
