//! Takes a file apart at its marks.

use crate::{Error, ErrorKind, Result};

/// How the line before a section begins.
pub(super) const BEGIN: &str = "# >>> devc: ";

/// How the line after a section begins.
pub(super) const END: &str = "# <<< devc: ";

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Lines that somebody wrote.
    Own(&'a str),
    /// A generated section.
    Region(Region<'a>),
}

/// A section as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region<'a> {
    pub(super) id: &'a str,
    /// The hash of what was generated; marks that somebody wrote have none.
    pub(super) hash: Option<&'a str>,
    /// What is between the marks.
    pub(super) body: &'a str,
    /// With the marks.
    pub(super) whole: &'a str,
}

impl<'a> Piece<'a> {
    pub(super) fn region(self) -> Option<Region<'a>> {
        match self {
            Self::Own(_) => None,
            Self::Region(region) => Some(region),
        }
    }
}

/// Whether a file has sections of ours, or at least a mark.
pub fn is_marked(text: &str) -> bool {
    text.lines().any(|line| line.starts_with(BEGIN))
}

/// A mark that waits for its end.
struct Open<'a> {
    id: &'a str,
    hash: Option<&'a str>,
    line: usize,
    start: usize,
    body: usize,
}

/// Takes a file apart. Fails when marks do not come in pairs, or when two pairs have the same name.
pub(super) fn parse(text: &str) -> Result<Vec<Piece<'_>>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut open: Option<Open<'_>> = None;
    let (mut at, mut own) = (0, 0);
    for (index, whole) in text.split_inclusive('\n').enumerate() {
        let (start, line) = (at, index + 1);
        at += whole.len();
        if let Some(words) = whole.strip_prefix(BEGIN) {
            let mut words = words.split_whitespace();
            let id = words.next().ok_or_else(|| wrong(line, "has no name"))?;
            if let Some(open) = open {
                return Err(wrong(open.line, "has no end"));
            }
            if pieces.iter().any(|piece| matches!(piece, Piece::Region(region) if region.id == id)) {
                return Err(wrong(line, "has a name that another one has"));
            }
            pieces.extend((own < start).then(|| Piece::Own(&text[own..start])));
            open = Some(Open { id, hash: words.next(), line, start, body: at });
        } else if let Some(id) = whole.strip_prefix(END) {
            let begun = open.take().filter(|open| open.id == id.trim());
            let begun = begun.ok_or_else(|| wrong(line, "ends what was not begun"))?;
            let Open { id, hash, .. } = begun;
            let region = Region { id, hash, body: &text[begun.body..start], whole: &text[begun.start..at] };
            pieces.push(Piece::Region(region));
            own = at;
        }
    }
    if let Some(open) = open {
        return Err(wrong(open.line, "has no end"));
    }
    pieces.extend((own < at).then(|| Piece::Own(&text[own..])));
    Ok(pieces)
}

fn wrong(line: usize, what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the mark on line {line} {what}"))
        .hint(format!("Let each `{BEGIN}NAME` be followed by one `{END}NAME`."))
}
