//! A marked block of lines in a file of the user, which can be taken out again without a trace.
//!
//! The first line tells how the block came in, so that taking it out gives back the very bytes that were there: whether
//! the last line before it had an end, and whether there was a file at all.

const END: &str = "# <<< devc setup <<<\n";

/// How a block came into its file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Appended,
    BehindOpenLine,
    NewFile,
}

impl Origin {
    const ALL: [Self; 3] = [Self::Appended, Self::BehindOpenLine, Self::NewFile];

    fn of(text: Option<&str>) -> Self {
        match text {
            None => Self::NewFile,
            Some(text) if text.is_empty() || text.ends_with('\n') => Self::Appended,
            Some(_) => Self::BehindOpenLine,
        }
    }

    /// What the block begins with.
    fn begin(self) -> &'static str {
        match self {
            Self::Appended => "# >>> devc setup >>>\n",
            Self::BehindOpenLine => "\n# >>> devc setup (and the line end before) >>>\n",
            Self::NewFile => "# >>> devc setup (and this file) >>>\n",
        }
    }
}

/// Where a block is in a text.
struct Place {
    origin: Origin,
    start: usize,
    end: usize,
}

fn find(text: &str) -> Option<Place> {
    Origin::ALL.into_iter().find_map(|origin| {
        let start = text.find(origin.begin())?;
        let end = start + text[start..].find(END)? + END.len();
        Some(Place { origin, start, end })
    })
}

/// The text with `lines` in the block; a block that is there is replaced where it is. `None` for a file that is not there.
pub fn with_block(text: Option<&str>, lines: &str) -> String {
    let block = |origin: Origin| format!("{}{lines}{END}", origin.begin());
    let known = text.and_then(|text| Some((text, find(text)?)));
    match known {
        Some((text, place)) => {
            format!("{}{}{}", &text[..place.start], block(place.origin), &text[place.end..])
        }
        None => format!("{}{}", text.unwrap_or_default(), block(Origin::of(text))),
    }
}

/// What becomes of a file from which the block is taken out.
#[derive(Debug, PartialEq, Eq)]
pub enum Without {
    /// There was no block.
    Unchanged,
    /// The rest.
    Rest(String),
    /// The file was made for the block, and nobody has added anything.
    NoFile,
}

/// The text as it was before the block came.
pub fn without_block(text: &str) -> Without {
    let Some(Place { origin, start, end }) = find(text) else { return Without::Unchanged };
    let rest = format!("{}{}", &text[..start], &text[end..]);
    match origin {
        Origin::NewFile if rest.is_empty() => Without::NoFile,
        _ => Without::Rest(rest),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINES: &str = "export A=1\n";

    #[test]
    fn a_block_goes_to_the_end() {
        insta::assert_snapshot!(with_block(Some("alias l=ls"), LINES), @"
        alias l=ls
        # >>> devc setup (and the line end before) >>>
        export A=1
        # <<< devc setup <<<
        ");
    }

    #[test]
    fn a_block_is_replaced_where_it_is() {
        let old = with_block(Some("a\n"), LINES) + "b\n";
        let new = with_block(Some(&old), "export A=2\n");
        assert_eq!(new, "a\n# >>> devc setup >>>\nexport A=2\n# <<< devc setup <<<\nb\n");
        assert_eq!(with_block(Some(&new), "export A=2\n"), new, "a second time changes nothing");
    }

    #[test]
    fn a_file_that_was_made_for_the_block_goes_with_it() {
        let text = with_block(None, LINES);
        assert_eq!(without_block(&text), Without::NoFile);
        assert_eq!(without_block(&(text + "mine\n")), Without::Rest("mine\n".to_owned()));
        assert_eq!(without_block("mine\n"), Without::Unchanged);
    }

    proptest! {
        #[test]
        fn taking_out_gives_back_the_very_text(text in "(?s).{0,40}\n?") {
            prop_assert_eq!(without_block(&with_block(Some(&text), LINES)), Without::Rest(text));
        }
    }
}
