//! Finds the heredocs that an instruction opens.

/// The `<<NAME` of an instruction.
#[derive(Debug, PartialEq, Eq)]
pub struct Marker {
    /// The line that ends the heredoc.
    pub name: String,
    /// `<<-`: tabs before the last line are skipped.
    pub strips_tabs: bool,
    /// `<< NAME`: a heredoc for newer frontends only, and a shift operator for all others.
    pub doubtful: bool,
}

impl Marker {
    /// Whether `line` is the heredoc's last line.
    pub fn ends_at(&self, line: &str) -> bool {
        let line = if self.strips_tabs { line.trim_start_matches('\t') } else { line };
        line == self.name
    }
}

/// The heredocs of an instruction, in the order in which their bodies follow.
pub fn markers(keyword: &str, arguments: &str) -> Vec<Marker> {
    match keyword {
        "onbuild" => {
            let (inner, rest) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
            markers(&inner.to_ascii_lowercase(), rest.trim_start())
        }
        "run" | "copy" | "add" if arguments.contains("<<") && !is_json_array(arguments) => {
            markers_in(arguments)
        }
        _ => Vec::new(),
    }
}

/// The JSON form has no heredocs. Options may stand before it.
fn is_json_array(arguments: &str) -> bool {
    let mut rest = arguments;
    while rest.starts_with("--") {
        rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    serde_json::from_str::<Vec<String>>(rest).is_ok()
}

fn markers_in(arguments: &str) -> Vec<Marker> {
    let Some(words) = raw_words(arguments) else {
        return Vec::new();
    };
    let mut markers = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let Some((strips_tabs, name)) = opening(word) else {
            continue;
        };
        let doubtful = name.is_empty();
        let name = if doubtful { words.peek().map_or("", |next| next.as_str()) } else { name };
        if let Some(name) = unquoted(name).filter(|name| !name.is_empty()) {
            markers.push(Marker { name, strips_tabs, doubtful });
        }
    }
    markers
}

/// Splits `3<<-NAME` (BuildKit's `^(\d*)<<(-?)\s*([^<]*)$`) into "strips tabs" and the name.
fn opening(word: &str) -> Option<(bool, &str)> {
    let after = word.trim_start_matches(|letter: char| letter.is_ascii_digit()).strip_prefix("<<")?;
    let name = after.strip_prefix('-');
    let (strips_tabs, name) = (name.is_some(), name.unwrap_or(after));
    (!name.contains('<')).then_some((strips_tabs, name))
}

/// Splits at blanks outside of quotes; quotes and escapes stay. `None` when a quote is left open.
fn raw_words(text: &str) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if quote.is_none() && letter.is_whitespace() {
            words.push(String::new());
            continue;
        }
        let word = words.last_mut()?;
        word.push(letter);
        match (quote, letter) {
            // The escape is a backslash here, whatever the escape directive says (BuildKit's heredocsFromLine).
            (None | Some('"'), '\\') => word.extend(letters.next()),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    words.retain(|word| !word.is_empty());
    quote.is_none().then_some(words)
}

/// The name without its quotes and escapes.
fn unquoted(name: &str) -> Option<String> {
    let mut plain = String::new();
    let mut quote = None;
    let mut letters = name.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None | Some('"'), '\\') => plain.extend(letters.next()),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => plain.push(letter),
        }
    }
    quote.is_none().then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(instruction: &str, expected: &str) {
        let (keyword, arguments) = instruction.split_once(' ').unwrap();
        let found: Vec<String> = markers(keyword, arguments)
            .iter()
            .map(|marker| {
                format!(
                    "{}{}{}",
                    if marker.doubtful { "?" } else { "" },
                    if marker.strips_tabs { "-" } else { "" },
                    marker.name
                )
            })
            .collect();
        assert_eq!(found.join(" "), expected, "{instruction}");
    }

    #[test]
    fn heredocs_open_where_buildkit_sees_them() {
        check("run <<EOF", "EOF");
        check("run cat <<EOF >/x", "EOF");
        check("run <<A cat && <<-B cat", "A -B");
        check("run python3 3<<'E F'", "E F");
        check("copy <<\"one.txt\" <<two /dst/", "one.txt two");
        check("add <<x /y", "x");
        check("onbuild RUN <<EOF", "EOF");
        check("run --mount=type=cache,target=/x <<EOF", "EOF");
        check("run <<\\EOF", "EOF");
    }

    #[test]
    fn what_looks_like_a_heredoc_but_is_none() {
        check("run cat <<<word", "");
        check("run echo \"a <<EOF\"", "");
        check("run [\"cat\", \"<<EOF\"]", "");
        check("run --network=none [\"cat\", \"<<EOF\"]", "");
        check("run it's <<EOF", "");
        check("cmd cat <<EOF", "");
        check("run echo a<<EOF", "");
    }

    #[test]
    fn a_blank_after_the_marker_makes_it_doubtful() {
        check("run echo $((1 << 2))", "?2))");
        check("run cat << EOF", "?EOF");
    }
}
