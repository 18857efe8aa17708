//! What is read of a `RUN`, what is refused, and where the words are.

use proptest::prelude::*;

use super::*;
use crate::recipe::dockerfile::lex;

fn read_run(run: &str) -> Result<Script, Unreadable> {
    read(lex(run).unwrap().instructions.first().unwrap())
}

/// Words in `<>`, or in `<?>` where the value is not known.
fn shown(commands: &[Command]) -> String {
    let word = |word: &Word| match (&word.value, word.inner.as_slice()) {
        (Some(value), _) => format!("<{value}>"),
        (None, []) => format!("<?{}>", word.typed),
        (None, inner) => format!("<?{} runs {}>", word.typed, shown(inner)),
    };
    let command = |command: &Command| {
        let joint = command.joint.map(|joint| format!("{joint:?} ")).unwrap_or_default();
        let assignments = command.assignments.iter().map(|one| format!("{}:{}", one.name, word(&one.word)));
        let words = command.words.iter().map(word);
        let redirections =
            command.redirections.iter().map(|one| format!("{}{}", one.operator, word(&one.target)));
        joint + &assignments.chain(words).chain(redirections).collect::<Vec<_>>().join(" ")
    };
    commands.iter().map(command).collect::<Vec<_>>().join("\n")
}

fn readable(run: &str) -> String {
    shown(&read_run(run).unwrap().commands)
}

#[track_caller]
fn refused(run: &str, reason: &str) {
    assert_eq!(read_run(run).unwrap_err().to_string(), reason, "{run}");
}

#[test]
fn simple_commands_are_read_with_what_joins_them() {
    insta::assert_snapshot!(readable("RUN apt-get update && A=1 B=\"x y\" apt-get -y install a || true; cat f | sh -s -- -y"), @r#"
    <apt-get> <update>
    And A:<A=1> B:<B=x y> <apt-get> <-y> <install> <a>
    Or <true>
    Sequence <cat> <f>
    Pipe <sh> <-s> <--> <-y>
    "#);
}

#[test]
fn quotes_and_escapes_go_and_expansions_are_unknown() {
    insta::assert_snapshot!(readable(r#"RUN a 'b  c' "d \" \x" e\ f "$g" h${I:-j$K} 'l'"m"n *.o ~/p u[q] $ "$(r -s | t)" =v "#), @r#"
    <a> <b  c> <d " \x> <e f> <?"$g"> <?h${I:-j$K}> <lmn> <?*.o> <?~/p> <?u[q]> <$> <?"$(r -s | t)" runs <r> <-s>
    Pipe <t>> <=v>
    "#);
}

#[test]
fn redirections_are_no_words() {
    insta::assert_snapshot!(readable("RUN echo 'deb x' >>/etc/a 2>&1 <b;"), @"<echo> <deb x> >></etc/a> 2>&<1> <<b>");
}

#[test]
fn comments_end_the_script_and_numbers_are_words() {
    insta::assert_snapshot!(readable("RUN a b#c 2 # && d"), @"<a> <b#c> <2>");
}

#[test]
fn options_stand_before_the_commands() {
    let script = read_run("RUN --mount=type=cache,target=/c \\\n  --network=none \\\n # why\n  a").unwrap();
    assert_eq!(script.options, ["--mount=type=cache,target=/c", "--network=none"]);
    assert_eq!(shown(&script.commands), "<a>");
}

#[test]
fn what_is_more_than_simple_commands_is_refused() {
    refused("RUN [\"a\", \"b\"]", "it is in the exec form");
    refused("RUN --network=none [\"a\"]", "it is in the exec form");
    refused("RUN <<E\na\nE", "it has a heredoc");
    refused("RUN cat <<E >f\na\nE", "it has a heredoc");
    refused("RUN (cd a)", "it has a subshell");
    refused("RUN f() { a; }", "it has a function");
    refused("RUN if a; then b; fi", "it has `if`");
    refused("RUN a && { b; }", "it has `{`");
    refused("RUN ! a", "it has `!`");
    refused("RUN a & b", "a command of it runs in the background");
    refused("RUN a `b`", "it has a command in backticks");
    refused("RUN a \"`b`\"", "it has a command in backticks");
    refused("RUN a $((1 + 2))", "it has arithmetic");
    refused("RUN a $'b'", "it has a quote after a dollar sign");
    refused("RUN a <(b)", "it has <(");
    refused("RUN a &>b", "it has &>");
    refused("RUN a |& b", "it has |&");
    refused("RUN a && ", "there is no command where one has to be");
    refused("RUN a ;; b", "it has ;;");
    refused("RUN a 'b", "a quote has no end");
    refused("RUN a ${B", "a ${ has no end");
    refused("RUN a ${B:-'c'}", "it has a ${...} with quotes or braces");
    refused("RUN a $(b", "a $( has no end");
    refused("RUN a )", "a parenthesis closes what was not opened");
    refused("RUN --mount=\"type=cache\" a", "its option --mount=\"type=cache\" is quoted or not literal");
}

#[test]
fn shells_that_read_the_same() {
    let shell = |words: &str| is_posix(&words.split(' ').map(str::to_owned).collect::<Vec<_>>());
    for posix in ["/bin/sh -c", "/bin/bash -o pipefail -c", "bash -euxc", "/usr/bin/dash -c", "ash -c"] {
        assert!(shell(posix), "{posix}");
    }
    for other in ["pwsh -Command", "cmd /S /C", "/bin/zsh -c", "fish -c", "bash", "bash --rc", "python3 -c"] {
        assert!(!shell(other), "{other}");
    }
}

#[test]
fn words_know_where_they_stand_across_lines() {
    let text = "FROM a\r\nRUN apt-get \\\r\n  # why\r\n  install b\\\r\nc 'd e'\r\n";
    let source = lex(text).unwrap();
    let script = read(&source.instructions[1]).unwrap();
    let places: Vec<&str> = script.commands[0].words.iter().map(|word| &text[word.span.clone()]).collect();
    assert_eq!(places, ["apt-get", "install", "b\\\r\nc", "'d e'"]);
    assert_eq!(script.commands[0].known_words().collect::<Vec<_>>(), ["apt-get", "install", "bc", "d e"]);
}

#[test]
fn the_escape_directive_changes_nothing_for_the_shell() {
    let source = lex("# escape=`\nRUN a `\n b\\ c").unwrap();
    assert_eq!(shown(&read(&source.instructions[0]).unwrap().commands), "<a> <b c>");
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic_and_words_are_where_they_say(
        text in "RUN ([a-z]|[ \\\\'\"$(){}<>&|;#`=é*]|&&|\\\\\n|\\$\\(|A=b){0,40}"
    ) {
        let Ok(source) = lex(&text) else { return Ok(()) };
        let run = &source.instructions[0];
        let Ok(script) = read(run) else { return Ok(()) };
        for word in script.commands.iter().flat_map(|command| &command.words) {
            prop_assert_eq!(text[word.span.clone()].replace("\\\n", ""), word.typed.clone());
        }
    }
}
