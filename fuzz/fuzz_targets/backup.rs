//! Reads any bytes as a backup or as the archive of another tool. Nothing panics, and every
//! entry comes with the content that it says.
#![no_main]

use std::io::Cursor;

use devc::backup::{read, read_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_head(Cursor::new(bytes));
    for to_the_end in [false, true] {
        let received = read(
            Cursor::new(bytes),
            1,
            to_the_end,
            |entry, content| {
                assert_eq!(entry.stored(), content.len() as u64, "an entry comes with all of its content");
                Ok(())
            },
            |_| Ok(()),
        );
        if let (false, Ok(received)) = (to_the_end, received) {
            assert!(received.damages.is_empty(), "the first damage ends it");
        }
    }
});
