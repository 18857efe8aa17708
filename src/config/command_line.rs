//! Words as a text that a POSIX shell reads as these words.

/// The words, those with anything unusual in quotes.
pub fn command_line(words: &[String]) -> String {
    // Not `~`, which stands for a home folder.
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=+@%,".contains(letter);
    let quoted = words.iter().map(|word| match !word.is_empty() && word.chars().all(is_plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::command_line;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        let line =
            |words: &[&str]| command_line(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        assert_eq!(line(&["code", "--folder-uri", "a+b/%20c"]), "code --folder-uri a+b/%20c");
        assert_eq!(line(&["zed", "/it's mine", "", "ü"]), r"zed '/it'\''s mine' '' 'ü'");
        assert_eq!(line(&["ls", "~/x"]), "ls '~/x'");
    }
}
