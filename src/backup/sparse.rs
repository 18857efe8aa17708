//! Files with holes: the map of what is data, as the pax format 1.0 of GNU tar has it.

use super::{RECORD, damaged};
use crate::error::Result;

/// A file that is cut up more than this is stored as if its smallest holes were zeros.
pub const MOST_EXTENTS: usize = 32_768;

/// A part of a file that is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
}

/// The map as stored before the data, filled up with zeros to whole records.
pub fn encode(extents: &[Extent]) -> Vec<u8> {
    let mut map = format!("{}\n", extents.len()).into_bytes();
    for extent in extents {
        map.extend_from_slice(format!("{}\n{}\n", extent.offset, extent.length).as_bytes());
    }
    map.resize(map.len().next_multiple_of(RECORD), 0);
    map
}

/// Reads the map at the beginning of stored content; returns it with its length.
///
/// Fails unless the parts are in order, within `size`, and not more than we would write.
pub fn decode(stored: &[u8], size: u64) -> Result<(Vec<Extent>, usize)> {
    let malformed = || damaged("the map of a sparse file is malformed");
    let mut at = 0;
    let mut number = || -> Option<u64> {
        let rest = stored.get(at..)?;
        let end = rest.iter().take(21).position(|byte| *byte == b'\n')?;
        at += end + 1;
        std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
    };
    let count =
        number().and_then(|count| usize::try_from(count).ok()).filter(|count| *count <= MOST_EXTENTS + 1);
    let mut extents = Vec::new();
    let mut end = 0;
    for _ in 0..count.ok_or_else(malformed)? {
        let (offset, length) = number().zip(number()).ok_or_else(malformed)?;
        if offset < end || offset.checked_add(length).is_none_or(|end| end > size) {
            return Err(malformed());
        }
        end = offset + length;
        extents.push(Extent { offset, length });
    }
    Ok((extents, at.next_multiple_of(RECORD)))
}

/// Joins parts across the smallest holes until there are few enough of them.
pub fn joined(extents: Vec<Extent>) -> Vec<Extent> {
    if extents.len() <= MOST_EXTENTS {
        return extents;
    }
    let mut holes: Vec<u64> =
        extents.windows(2).map(|pair| pair[1].offset - pair[0].offset - pair[0].length).collect();
    holes.sort_unstable();
    let smallest_kept = holes[extents.len() - MOST_EXTENTS] + 1;
    extents.into_iter().fold(Vec::new(), |mut joined: Vec<Extent>, next| {
        match joined.last_mut() {
            Some(last) if next.offset - last.offset - last.length < smallest_kept => {
                last.length = next.offset + next.length - last.offset;
            }
            _ => joined.push(next),
        }
        joined
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: [Extent; 2] = [Extent { offset: 4096, length: 10 }, Extent { offset: 8192, length: 4096 }];

    #[test]
    fn a_map_is_read_as_written() {
        let map = encode(&TWO);
        assert!(map.starts_with(b"2\n4096\n10\n8192\n4096\n\0"));
        assert_eq!(decode(&map, 12_288).unwrap(), (TWO.to_vec(), 512));
        assert_eq!(decode(&encode(&[]), 0).unwrap(), (Vec::new(), 512));
    }

    #[test]
    fn a_map_that_leads_out_of_the_file_or_back_is_refused() {
        let check = |map: &str, size| assert!(decode(map.as_bytes(), size).is_err(), "{map:?}");
        check("1\n0\n11\n", 10);
        check("2\n5\n1\n4\n1\n", 10);
        check("1\n18446744073709551615\n2\n", 10);
        check("99999999\n", 10);
        check("1\n0\n", 10);
        check("", 10);
    }

    #[test]
    fn a_file_in_too_many_parts_loses_its_smallest_holes() {
        let extents = (0..40_000).map(|number| Extent { offset: number * 10, length: 2 + number % 2 });
        let joined = joined(extents.collect());
        assert!(joined.len() <= MOST_EXTENTS);
        assert_eq!(joined.first().map(|first| first.offset), Some(0));
        assert_eq!(joined.last().map(|last| last.offset + last.length), Some(399_993));
    }
}
