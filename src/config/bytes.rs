//! Sizes as devcontainer.json writes them: `512`, `8gb`.

/// Reads whole bytes or a number with `kb`, `mb`, `gb` or `tb`, each 1024 times the one before (spec: hostRequirements).
pub fn parse(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_lowercase());
    let power = match &text[digits.len()..] {
        "" => 0,
        "kb" => 1,
        "mb" => 2,
        "gb" => 3,
        "tb" => 4,
        _ => return None,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(1024_u64.pow(power))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_are_read_in_steps_of_1024() {
        for (text, bytes) in
            [("8gb", 8_589_934_592), ("32tb", 35_184_372_088_832), ("512", 512), ("1kb", 1024)]
        {
            assert_eq!(parse(text), Some(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_none() {
        for text in
            ["", "gb", "8 gb", "8GB", "-1", "+1", "1.5gb", "8gib", "99999999999tb", "99999999999999999999"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
