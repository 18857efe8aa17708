//! What changes in a text file.

use similar::{ChangeTag, TextDiff};

use super::style::{Palette, paint};

/// The change from `old` to `new` in the unified format, which `patch` and `git apply` take.
pub fn unified_diff(path: &str, old: &str, new: &str, palette: &Palette) -> String {
    let diff = TextDiff::from_lines(old, new);
    let before = if old.is_empty() { "/dev/null".to_owned() } else { format!("a/{path}") };
    let mut text = format!(
        "{}\n{}\n",
        paint(palette.strong, &format!("--- {before}")),
        paint(palette.strong, &format!("+++ b/{path}"))
    );
    for hunk in diff.unified_diff().iter_hunks() {
        text.push_str(&format!("{}\n", paint(palette.busy, hunk.header().to_string().trim_end())));
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches('\n');
            text.push_str(&match change.tag() {
                ChangeTag::Equal => format!(" {line}"),
                ChangeTag::Delete => paint(palette.bad, &format!("-{line}")),
                ChangeTag::Insert => paint(palette.good, &format!("+{line}")),
            });
            text.push('\n');
            if change.missing_newline() {
                text.push_str("\\ No newline at end of file\n");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_what_is_around_it() {
        let text = unified_diff("a.txt", "one\ntwo\nthree\n", "one\n2\nthree", &Palette::plain());
        insta::assert_snapshot!(text, @r"
        --- a/a.txt
        +++ b/a.txt
        @@ -1,3 +1,3 @@
         one
        -two
        -three
        +2
        +three
        \ No newline at end of file
        ");
    }

    #[test]
    fn a_new_file_comes_from_nowhere() {
        let text = unified_diff("a.txt", "", "one\n", &Palette::colourful());
        insta::assert_snapshot!(text.replace('\u{1b}', "ESC"), @r"
        ESC[1m--- /dev/nullESC[0m
        ESC[1m+++ b/a.txtESC[0m
        ESC[36m@@ -0,0 +1 @@ESC[0m
        ESC[32m+oneESC[0m
        ");
    }
}
