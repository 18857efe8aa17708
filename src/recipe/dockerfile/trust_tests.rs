//! Which instructions get the host's certificates, and that nothing else changes.

use proptest::prelude::*;

use super::*;

const BUNDLE: &str = "# A comment\n-----BEGIN CERTIFICATE-----\r\nAAAA\n-----END CERTIFICATE-----\n\n";

/// The rewritten text, with the long additions made short.
fn rewritten(text: &str) -> String {
    let trust = BuildTrust::new(BUNDLE, Delivery::Secrets);
    match with_host_trust(text, &trust).unwrap() {
        Trusted::Changed(text) => {
            text.replace(&trust.mounts(), "<mounts>").replace(&trust.arguments(), "ARG <files>")
        }
        Trusted::NothingToRun => "nothing to run".to_owned(),
        Trusted::LeftAlone(reason) => reason,
    }
}

#[test]
fn each_run_gets_the_mounts_and_each_stage_that_runs_the_arguments() {
    insta::assert_snapshot!(rewritten("FROM a AS x\nRUN one\nrun [\"two\"]\nFROM b\nCOPY . .\nFROM x\nUSER me\nRUN three"), @r#"
    FROM a AS x
    ARG <files>
    RUN <mounts> one
    run <mounts> ["two"]
    FROM b
    COPY . .
    FROM x
    ARG <files>
    USER me
    RUN <mounts> three
    "#);
}

#[test]
fn own_options_heredocs_comments_and_directives_stay() {
    insta::assert_snapshot!(
        rewritten("# syntax=docker/dockerfile:1\n# escape=`\nFROM a `\n  AS b\n\nRUN `\n# why\n --mount=type=cache,target=/c `\n  x\nRUN <<E\nRUN no\nE\nONBUILD USER no\n"),
        @"
    # syntax=docker/dockerfile:1
    # escape=`
    FROM a `
      AS b
    ARG <files>

    RUN <mounts> `
    # why
     --mount=type=cache,target=/c `
      x
    RUN <mounts> <<E
    RUN no
    E
    ONBUILD USER no
    "
    );
}

#[test]
fn a_run_that_mounts_over_dev_is_left_alone() {
    insta::assert_snapshot!(rewritten("FROM a\nRUN --mount=type=tmpfs,target=/dev x"), @"nothing to run");
}

#[test]
fn what_cannot_be_changed_is_left_alone_with_a_reason() {
    insta::assert_snapshot!(rewritten("FROM a\nRUN x\nONBUILD run y"), @"The host's certificates are not handed to this build, because it has an ONBUILD RUN");
    insta::assert_snapshot!(rewritten("# syntax=docker/dockerfile:1.1\nFROM a\nRUN x"), @"The host's certificates are not handed to this build, because its frontend docker/dockerfile:1.1 is older than 1.2");
    insta::assert_snapshot!(rewritten("# syntax=example.org/other\nFROM a\nRUN x"), @"The host's certificates are not handed to this build, because its frontend example.org/other is not Docker's");
    insta::assert_snapshot!(rewritten("FROM a\nCOPY x y"), @"nothing to run");
}

#[test]
fn the_mounts_and_arguments_in_full() {
    let trust = BuildTrust::new(BUNDLE, Delivery::Secrets);
    insta::assert_snapshot!(trust.mounts(), @"--mount=type=secret,id=devc-ca,target=/dev/devc/ca.crt,mode=0444 --mount=type=secret,id=devc-apt,target=/dev/devc/apt.conf,mode=0444 --mount=type=secret,id=devc-wget,target=/dev/devc/wgetrc,mode=0444");
    assert!(
        trust.arguments().starts_with("ARG SSL_CERT_FILE=/dev/devc/ca.crt CURL_CA_BUNDLE=/dev/devc/ca.crt ")
    );
    assert!(trust.arguments().ends_with(" APT_CONFIG=/dev/devc/apt.conf WGETRC=/dev/devc/wgetrc"));
}

#[test]
fn the_bundle_is_kept_without_comments() {
    let trust = BuildTrust::new(BUNDLE, Delivery::Secrets);
    assert_eq!(trust.files()[0].contents, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert_eq!(trust.delivery(), Delivery::Secrets);
}

#[test]
fn a_bundle_too_large_for_a_secret_comes_as_a_build_context() {
    let trust = BuildTrust::new(&BUNDLE.repeat(SECRET_LIMIT / 50), Delivery::Secrets);
    assert_eq!(trust.delivery(), Delivery::Context);
    assert_eq!(trust.mounts(), "--mount=type=bind,from=devc-trust,target=/dev/devc");
}

/// A `RUN` of any form, under the escape character `escape`.
fn run(escape: char) -> impl Strategy<Value = String> {
    let forms = [
        "RUN a b".to_owned(),
        format!("run a {escape}\n  b"),
        format!("Run {escape}\n# comment\n\n  a"),
        "RUN [\"a\", \"b\"]".to_owned(),
        "RUN --mount=type=cache,target=/c a".to_owned(),
        "RUN <<E\nRUN no\nFROM no\nE".to_owned(),
        "RUN cat <<-'A' <<B\n\tx\n\tA\ny\nB".to_owned(),
        format!("R{escape}\nUN a"),
        "  RUN\ta".to_owned(),
    ];
    prop::sample::select(forms.to_vec())
}

fn other(escape: char) -> impl Strategy<Value = String> {
    let forms = [
        "FROM b AS c".to_owned(),
        format!("FROM {escape}\n d"),
        "COPY <<E /x\nRUN no\nE".to_owned(),
        "ONBUILD USER no".to_owned(),
        "# RUN no".to_owned(),
        String::new(),
        "ENV a=1 b=\"x y\"".to_owned(),
        format!("CMD a {escape}\nRUN no"),
        "USER me".to_owned(),
    ];
    prop::sample::select(forms.to_vec())
}

fn any_dockerfile() -> impl Strategy<Value = String> {
    (prop::sample::select(vec!['\\', '`']), prop::sample::select(vec!["\n", "\r\n"]))
        .prop_flat_map(|(escape, line_end)| {
            let line = prop_oneof![run(escape), other(escape)];
            (prop::collection::vec(line, 0..12), Just(escape), Just(line_end), any::<bool>())
        })
        .prop_map(|(lines, escape, line_end, closed)| {
            let text =
                format!("# escape={escape}\nFROM a\n{}{}", lines.join("\n"), if closed { "\n" } else { "" });
            text.replace('\n', line_end)
        })
}

/// Keyword and arguments of all instructions.
fn instructions(text: &str) -> Vec<(String, String)> {
    let source = lex(text).unwrap();
    source.instructions.iter().map(|one| (one.keyword.clone(), one.arguments.clone())).collect()
}

proptest! {
    #[test]
    fn nothing_but_the_additions_changes(text in any_dockerfile()) {
        let trust = BuildTrust::new(BUNDLE, Delivery::Secrets);
        let Trusted::Changed(changed) = with_host_trust(&text, &trust).unwrap() else {
            prop_assert!(instructions(&text).iter().all(|(keyword, _)| keyword != "run"));
            return Ok(());
        };
        let added = trust.arguments();
        let without_additions: Vec<_> = instructions(&changed)
            .into_iter()
            .filter(|(keyword, arguments)| format!("{} {arguments}", keyword.to_uppercase()) != added)
            .map(|(keyword, arguments)| match arguments.strip_prefix(&trust.mounts()) {
                Some(own) => (keyword, own.trim_start().to_owned()),
                None => (keyword, arguments),
            })
            .collect();
        prop_assert_eq!(without_additions, instructions(&text));
        prop_assert!(instructions(&changed).iter().filter(|(keyword, _)| keyword == "run").all(|(_, arguments)| arguments.starts_with("--mount=")));
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "(FROM|RUN|<<E|E|ARG a=|USER |[\\\\`#\"'$ é\r\n]|[a-z{}:-]){0,40}") {
        let _ = with_host_trust(&text, &BuildTrust::new(BUNDLE, Delivery::Secrets));
        let _ = super::super::with_metadata_label(&text, None, "LABEL a=b");
        if let Ok(facts) = super::super::scan(&text, &super::super::Variables::default(), None) {
            let _ = facts.user(&std::collections::BTreeMap::new(), "root");
        }
    }

    #[test]
    fn the_label_stage_comes_last_and_changes_nothing_else(text in any_dockerfile()) {
        let labelled = super::super::with_metadata_label(&text, None, "LABEL a=b").unwrap().text;
        let (before, after) = (instructions(&text), instructions(&labelled));
        prop_assert_eq!(after.len(), before.len() + 2);
        let others = |list: &[(String, String)]| list.iter().filter(|(keyword, _)| keyword != "from").cloned().collect::<Vec<_>>();
        prop_assert_eq!(others(&after[..before.len()]), others(&before));
        prop_assert_eq!(&after[before.len() + 1], &("label".to_owned(), "a=b".to_owned()));
    }
}
