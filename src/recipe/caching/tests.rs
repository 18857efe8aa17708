//! What becomes of Dockerfiles, and of those that nobody should touch.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::recipe::dockerfile::{BuildTrust, Delivery, Trusted, with_host_trust};

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::embedded().unwrap());

fn cached(text: &str) -> Cached {
    with_caches(text, &TABLES, &Setting::default()).unwrap()
}

/// The new text, if it is one, and the steps.
fn shown(text: &str) -> String {
    let cached = cached(text);
    let new = if cached.text == text {
        "(as it was)\n".to_owned()
    } else {
        format!("{}\n", cached.text.trim_end())
    };
    let step = |step: &Step| {
        let (mark, reason) = match &step.outcome {
            Outcome::Changed(reason) => ('+', reason),
            Outcome::LeftAlone(reason) => ('=', reason),
        };
        format!("{mark} {}: {} -- {reason}\n", step.line, step.command)
    };
    new + &cached.steps.iter().map(step).collect::<String>()
}

/// Why the only step of a Dockerfile is left alone.
#[track_caller]
fn left_alone(text: &str) -> String {
    let cached = cached(text);
    assert_eq!(cached.text, text);
    match &cached.steps[..] {
        [Step { outcome: Outcome::LeftAlone(reason), .. }] => reason.clone(),
        steps => panic!("{steps:?}"),
    }
}

#[test]
fn installs_get_caches_for_their_own_command_only() {
    insta::assert_snapshot!(shown("FROM debian:12\nCOPY . .\nRUN set -eux; npm ci && npm run build\nRUN pip3 install --no-cache-dir -r requirements.txt\n"), @"
    FROM debian:12
    COPY . .
    RUN --mount=type=cache,id=devc-npm,sharing=shared,target=/dev/devc-cache/npm set -eux; $(test -w /dev/devc-cache/npm && echo env npm_config_cache=/dev/devc-cache/npm) npm ci && npm run build
    RUN --mount=type=cache,id=devc-pip-10708e2ae4258491,sharing=shared,target=/dev/devc-cache/pip --mount=type=cache,id=devc-pip-http,sharing=shared,target=/dev/devc-cache/pip/http --mount=type=cache,id=devc-pip-http-v2,sharing=shared,target=/dev/devc-cache/pip/http-v2 $(test -w /dev/devc-cache/pip && echo env PIP_CACHE_DIR=/dev/devc-cache/pip PIP_NO_CACHE_DIR=) pip3 install -r requirements.txt
    + 3: npm ci -- the cache npm outlives the build
    + 4: pip3 install --no-cache-dir -r requirements.txt -- the cache pip outlives the build
    ");
}

#[test]
fn apt_runs_through_the_script_that_features_use() {
    insta::assert_snapshot!(shown("FROM debian:12\nRUN apt-get update \\\n && DEBIAN_FRONTEND=noninteractive apt-get install -y \\\n    # tools\n    git \"g++\" $MORE \\\n && rm -rf /var/lib/apt/lists/*\n"), @r#"
    FROM debian:12
    RUN --mount=type=bind,from=devc-fast-apt,source=scripts,target=/dev/devc-apt/scripts --mount=type=cache,id=devc-apt,sharing=private,target=/dev/devc-apt/cache --mount=type=tmpfs,target=/dev/devc-apt/scratch /dev/devc-apt/scripts/fast-apt.sh run apt-get update \
     && DEBIAN_FRONTEND=noninteractive /dev/devc-apt/scripts/fast-apt.sh run apt-get install -y \
        # tools
        git "g++" $MORE \
     && rm -rf /var/lib/apt/lists/*
    + 2: apt-get update -- packages come from a cache of verified archives, and dpkg does not wait for the disk
    + 3: apt-get install -y git "g++" $MORE -- packages come from a cache of verified archives, and dpkg does not wait for the disk
    "#);
}

#[test]
fn what_a_tool_built_is_kept_for_the_same_steps_before() {
    let id = |text: &str| {
        let text = cached(text).text;
        text.split_once("id=devc-uv-").unwrap().1.split(',').next().unwrap().to_owned()
    };
    let one = id("FROM a\nRUN x\nRUN uv sync --locked");
    assert_eq!(one, id("FROM a\nRUN x\nRUN uv sync --frozen\nRUN y"));
    assert_ne!(one, id("FROM b\nRUN x\nRUN uv sync --locked"));
    assert_ne!(one, id("FROM a\nRUN y\nRUN uv sync --locked"));
}

#[test]
fn what_an_image_may_need_stays_in_it() {
    insta::assert_snapshot!(left_alone("FROM a\nRUN cargo build --release"), @"later steps build from what cargo has fetched, and programs name its place");
    insta::assert_snapshot!(left_alone("FROM a\nRUN poetry install"), @"Poetry keeps virtual environments in the folder of its cache");
}

#[test]
fn a_stage_that_hands_on_nothing_but_results_has_caches_where_tools_look_for_them() {
    let rest = "FROM b\nCOPY --from=build /app/target/release/app /\n";
    insta::assert_snapshot!(shown(&format!("FROM a AS build\nRUN cargo build --release\n{rest}")), @"
    FROM a AS build
    RUN --mount=type=cache,id=devc-cargo-index,sharing=locked,target=${CARGO_HOME:-/root/.cargo}/registry/index --mount=type=cache,id=devc-cargo-crates,sharing=locked,target=${CARGO_HOME:-/root/.cargo}/registry/cache cargo build --release
    FROM b
    COPY --from=build /app/target/release/app /
    + 2: cargo build --release -- the caches cargo-index, cargo-crates outlive the build, and no image has them
    ");
    insta::assert_snapshot!(shown("FROM a AS build\nRUN go build -o /out/ ./...\nFROM b\nCOPY --from=build /out/app /\n"), @"
    FROM a AS build
    RUN --mount=type=cache,id=devc-go-downloads,sharing=shared,target=${GOMODCACHE:-${GOPATH:-/root/go}/pkg/mod}/cache/download go build -o /out/ ./...
    FROM b
    COPY --from=build /out/app /
    + 2: go build -o /out/ ./... -- the caches go-downloads outlive the build, and no image has them
    ");
    let other = |stage: &str, rest: &str| {
        let text = format!("FROM a AS build\n{stage}\n{rest}");
        with_caches(&text, &TABLES, &Setting::default()).unwrap().text == text
    };
    assert!(!other("RUN cargo build --release", rest));
    assert!(other("RUN cargo build --release", &rest.replace("/target", "")));
    assert!(other("RUN cargo build --release --offline", rest));
    assert!(other("ENV CARGO_HOME=/app\nRUN cargo build --release", rest));
    assert!(other("USER me\nRUN cargo build --release", rest));
    assert!(other("RUN go build -mod=vendor -o target/release/app", rest));
    assert!(other("RUN go build -o target/release/app", rest));
    let text = format!("FROM a AS build\nRUN cargo build --release\n{rest}");
    let setting = Setting { target: Some("build".to_owned()), ..Setting::default() };
    assert_eq!(with_caches(&text, &TABLES, &setting).unwrap().text, text);
}

#[test]
fn plans_of_its_own_are_respected() {
    insta::assert_snapshot!(left_alone("FROM a\nENV PIP_CACHE_DIR=/c\nRUN pip install x"), @"line 2 has plans of its own with PIP_CACHE_DIR");
    insta::assert_snapshot!(left_alone("FROM a\nCOPY --from=b /root/.npm /root/.npm\nRUN npm ci"), @"line 2 has plans of its own with .npm");
    insta::assert_snapshot!(left_alone("FROM a\nRUN npm ci --prefer-offline"), @"line 2 has plans of its own with --prefer-offline");
    insta::assert_snapshot!(left_alone("FROM a\nARG npm_config_cache=/c\nRUN npm ci"), @"line 2 has plans of its own with npm_config_cache");
    insta::assert_snapshot!(left_alone("FROM a\nRUN --mount=type=cache,target=/c npm ci"), @"it has a cache mount already");
    insta::assert_snapshot!(left_alone("FROM a\nRUN --mount=type=tmpfs,target=/dev/x npm ci"), @"it mounts something at /dev, where devc would");
    insta::assert_snapshot!(left_alone("FROM a\nRUN sudo npm ci"), @"it runs through sudo, which may hide variables from it");
    insta::assert_snapshot!(left_alone("FROM a\nRUN sudo -u me apt-get install x"), @"it runs through sudo, which may hide variables from it");
    insta::assert_snapshot!(left_alone("FROM a\nUSER me\nRUN apt-get install x"), @"it runs as me, and apt is for root");
    insta::assert_snapshot!(left_alone("FROM a\nRUN export IFS=, && npm ci"), @"it changes IFS, by which the shell splits words");
}

#[test]
fn other_users_than_root_get_caches_of_their_own() {
    let options = |user: &str| {
        let text = cached(&format!("FROM a\nUSER {user}\nRUN npm ci")).text;
        text.split_once("target=/dev/devc-cache/npm").unwrap().1.split(' ').next().unwrap().to_owned()
    };
    assert_eq!(options("root"), "");
    assert_eq!(options("0:1"), "");
    assert_eq!(options("1234:5"), ",uid=1234");
    assert_eq!(options("me:us"), ",uid=1000");
    insta::assert_snapshot!(shown("FROM a\nUSER $NAME\nRUN npm ci").lines().last().unwrap(), @"+ 3: npm ci -- the cache npm outlives the build, if $NAME has the id 1000");
    let users = [("a".to_owned(), "me".to_owned())].into();
    let known = Setting { users, ..Setting::default() };
    assert!(with_caches("FROM a\nRUN npm ci", &TABLES, &known).unwrap().text.contains(",uid=1000 "));
}

#[test]
fn sudo_runs_the_script_if_it_may() {
    insta::assert_snapshot!(shown("FROM a\nUSER me\nRUN sudo apt-get install x").lines().nth(2).unwrap().split_once("scratch ").unwrap().1, @"sudo $(sudo -nl /dev/devc-apt/scripts/fast-apt.sh run >/dev/null 2>&1 && echo /dev/devc-apt/scripts/fast-apt.sh run) apt-get install x");
}

#[test]
fn the_build_finds_out_which_yarn_it_has() {
    insta::assert_snapshot!(shown("FROM a\nRUN yarn install --frozen-lockfile"), @"
    FROM a
    RUN --mount=type=cache,id=devc-yarn,sharing=locked,target=/dev/devc-cache/yarn $(test -w /dev/devc-cache/yarn && case $(yarn --version) in (1.*) true;; (*) false;; esac && echo env YARN_CACHE_FOLDER=/dev/devc-cache/yarn) yarn install --frozen-lockfile
    + 2: yarn install --frozen-lockfile -- the cache yarn outlives the build, if Yarn is version 1
    ");
}

#[test]
fn clearing_a_cache_is_no_plan() {
    let text = cached("FROM a\nCOPY .npmrc .\nRUN npm ci && npm cache clean --force && rm -rf ~/.npm\n").text;
    assert!(text.contains("npm_config_cache="), "{text}");
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    insta::assert_snapshot!(left_alone("FROM a\nRUN <<E\nnpm ci\nE"), @"it has a heredoc");
    insta::assert_snapshot!(left_alone("FROM a\nRUN [\"npm\", \"ci\"]"), @"it is in the exec form");
    insta::assert_snapshot!(left_alone("FROM a\nRUN if x; then npm ci; fi"), @"it has `if`");
    insta::assert_snapshot!(left_alone("FROM a\nRUN n\\\npm ci"), @"a word of it goes on in the next line");
    insta::assert_snapshot!(left_alone("FROM a\nONBUILD RUN npm ci"), @"it runs in other builds");
    insta::assert_snapshot!(left_alone("FROM a\nSHELL [\"pwsh\", \"-Command\"]\nRUN npm ci"), @r#"its SHELL ["pwsh","-Command"] is not a POSIX shell that reads commands"#);
    insta::assert_snapshot!(left_alone("FROM a\nSHELL pwsh\nRUN npm ci"), @"its SHELL [] is not a POSIX shell that reads commands");
    insta::assert_snapshot!(left_alone("FROM --platform=windows/amd64 a\nRUN npm ci"), @"it is built for Windows");
    insta::assert_snapshot!(left_alone("# syntax=docker/dockerfile:1.3\nFROM a\nRUN npm ci"), @"its frontend docker/dockerfile:1.3 is older than 1.4");
    insta::assert_snapshot!(left_alone("# syntax=example.org/other\nFROM a\nRUN npm ci"), @"its frontend example.org/other is not Docker's");
}

#[test]
fn a_shell_is_inherited_by_stages_and_from_the_image() {
    insta::assert_snapshot!(left_alone("FROM a AS one\nSHELL [\"pwsh\", \"-c\"]\nFROM ONE\nRUN npm ci"), @r#"its SHELL ["pwsh","-c"] is not a POSIX shell that reads commands"#);
    let setting =
        Setting { shells: [("a:1".to_owned(), vec!["powershell".to_owned()])].into(), ..Setting::default() };
    let text = "ARG V=1\nFROM a:$V\nRUN npm ci";
    assert_eq!(with_caches(text, &TABLES, &setting).unwrap().text, text);
    assert_ne!(cached(text).text, text);
}

#[test]
fn escape_directives_and_line_ends_stay() {
    insta::assert_snapshot!(shown("# escape=`\r\nFROM a\r\nRUN a `\r\n  && npm `\r\n  ci\r\n").replace('\r', "<CR>"), @"
    # escape=`<CR>
    FROM a<CR>
    RUN --mount=type=cache,id=devc-npm,sharing=shared,target=/dev/devc-cache/npm a `<CR>
      && $(test -w /dev/devc-cache/npm && echo env npm_config_cache=/dev/devc-cache/npm) npm `<CR>
      ci
    + 4: npm ci -- the cache npm outlives the build
    ");
}

#[test]
fn a_dockerfile_with_a_mistake_is_refused_with_its_place() {
    let error = |text| with_caches(text, &TABLES, &Setting::default()).unwrap_err();
    insta::assert_snapshot!(error("RUN npm ci").summary(), @"Error parsing Dockerfile: line 1, column 1: RUN stands before the first FROM");
    insta::assert_snapshot!(error("FROM a\nRUN <<E\nnpm ci").summary(), @"Error parsing Dockerfile: line 2, column 1: the heredoc E has no end");
}

/// An instruction under the escape character `escape`.
fn instruction(escape: char) -> impl Strategy<Value = String> {
    let forms = [
        "RUN npm ci".to_owned(),
        "RUN npm ci --offline".to_owned(),
        format!("run apt-get update {escape}\n && apt-get install -y a {escape}\n\n b"),
        format!("RUN pip install --no-cache-dir {escape}\n  # why\n  x && uv sync"),
        "RUN --network=none pip install x # y".to_owned(),
        "RUN --mount=type=cache,target=/c npm ci".to_owned(),
        "RUN [\"npm\", \"ci\"]".to_owned(),
        "RUN <<E\nnpm ci\nE".to_owned(),
        format!("RUN np{escape}\nm ci"),
        "ONBUILD RUN npm ci".to_owned(),
        "SHELL [\"cmd\", \"/C\"]".to_owned(),
        "SHELL [\"/bin/bash\", \"-c\"]".to_owned(),
        "FROM b AS c".to_owned(),
        "FROM c".to_owned(),
        "USER me".to_owned(),
        "RUN sudo apt-get install x; yarn install".to_owned(),
        "COPY --from=c /root/.cache/uv /c".to_owned(),
        "COPY --from=c /target/x /c".to_owned(),
        "RUN rm -rf ~/.npm; cargo build".to_owned(),
    ];
    prop::sample::select(forms.to_vec())
}

fn any_dockerfile() -> impl Strategy<Value = String> {
    (prop::sample::select(vec!['\\', '`']), prop::sample::select(vec!["\n", "\r\n"]))
        .prop_flat_map(|(escape, line_end)| {
            (prop::collection::vec(instruction(escape), 0..10), Just(escape), Just(line_end))
        })
        .prop_map(|(lines, escape, line_end)| {
            format!("# escape={escape}\nARG x\nFROM a\n{}\n", lines.join("\n")).replace('\n', line_end)
        })
}

/// The text without what was added to it.
fn without_additions(cached: &Cached) -> String {
    cached.added.iter().fold(cached.text.clone(), |text, added| text.replace(&format!(" {added}"), ""))
}

proptest! {
    #[test]
    fn doing_it_twice_changes_nothing_more(text in any_dockerfile()) {
        let once = cached(&text).text;
        prop_assert_eq!(&cached(&once).text, &once);
        let trust = BuildTrust::new("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", Delivery::Secrets);
        if let Trusted::Changed(trusted) = with_host_trust(&once, &trust).unwrap() {
            prop_assert_eq!(&cached(&trusted).text, &trusted);
        }
    }

    #[test]
    fn nothing_but_additions_and_drops_changes(text in any_dockerfile()) {
        let cached = cached(&text);
        let changed = cached.steps.iter().any(|step| matches!(step.outcome, Outcome::Changed(_)));
        prop_assert_eq!(changed, cached.text != text);
        let drops = |text: &str| text.replace(" --no-cache-dir", "");
        prop_assert_eq!(drops(&without_additions(&cached)), drops(&text));
    }

    #[test]
    fn any_text_is_refused_or_done(text in "FROM a\n(RUN|FROM a|<<E|E|npm ci|pip install|&&|;|[\\\\`#\"'$ é\r\n]|[a-z{}:-]){0,40}") {
        let _ = with_caches(&text, &TABLES, &Setting::default());
    }
}
