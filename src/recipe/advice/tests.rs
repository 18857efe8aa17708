use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Advice, Build, OFFERED, Remedy, advise};
use crate::Result;
use crate::stack::{Repository, Tables, detect};

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::embedded().unwrap());

struct Files(Vec<String>, BTreeMap<String, String>);

impl Files {
    fn of(files: &[(&str, &str)]) -> Self {
        let texts: BTreeMap<_, _> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self(texts.keys().cloned().collect(), texts)
    }
}

impl Repository for Files {
    fn files(&self) -> &[String] {
        &self.0
    }

    fn read(&self, path: &str) -> Option<String> {
        self.1.get(path).cloned()
    }
}

pub(super) const NODE: &[(&str, &str)] =
    &[("package.json", "{}"), ("package-lock.json", "{}"), ("src/app.js", "")];
pub(super) const PYTHON: &[(&str, &str)] = &[("requirements.txt", "flask==3.1.3\n"), ("app.py", "")];
pub(super) const IGNORED: &str = ".git\nnode_modules\n.venv\n";

pub(super) fn advice(dockerfile: &str, files: &[(&str, &str)], ignored: &str) -> Advice {
    accepting(&[], dockerfile, files, ignored)
}

pub(super) fn accepting(rules: &[&str], dockerfile: &str, files: &[(&str, &str)], ignored: &str) -> Advice {
    perhaps(rules, dockerfile, files, ignored).unwrap()
}

pub(super) fn perhaps(
    rules: &[&str],
    dockerfile: &str,
    files: &[(&str, &str)],
    ignored: &str,
) -> Result<Advice> {
    let repository = Files::of(files);
    let build = Build {
        dockerfile,
        ignore_file: ignored,
        repository: &repository,
        stacks: &detect(&TABLES, &repository),
        tables: &TABLES,
        accepted: &rules.iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>(),
        measured: &[],
    };
    advise(&build)
}

/// A file that improves twice to the same.
#[track_caller]
fn improved(dockerfile: &str, files: &[(&str, &str)]) -> String {
    improved_accepting(&[], dockerfile, files)
}

#[track_caller]
fn improved_accepting(rules: &[&str], dockerfile: &str, files: &[(&str, &str)]) -> String {
    let once = accepting(rules, dockerfile, files, IGNORED).improved;
    assert_eq!(accepting(rules, &once, files, IGNORED).improved, once);
    once
}

/// Why the order stays.
#[track_caller]
fn refused(dockerfile: &str, files: &[(&str, &str)], ignored: &str) -> String {
    let advice = advice(dockerfile, files, ignored);
    assert_eq!(advice.improved, dockerfile);
    let order =
        advice.findings.into_iter().find(|finding| finding.rule == "devc/source-before-install").unwrap();
    let Remedy::Advised(what) = order.remedy else { panic!("{:?}", order.remedy) };
    what.split_once("because ").unwrap().1.to_owned()
}

#[test]
fn one_run_becomes_a_layer_for_each_reason_to_change() {
    let dockerfile = "\
FROM debian:12
WORKDIR /app
COPY . .
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm \\
    && rm -rf /var/lib/apt/lists/* \\
    && npm ci --omit=dev \\
    && npm run build
CMD [\"npm\", \"start\"]
";
    insta::assert_snapshot!(improved(dockerfile, NODE), @r#"
    FROM debian:12
    WORKDIR /app
    RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm \
        && rm -rf /var/lib/apt/lists/*
    COPY package-lock.json package.json ./
    RUN npm ci --omit=dev
    COPY . .
    RUN npm run build
    CMD ["npm", "start"]
    "#);
}

#[test]
fn an_environment_outside_of_the_source_does_not_need_it() {
    let dockerfile = "\
FROM debian:12
WORKDIR /srv/app/
COPY . /srv/app
RUN python3 -m venv /venv && /venv/bin/pip install -r requirements.txt
";
    insta::assert_snapshot!(improved(dockerfile, PYTHON), @"
    FROM debian:12
    WORKDIR /srv/app/
    RUN python3 -m venv /venv
    COPY requirements.txt ./
    RUN /venv/bin/pip install -r requirements.txt
    COPY . /srv/app
    ");
}

#[test]
fn packages_of_the_system_go_first_where_no_more_is_known() {
    let dockerfile =
        "FROM x\nWORKDIR /app\nCOPY . .\nRUN apt-get update && apt-get install -y gcc && make && npm ci\n";
    insta::assert_snapshot!(improved(dockerfile, NODE), @"
    FROM x
    WORKDIR /app
    RUN apt-get update && apt-get install -y gcc
    COPY . .
    RUN make && npm ci
    ");
}

#[test]
fn line_ends_stay_as_they_are() {
    let dockerfile = "FROM x\r\nWORKDIR /app\r\nCOPY . .\r\nRUN npm ci && npm run build\r\nUSER app\r\n";
    assert_eq!(
        improved(dockerfile, NODE),
        "FROM x\r\nWORKDIR /app\r\nCOPY package-lock.json package.json ./\r\nRUN npm ci\r\nCOPY . .\r\nRUN npm run build\r\nUSER app\r\n"
    );
}

#[test]
fn what_is_not_proven_stays_with_a_reason() {
    let with = |before: &str, run: &str| format!("FROM x\n{before}COPY . .\nRUN {run}\n");
    let reason = |before: &str, run: &str| refused(&with(before, run), NODE, IGNORED);
    let app = "WORKDIR /app\n";
    insta::assert_snapshot!([
        reason("", "npm ci"),
        reason("WORKDIR /etc/app\n", "npm ci"),
        reason("WORKDIR $HOME\n", "npm ci"),
        reason("SHELL [\"/bin/bash\", \"-c\"]\nWORKDIR /app\n", "npm ci"),
        reason("WORKDIR /app\nENV NPM_CONFIG_USERCONFIG=x\n", "npm ci"),
        reason("WORKDIR /app\nENV PATH=/app/bin:$PATH\n", "npm ci"),
        reason(app, "./prepare && npm ci"),
        reason(app, "npm ci || npm install"),
        reason(app, "cd web && npm ci"),
        reason(app, "npm install left-pad"),
        reason(app, "FORCE=1 npm ci"),
        reason(app, "npm ci --prefix=web"),
        reason(app, "npm ci >log"),
        reason(app, "apt-get install -y ./own.deb"),
        reason(app, "--mount=type=cache,target=/root/.npm npm ci"),
        reason(app, "npm ci && \\\n# why\n  npm run build"),
    ].join("\n"), @"
    the stage has no WORKDIR of the project's own, such as /app.
    the stage has no WORKDIR of the project's own, such as /app.
    the stage has no WORKDIR of the project's own, such as /app.
    the file has SHELL or ONBUILD.
    `env NPM_CONFIG_USERCONFIG=x` may lead the install into the source.
    `env PATH=/app/bin:$PATH` may lead the install into the source.
    its first command may need the source.
    its commands are joined by more than &&.
    its first command may need the source.
    its first command may need the source.
    its first command may need the source.
    its first command may need the source.
    its first command may need the source.
    its first command may need the source.
    the RUN has options.
    a comment stands among the lines.
    ");
}

#[test]
fn a_project_that_takes_part_in_its_install_is_left_alone() {
    let dockerfile = "FROM x\nWORKDIR /app\nCOPY . .\nRUN npm ci\n";
    let node = |manifest| {
        let files = [("package.json", manifest), ("package-lock.json", "{}")];
        refused(dockerfile, &files, IGNORED)
    };
    let python = |line| {
        let files = [("requirements.txt", line)];
        refused(&dockerfile.replace("npm ci", "pip install -r requirements.txt"), &files, IGNORED)
    };
    insta::assert_snapshot!([
        node("{\"scripts\": {\n\"postinstall\": \"node x\"}}"),
        node("{\"dependencies\": {\"own\": \"file:own\"}}"),
        node("{\"workspaces\": [\"a\"]}"),
        python("flask\n-e .\n"),
        python("own @ file:///x\n"),
        python("-r more.txt\n"),
        refused(dockerfile, NODE, ".git\n"),
        refused(dockerfile, NODE, "node_modules\npackage*.json\n"),
        refused(dockerfile, &[NODE, &[(".npmrc", "//x/:_authToken=1\n")]].concat(), IGNORED),
    ].join("\n"), @"
    package.json:2 may need more of the source.
    package.json:1 may need more of the source.
    package.json:1 may need more of the source.
    requirements.txt:2 may need more of the source.
    requirements.txt:1 may need more of the source.
    requirements.txt:1 may need more of the source.
    a node_modules may come along with the source: write it into .dockerignore.
    the files that the install reads are not in the context.
    the install reads .npmrc, too, which belongs in no layer.
    ");
}

#[test]
fn all_that_could_be_better_is_told_by_line() {
    let dockerfile =
        "FROM x\nRUN apt-get update && apt-get install -y gcc\nWORKDIR /app\nCOPY . .\nRUN npm ci\n";
    let findings = advice(dockerfile, NODE, "").findings;
    let told = findings.iter().map(|finding| format!("{} {}: {}", finding.line, finding.rule, finding.what));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    2 DL3009: the lists of packages stay in the image
    2 DL3015: apt-get installs what packages recommend, too
    2 devc/cache-mount: `apt-get install -y gcc` fetches everything again when it runs again
    4 devc/context: the context may hold .git, node_modules
    5 devc/cache-mount: `npm ci` fetches everything again when it runs again
    5 devc/source-before-install: packages are installed after the source was copied
    ");
}

#[test]
fn all_that_can_come_first_does_from_one_run_after_the_other() {
    let dockerfile = "\
FROM x
WORKDIR /app
COPY . .
RUN apt-get update
RUN apt-get install -y gcc
RUN npm ci
RUN pip install -r requirements.txt && npm run build
RUN npm test
";
    insta::assert_snapshot!(improved(dockerfile, &[NODE, PYTHON].concat()), @"
    FROM x
    WORKDIR /app
    RUN apt-get update && apt-get install -y gcc
    COPY package-lock.json package.json ./
    RUN npm ci
    COPY requirements.txt ./
    RUN pip install -r requirements.txt
    COPY . .
    RUN npm run build
    RUN npm test
    ");
}

#[test]
fn lists_of_packages_are_no_layer_of_their_own() {
    insta::assert_snapshot!(improved("FROM x\nRUN apt-get -q update\n\nRUN DEBIAN_FRONTEND=noninteractive \\\n  apt-get install -y gcc\nRUN apt-get update\nRUN make\n", &[]), @r#"
    FROM x
    RUN apt-get -q update && DEBIAN_FRONTEND=noninteractive \
      apt-get install -y gcc
    RUN apt-get update
    RUN make
    "#);
    for kept in [
        "FROM x\nRUN apt-get update\n# why\nRUN apt-get install -y a\n",
        "FROM x\nRUN apt-get update\nRUN apt-get install -y a; make\n",
        "FROM x\nRUN apt-get update || true\nRUN apt-get install -y a\n",
        "FROM x\nRUN --network=none apt-get update\nRUN apt-get install -y a\n",
        "FROM x\nSHELL [\"/bin/bash\", \"-c\"]\nRUN apt-get update\nRUN apt-get install -y a\n",
    ] {
        assert_eq!(improved(kept, &[]), kept);
    }
}

#[test]
fn add_is_copy_where_it_neither_fetches_nor_unpacks() {
    let files = [("app.py", ""), ("data", "a\0b")];
    insta::assert_snapshot!(improved("FROM x\nADD . /app\nadd app.py ./b/\n", &files), @"
    FROM x
    COPY . /app
    COPY app.py ./b/
    ");
    for kept in [
        "ADD data /x",
        "ADD https://e.org/a /x",
        "ADD *.py /x",
        "ADD $A /x",
        "ADD --chown=a . /x",
        "ADD none /x",
    ] {
        let kept = format!("FROM x\n{kept}\n");
        assert_eq!(improved(&kept, &files), kept);
    }
}

#[test]
fn what_makes_another_image_is_written_where_it_is_accepted() {
    let dockerfile = "\
FROM debian:12
WORKDIR /app
COPY . .
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm && npm ci && npm run build
";
    let accepted = accepting(&OFFERED, dockerfile, NODE, "dist\n");
    insta::assert_snapshot!(format!("{}----\n{}", accepted.improved, accepted.ignore_file), @r#"
    FROM debian:12
    WORKDIR /app
    RUN --mount=type=cache,id=apt-archives,target=/var/cache/apt,sharing=locked \
        apt-get update && apt-get --option Dir::Cache::Archives=/var/cache/apt/kept install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*
    COPY package-lock.json package.json ./
    RUN --mount=type=cache,id=npm,target=/root/.npm,sharing=shared \
        npm ci
    COPY . .
    RUN npm run build
    ----
    .git
    node_modules
    dist
    "#);
    let again = accepting(&OFFERED, &accepted.improved, NODE, &accepted.ignore_file);
    assert_eq!((&again.improved, &again.ignore_file), (&accepted.improved, &accepted.ignore_file));
    let offered = advice(dockerfile, NODE, "dist\n");
    assert_eq!((offered.improved.as_str(), offered.ignore_file.as_str()), (dockerfile, "dist\n"));
}

#[test]
fn what_was_built_is_cached_for_one_platform_and_base_image() {
    let dockerfile =
        "FROM python:3.12\nRUN pip install --no-cache-dir flask\nRUN uv sync\nUSER me\nRUN pip install x\n";
    insta::assert_snapshot!(improved_accepting(&OFFERED, dockerfile, PYTHON), @r#"
    FROM python:3.12
    ARG TARGETARCH
    RUN --mount=type=cache,id=pip-$TARGETARCH-python-3.12,target=/root/.cache/pip,sharing=shared \
        pip install flask
    RUN --mount=type=cache,id=uv-$TARGETARCH-python-3.12,target=/root/.cache/uv,sharing=shared \
        uv sync
    USER me
    RUN pip install x
    "#);
}

#[test]
fn lists_stay_where_a_later_install_would_miss_them() {
    let dockerfile = "FROM x\nRUN apt-get update && apt-get install -y a\nUSER b\nRUN apt-get install -y c\n";
    let rules = ["DL3009"];
    assert_eq!(improved_accepting(&rules, dockerfile, &[]), dockerfile);
    let alone = "FROM x\nRUN apt-get update && apt-get install -y a # why\n";
    insta::assert_snapshot!(improved_accepting(&rules, alone, &[]), @"
    FROM x
    RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/* # why
    ");
}

#[test]
fn build_tools_belong_in_a_stage_of_their_own() {
    let dockerfile = "\
ARG IMAGE=debian:12
FROM $IMAGE
ENV NODE_ENV=production
WORKDIR /srv/app
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm g++ make libpq-dev
COPY . .
RUN npm ci && npm run build
USER www-data
CMD [\"node\", \"dist/main.js\"]
";
    insta::assert_snapshot!(improved_accepting(&["devc/build-tools"], dockerfile, &[]), @r#"
    ARG IMAGE=debian:12
    FROM $IMAGE AS build
    ENV NODE_ENV=production
    WORKDIR /srv/app
    RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm g++ make libpq-dev
    COPY . .
    RUN npm ci && npm run build

    # What is delivered: without the tools of the stage above.
    FROM $IMAGE
    ENV NODE_ENV=production
    WORKDIR /srv/app
    RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm libpq-dev && rm -rf /var/lib/apt/lists/*
    COPY --from=build /srv/app /srv/app
    USER www-data
    CMD ["node", "dist/main.js"]
    "#);
    assert_eq!(improved_accepting(&[], dockerfile, &[]), dockerfile);
    let crlf = dockerfile.replace('\n', "\r\n");
    let improved = improved_accepting(&["devc/build-tools"], &crlf, &[]);
    assert_eq!(improved.matches('\n').count(), improved.matches("\r\n").count());
}

#[test]
fn a_second_stage_is_written_only_where_all_that_was_built_is_in_one_folder() {
    let remedy = |dockerfile: &str| {
        let findings = advice(dockerfile, &[], IGNORED).findings;
        findings.into_iter().find(|finding| finding.rule == "devc/build-tools").map(|finding| finding.remedy)
    };
    let with = |line: &str| format!("FROM x\nWORKDIR /app\nRUN apt-get install -y gcc\n{line}\nCMD x\n");
    let reason = |line: &str| match remedy(&with(line)) {
        Some(Remedy::Advised(text)) => text.split_once("because ").unwrap().1.to_owned(),
        Some(Remedy::Offered { .. }) => "offered".to_owned(),
        other => format!("{other:?}"),
    };
    let lines = [
        "RUN make",
        "RUN make install",
        "RUN make -C /app all",
        "RUN go build -o /usr/bin/x",
        "RUN go build -o=/application/x",
        "RUN npm install -g x",
        "RUN pip install x",
        "RUN echo x > /etc/x",
        "RUN make $X",
        "RUN make; (true)",
        "COPY . .",
        "COPY run.sh /usr/bin/",
        "COPY x $HOME",
        "USER me\nRUN make",
        "WORKDIR /other",
        "SHELL [\"bash\", \"-c\"]",
    ];
    let told: Vec<String> =
        lines.iter().map(|line| format!("{}: {}", line.replace('\n', "; "), reason(line))).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    RUN make: offered
    RUN make install: `make install` may leave files outside of /app.
    RUN make -C /app all: `make -C /app all` may leave files outside of /app.
    RUN go build -o /usr/bin/x: `go build -o /usr/bin/x` may leave files outside of /app.
    RUN go build -o=/application/x: `go build -o=/application/x` may leave files outside of /app.
    RUN npm install -g x: `npm install -g x` may leave files outside of /app.
    RUN pip install x: `pip install x` may leave files outside of /app.
    RUN echo x > /etc/x: it is not known what `echo x` does.
    RUN make $X: it is not known what `make $X` does.
    RUN make; (true): a RUN cannot be read: it has a subshell.
    COPY . .: offered
    COPY run.sh /usr/bin/: `COPY run.sh /usr/bin/` may write outside of /app.
    COPY x $HOME: `COPY x $HOME` may write outside of /app.
    USER me; RUN make: USER stands before what is built.
    WORKDIR /other: the stage has no single WORKDIR of the project's own, such as /app.
    SHELL ["bash", "-c"]: the file has SHELL or ONBUILD.
    "#);
    for early in ["RUN make", "COPY x ."] {
        let dockerfile = with("RUN make").replace("WORKDIR", &format!("{early}\nWORKDIR"));
        assert!(matches!(remedy(&dockerfile), Some(Remedy::Advised(_))), "{dockerfile}");
    }
    assert_eq!(remedy(&with("RUN make").replace("CMD x\n", "")), None);
    assert_eq!(remedy(&format!("FROM x AS tools\n{}", with("RUN make"))), None);
}

#[test]
fn a_good_file_has_no_findings() {
    let dockerfile = "\
FROM x
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build
";
    let advice = advice(dockerfile, NODE, IGNORED);
    assert_eq!((advice.findings, advice.improved.as_str()), (Vec::new(), dockerfile));
}
