//! What holds for every Dockerfile, however odd.

use proptest::prelude::*;

use super::OFFERED;
use super::tests::{IGNORED, NODE, PYTHON, accepting, advice, perhaps};
use crate::recipe::dockerfile::lex;

/// Instructions that are easy to get wrong, under the escape character `escape`.
fn instruction(escape: char) -> impl Strategy<Value = String> {
    let forms = [
        "WORKDIR /app".to_owned(),
        "COPY . .".to_owned(),
        "ADD . .".to_owned(),
        "COPY package.json ./".to_owned(),
        "RUN npm ci".to_owned(),
        "RUN apt-get update".to_owned(),
        format!("run apt-get install -y a {escape}\n\n  # why\n b && npm ci"),
        format!("RUN apt-get update {escape}\n && apt-get install -y a && npm ci && make"),
        "RUN pip install --no-cache-dir -r requirements.txt && make".to_owned(),
        "RUN apt-get install -y gcc libpq-dev && make".to_owned(),
        "RUN uv sync".to_owned(),
        "RUN npm ci; make".to_owned(),
        "RUN --mount=type=cache,target=/root/.npm npm ci".to_owned(),
        "RUN [\"npm\", \"ci\"]".to_owned(),
        "RUN <<E\nCOPY . .\nnpm ci\nE".to_owned(),
        "COPY <<E /x\nRUN npm ci\nE".to_owned(),
        format!("RUN np{escape}\nm ci"),
        "ONBUILD RUN npm ci".to_owned(),
        "SHELL [\"cmd\", \"/C\"]".to_owned(),
        "FROM $x AS c".to_owned(),
        "FROM c".to_owned(),
        "USER me".to_owned(),
        "# a comment".to_owned(),
        "CMD x".to_owned(),
    ];
    prop::sample::select(forms.to_vec())
}

fn any_dockerfile() -> impl Strategy<Value = String> {
    (prop::sample::select(vec!['\\', '`']), prop::sample::select(vec!["\n", "\r\n"]))
        .prop_flat_map(|(escape, line_end)| {
            (prop::collection::vec(instruction(escape), 0..10), Just(escape), Just(line_end))
        })
        .prop_map(|(lines, escape, line_end)| {
            format!("# escape={escape}\nARG x=y\nFROM a\n{}\n", lines.join("\n")).replace('\n', line_end)
        })
}

/// All words of the commands and instructions, in no order: what an edit may move, and not lose.
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().filter(|word| !is_glue(word)).collect();
    words.sort_unstable();
    words
}

fn is_glue(word: &str) -> bool {
    const GLUE: [&str; 9] =
        ["RUN", "run", "&&", "COPY", "ADD", "./", "package.json", "package-lock.json", "requirements.txt"];
    GLUE.contains(&word)
}

proptest! {
    #[test]
    fn optimizing_twice_changes_nothing_more(text in any_dockerfile(), accepts in any::<bool>()) {
        let rules: &[&str] = if accepts { &OFFERED } else { &[] };
        let files = [NODE, PYTHON].concat();
        let once = accepting(rules, &text, &files, IGNORED);
        let twice = accepting(rules, &once.improved, &files, &once.ignore_file);
        prop_assert_eq!(twice.improved, once.improved);
        prop_assert_eq!(twice.ignore_file, once.ignore_file);
    }

    #[test]
    fn nothing_is_lost_on_the_way(text in any_dockerfile()) {
        let improved = advice(&text, &[NODE, PYTHON].concat(), IGNORED).improved;
        prop_assert_eq!(words(&improved), words(&text));
    }

    #[test]
    fn any_text_is_refused_or_improved(text in "FROM a\n(RUN |COPY . .\n|ADD . .|FROM a|<<E|E|npm ci|apt-get (update|install a)|&&|;|[\\\\`#\"'$ é\r\n]|[a-z{}:-]){0,40}") {
        prop_assert_eq!(perhaps(&OFFERED, &text, NODE, "").is_err(), lex(&text).is_err());
    }
}
