//! The reader on recorded output of real builds, however it is cut.

use proptest::prelude::*;

use super::*;

const SUCCESS: &str = include_str!("../../tests/fixtures/rawjson/success.pretty");
const SUCCESS_LINES: &str = include_str!("../../tests/fixtures/rawjson/success.lines");
const FAILURE: &str = include_str!("../../tests/fixtures/rawjson/failure.pretty");
const FAILURE_LINES: &str = include_str!("../../tests/fixtures/rawjson/failure.lines");

fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut reader = Reader::default();
    for chunk in chunks {
        reader.push(chunk, |item| items.push(item));
    }
    reader.finish(|item| items.push(item));
    items
}

fn texts(items: &[Item]) -> Vec<&str> {
    let texts = items.iter().filter_map(|item| match item {
        Item::Text(text) => Some(text.as_str()),
        Item::Message(_) => None,
    });
    texts.collect()
}

#[test]
fn both_layouts_say_the_same() {
    assert_eq!(read([SUCCESS.as_bytes()]), read([SUCCESS_LINES.as_bytes()]));
    assert_eq!(read([FAILURE.as_bytes()]), read([FAILURE_LINES.as_bytes()]));
}

#[test]
fn text_between_messages_is_kept() {
    assert!(texts(&read([SUCCESS.as_bytes()])).is_empty());
    insta::assert_snapshot!(texts(&read([FAILURE.as_bytes()])).join("\n"), @r#"
    failing:3
    --------------------
       1 |     FROM devc-base:bookworm
       2 |     RUN echo fine
       3 | >>> RUN echo before && ls /nonexistent; echo "the end: café"; exit 3
       4 |     
    --------------------
    ERROR: failed to solve: process "/bin/sh -c echo before && ls /nonexistent; echo \"the end: café\"; exit 3" did not complete successfully: exit code: 3
    "#);
}

#[test]
fn braces_in_text_are_text() {
    let items = read([b"{ not json\n{\"other\": 1}\n{\"logs\":[{\"vertex\":\"v\",\"data\":\"aGk=\"}]} trailing\r\n{\"vertexes\": [".as_slice()]);
    assert_eq!(texts(&items), ["{ not json", "{\"other\": 1}", " trailing", "{\"vertexes\": ["]);
    assert!(items.contains(&Item::Message(Message {
        logs: vec![Log { vertex: "v".to_owned(), data: b"hi".to_vec() }],
        ..Message::default()
    })));
}

proptest! {
    #[test]
    fn chunks_make_no_difference(cuts in prop::collection::vec(0..FAILURE.len(), 0..30)) {
        let mut cuts = cuts;
        cuts.extend([0, FAILURE.len()]);
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|pair| &FAILURE.as_bytes()[pair[0]..pair[1]]);
        prop_assert_eq!(read(chunks), read([FAILURE.as_bytes()]));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(prop::sample::select(b"{}[]\":,a\n\r\\v\xc3".to_vec()), 0..60)) {
        read([bytes.as_slice()]);
    }
}
