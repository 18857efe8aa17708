//! Aligned columns without borders.
//!
//! Own code, because the 40 lines that we need are fewer than a table crate's options: cells are plain text, and the
//! widest column gives way when the terminal is narrow.

use super::text::{fit, pad, width};

/// The gap between two columns.
const GAP: &str = "  ";

/// No column is made narrower than this.
const NARROWEST: usize = 4;

/// Rows of cells below a heading.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new<T: Into<String>>(headings: impl IntoIterator<Item = T>) -> Self {
        Self { rows: vec![headings.into_iter().map(Into::into).collect()] }
    }

    /// Adds a row. It should have a cell for each heading.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The lines, cut to `columns` if a terminal sets a limit.
    pub fn render(&self, columns: Option<usize>) -> String {
        let mut widths = self.natural_widths();
        if let Some(columns) = columns {
            narrow(&mut widths, columns);
        }
        self.rows.iter().map(|row| line(row, &widths)).collect()
    }

    fn natural_widths(&self) -> Vec<usize> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
        (0..count).map(|column| widest(column).unwrap_or(0)).collect()
    }
}

/// Takes from the widest column until the line fits or nothing can be taken any more.
fn narrow(widths: &mut [usize], columns: usize) {
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > columns {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => return,
        }
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> =
        row.iter().zip(widths).map(|(cell, width)| pad(&fit(cell, *width), *width)).collect();
    format!("{}\n", cells.join(GAP).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn table() -> Table {
        let mut table = Table::new(["NAME", "STATE", "WORKSPACE"]);
        table.row(["web", "running", "/home/dev/projects/web-shop"]);
        table.row(["日本", "exited", "/home/dev/x"]);
        table
    }

    #[test]
    fn columns_are_aligned() {
        assert_snapshot!(table().render(None), @"
        NAME  STATE    WORKSPACE
        web   running  /home/dev/projects/web-shop
        日本  exited   /home/dev/x
        ");
    }

    #[test]
    fn a_narrow_terminal_shortens_the_widest_column() {
        let text = table().render(Some(30));
        assert!(text.lines().all(|line| width(line) <= 30), "{text}");
        assert_snapshot!(text, @"
        NAME  STATE    WORKSPACE
        web   running  /home/dev/proj…
        日本  exited   /home/dev/x
        ");
    }
}
