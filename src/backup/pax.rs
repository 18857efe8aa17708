//! Records of extended tar headers: `LENGTH KEYWORD=VALUE\n`, where the length counts itself.

use super::damaged;
use crate::error::Result;

/// Appends a record.
pub fn push(records: &mut Vec<u8>, keyword: &[u8], value: &[u8]) {
    let rest = keyword.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + decimal_digits(length) {
        length = rest + decimal_digits(length);
    }
    records.extend_from_slice(length.to_string().as_bytes());
    records.push(b' ');
    records.extend_from_slice(keyword);
    records.push(b'=');
    records.extend_from_slice(value);
    records.push(b'\n');
}

fn decimal_digits(number: usize) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

/// The keywords and values of all records.
pub fn parse(mut records: &[u8]) -> Result<Vec<(&[u8], &[u8])>> {
    let mut pairs = Vec::new();
    while !records.is_empty() {
        let (pair, rest) = split_record(records).ok_or_else(|| damaged("an extended header is malformed"))?;
        pairs.push(pair);
        records = rest;
    }
    Ok(pairs)
}

type Pair<'a> = (&'a [u8], &'a [u8]);

fn split_record(records: &[u8]) -> Option<(Pair<'_>, &[u8])> {
    let space = records.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
    let record = records.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some(((&record[..equals], &record[equals + 1..]), &records[length..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_length_counts_its_own_digits() {
        let mut records = Vec::new();
        push(&mut records, b"path", b"a");
        push(&mut records, b"path", &[b'x'; 90]);
        push(&mut records, b"path", &[b'x'; 91]);
        let lengths: Vec<&[u8]> =
            records.split(|byte| *byte == b'\n').map(|line| &line[..line.len().min(4)]).collect();
        assert_eq!(lengths, [&b"9 pa"[..], b"99 p", b"101 ", b""]);
    }

    #[test]
    fn malformed_records_are_refused() {
        for records in ["5", "99 a=b\n", "6 a=bc", "x a=b\n", "5 ab\n", "0 a=b\n", "2 a=b\n"] {
            assert!(parse(records.as_bytes()).is_err(), "{records:?}");
        }
    }

    proptest! {
        #[test]
        fn records_are_read_as_written(value in prop::collection::vec(any::<u8>(), 0..1200)) {
            let mut records = Vec::new();
            push(&mut records, b"SCHILY.xattr.user.a", &value);
            push(&mut records, b"mtime", b"1.5");
            prop_assert_eq!(parse(&records).unwrap(), [(&b"SCHILY.xattr.user.a"[..], &value[..]), (b"mtime", b"1.5")]);
        }
    }
}
