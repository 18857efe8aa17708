//! Who waits for whom, as a chart for people: text in the language of <https://mermaid.js.org>.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::graph::Node;
use super::resolver::RequestedBy;

/// Draws what the user asked for and all that follows from it. Dependencies are whole arrows, wishes about the order dotted
/// ones. Boxes are numbered, where the reference CLI names them by a hash.
pub(super) fn draw(nodes: &[Node]) -> String {
    let mut chart = Chart { nodes, seen: BTreeSet::new(), text: "flowchart\n".to_owned() };
    for (number, node) in nodes.iter().enumerate() {
        if node.by != RequestedBy::Feature {
            let label = chart.label(number);
            chart.line(&label);
            chart.seen.clear();
            chart.arrows(number);
        }
    }
    chart.text
}

struct Chart<'a> {
    nodes: &'a [Node],
    /// The boxes whose arrows are drawn, below the Feature that the user asked for.
    seen: BTreeSet<usize>,
    text: String,
}

impl Chart<'_> {
    fn arrows(&mut self, from: usize) {
        if !self.seen.insert(from) {
            return;
        }
        let nodes = self.nodes;
        for wish in &nodes[from].depends_on {
            for to in find(nodes, |node| node.identity.is_same(wish)) {
                self.arrow(from, "-->", to);
                self.arrows(to);
            }
        }
        for wish in &nodes[from].after {
            for to in find(nodes, |node| node.identity.satisfies(wish)) {
                self.arrow(from, "-.->", to);
            }
        }
    }

    fn arrow(&mut self, from: usize, arrow: &str, to: usize) {
        let line = format!("{} {arrow} {}", self.label(from), self.label(to));
        self.line(&line);
    }

    fn label(&self, number: usize) -> String {
        let Node { identity, priority, .. } = &self.nodes[number];
        let names = identity.aliases.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
        let names = if names.is_empty() { names } else { format!("<br>aliases: {names}") };
        format!("n{}[{}<br/><{priority}>{names}]", number + 1, identity.id)
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }
}

fn find(nodes: &[Node], is_meant: impl Fn(&Node) -> bool) -> Vec<usize> {
    (0..nodes.len()).filter(|number| is_meant(&nodes[*number])).collect()
}
