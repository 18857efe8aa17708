//! Brings generated sections into a file that is there already.

use super::parse::{BEGIN, END, Piece, Region, parse};
use super::{ABOUT, KNOWN, hash};
use crate::error::Result;
use crate::recipe::image::Section;

/// What happens to a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is as it was.
    Same,
    /// It was not there.
    New,
    /// It was as generated, and is generated anew.
    Updated,
    /// Somebody edited it, so it stays.
    Edited,
    /// Somebody edited it, and meanwhile something else would be generated: it stays all the same.
    EditedAndStale,
    /// Somebody edited it; it is generated anew, as was asked for.
    Replaced,
    /// Nothing needs it any more, so it goes.
    Dropped,
    /// Somebody removed it, so it stays away.
    LeftOut,
}

/// A file with its sections brought in.
#[derive(Debug, PartialEq, Eq)]
pub struct Merged {
    /// The file.
    pub text: String,
    /// What happens to each section: those of the file in its order, then those that it lacks.
    pub fates: Vec<(String, Fate)>,
}

/// Brings `sections` into the text `old`, which is empty for a new file. With `force` edited sections are replaced and
/// removed ones come back. Fails when the marks in the text are not in order.
pub fn merge(old: &str, sections: &[Section], force: bool) -> Result<Merged> {
    let pieces = parse(old)?;
    let known = if force { Vec::new() } else { known(&pieces) };
    let mut merger = Merger { sections, force, parts: Vec::new(), fates: Vec::new() };
    for piece in &pieces {
        match piece {
            Piece::Own(text) => merger.parts.push(Part { id: None, text: (*text).to_owned() }),
            Piece::Region(region) => merger.meet(region),
        }
    }
    for (index, section) in sections.iter().enumerate() {
        if merger.fates.iter().any(|(id, _)| *id == section.id) {
            continue;
        }
        let is_removed = known.contains(&section.id.as_str());
        let fate = if is_removed { Fate::LeftOut } else { Fate::New };
        merger.fates.push((section.id.clone(), fate));
        if !is_removed {
            merger.insert(index);
        }
    }
    let text: String = merger.parts.into_iter().map(|part| part.text).collect();
    let text = if old.contains("\r\n") { with_crlf(&text) } else { text };
    Ok(Merged { text, fates: merger.fates })
}

/// The sections that a file was made with, as it says itself.
fn known<'a>(pieces: &[Piece<'a>]) -> Vec<&'a str> {
    let about = pieces.iter().cloned().filter_map(Piece::region).find(|region| region.id == ABOUT);
    let names = about.and_then(|about| about.body.lines().find_map(|line| line.strip_prefix(KNOWN)));
    names.into_iter().flat_map(str::split_whitespace).collect()
}

/// A part of the new file.
struct Part {
    /// The section that it is.
    id: Option<String>,
    text: String,
}

struct Merger<'a> {
    sections: &'a [Section],
    force: bool,
    parts: Vec<Part>,
    fates: Vec<(String, Fate)>,
}

impl Merger<'_> {
    /// Decides about a section that is in the file.
    fn meet(&mut self, region: &Region<'_>) {
        let section = self.sections.iter().find(|section| section.id == region.id);
        let fate = fate(region, section, self.force);
        let text = match (fate, section) {
            (Fate::Updated | Fate::Replaced, Some(section)) => marked(section),
            (Fate::Dropped, _) => self.gap_closed(),
            _ => region.whole.to_owned(),
        };
        self.parts.push(Part { id: Some(region.id.to_owned()), text });
        self.fates.push((region.id.to_owned(), fate));
    }

    /// Takes away the empty line before a section that goes.
    fn gap_closed(&mut self) -> String {
        if let Some(before) = self.parts.last_mut().filter(|part| part.id.is_none()) {
            let shorter = before.text.strip_suffix("\n\n").map(|text| format!("{text}\n"));
            let shorter = shorter.or_else(|| (before.text == "\n").then(String::new));
            before.text = shorter.unwrap_or_else(|| before.text.clone());
        }
        String::new()
    }

    /// Puts a section after the nearest one that comes before it, else before the nearest one that follows, else at
    /// the end.
    fn insert(&mut self, index: usize) {
        let place =
            |section: &Section| self.parts.iter().position(|part| part.id.as_ref() == Some(&section.id));
        let before = self.sections[..index].iter().rev().find_map(place);
        let after = self.sections[index + 1..].iter().find_map(place);
        let section = Part { id: Some(self.sections[index].id.clone()), text: marked(&self.sections[index]) };
        let gap = Part { id: None, text: "\n".to_owned() };
        match (before, after) {
            (Some(before), _) => drop(self.parts.splice(before + 1..before + 1, [gap, section])),
            (None, Some(after)) => drop(self.parts.splice(after..after, [section, gap])),
            (None, None) if self.parts.is_empty() => self.parts.push(section),
            (None, None) => self.parts.extend([gap, section]),
        }
    }
}

fn fate(region: &Region<'_>, section: Option<&Section>, force: bool) -> Fate {
    let now = hash(region.body);
    // Marks without a hash ask for the section, whatever stands between them is edited.
    let is_generated = match region.hash {
        Some(hash) => hash == now,
        None => region.body.trim().is_empty(),
    };
    let Some(wanted) = section.map(|section| hash(&section.text)) else {
        return if is_generated || force { Fate::Dropped } else { Fate::Edited };
    };
    match region.hash {
        hash if wanted == now => {
            if hash == Some(&now) {
                Fate::Same
            } else {
                Fate::Updated
            }
        }
        _ if is_generated => Fate::Updated,
        _ if force => Fate::Replaced,
        Some(hash) if hash == wanted => Fate::Edited,
        _ => Fate::EditedAndStale,
    }
}

/// A section between its marks.
fn marked(section: &Section) -> String {
    let Section { id, text } = section;
    format!("{BEGIN}{id} {}\n{text}{END}{id}\n", hash(text))
}

fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
