//! Facts about Dockerfiles, one per test.

use std::collections::BTreeMap;

use super::*;

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A Dockerfile together with what a build brings along.
struct Case<'a> {
    text: &'a str,
    target: Option<&'a str>,
    build_args: &'a [(&'a str, &'a str)],
    base_environment: &'a [(&'a str, &'a str)],
}

fn dockerfile(text: &str) -> Case<'_> {
    Case { text, target: None, build_args: &[], base_environment: &[] }
}

impl<'a> Case<'a> {
    fn target(self, target: &'a str) -> Self {
        Self { target: Some(target), ..self }
    }

    fn args(self, build_args: &'a [(&'a str, &'a str)]) -> Self {
        Self { build_args, ..self }
    }

    fn base(self, base_environment: &'a [(&'a str, &'a str)]) -> Self {
        Self { base_environment, ..self }
    }

    fn scan(&self) -> Result<DockerfileFacts> {
        let variables = Variables {
            build_args: map(self.build_args),
            platform_args: platform_args("linux/amd64", "linux/arm64/v8"),
        };
        scan(self.text, &variables, self.target)
    }

    /// Checks base image and user; the base image's own user is `base`.
    #[track_caller]
    fn is(self, image: &str, user: &str) {
        let facts = self.scan().unwrap();
        let found = (facts.base_image().name.clone(), facts.user(&map(self.base_environment), "base"));
        assert_eq!((found.0.as_str(), found.1.as_str()), (image, user), "{}", self.text);
    }

    #[track_caller]
    fn fails(self, expected: &str) {
        let error = self.scan().unwrap_err();
        assert_eq!([error.summary(), &error.hints().join(" ")].join(" ").trim(), expected, "{}", self.text);
    }
}

#[test]
fn the_last_stage_counts() {
    dockerfile("FROM debian").is("debian", "base");
    dockerfile("from debian:12 as x\nuser dev").is("debian:12", "dev");
    dockerfile("FROM a\nUSER one\nFROM b\n").is("b", "base");
    dockerfile("FROM a\nUSER one\nUSER two\n").is("a", "two");
    dockerfile("\u{feff}FROM a\r\nUSER one\r\n").is("a", "one");
}

#[test]
fn stages_are_followed_to_their_image() {
    dockerfile("FROM a AS x\nUSER one\nFROM x AS y\nFROM y").is("a", "one");
    dockerfile("FROM a AS x\nUSER one\nFROM x\nUSER two").is("a", "two");
    dockerfile("FROM a AS Builder\nUSER one\nFROM builder").is("a", "one");
    dockerfile("FROM a AS x\nUSER one\nFROM b AS x\nFROM x").is("b", "base");
    dockerfile("ARG s=x\nFROM a AS x\nUSER one\nFROM $s").is("a", "one");
}

#[test]
fn a_stage_may_be_named_like_its_image() {
    dockerfile("FROM debian AS debian\nUSER one").is("debian", "one");
    dockerfile("FROM debian AS debian\nUSER one\nFROM debian").is("debian", "one");
}

#[test]
fn a_stage_cannot_build_on_a_later_one() {
    dockerfile("FROM later\nFROM a AS later").target("0").is("later", "base");
}

#[test]
fn the_target_chooses_the_stage() {
    let text = "FROM a AS one\nUSER u1\nFROM b\nUSER u2\nFROM c AS three\nUSER u3";
    dockerfile(text).target("one").is("a", "u1");
    dockerfile(text).target("ONE").is("a", "u1");
    dockerfile(text).target("1").is("b", "u2");
    dockerfile(text).target("three").is("c", "u3");
    dockerfile(text)
        .target("four")
        .fails("The Dockerfile has no stage named four Use one of its stages as the target: one, three.");
    dockerfile("FROM a")
        .target("x")
        .fails("The Dockerfile has no stage named x Name a stage with FROM ... AS, or remove the target.");
}

#[test]
fn arguments_before_the_first_from_count_in_from() {
    dockerfile("ARG v=12\nFROM debian:$v").is("debian:12", "base");
    dockerfile("ARG v=12\nFROM debian:${v}").args(&[("v", "13")]).is("debian:13", "base");
    dockerfile("ARG v\nFROM debian:${v:-12}").is("debian:12", "base");
    dockerfile("ARG v\nFROM debian:${v:-12}").args(&[("v", "13")]).is("debian:13", "base");
    dockerfile("FROM debian:${v:-12}").args(&[("v", "13")]).is("debian:12", "base");
    dockerfile("ARG n=debian v=\"12\"\nARG i=${n}:$v\nFROM \"$i\"").is("debian:12", "base");
    dockerfile("ARG s\nFROM debian${s:+:$s}").args(&[("s", "slim")]).is("debian:slim", "base");
    dockerfile("ARG v='a b'\nFROM x:${v:+12}").is("x:12", "base");
}

#[test]
fn platform_arguments_are_known_without_a_declaration_in_from_only() {
    dockerfile("FROM base-$TARGETARCH-$TARGETVARIANT-$BUILDARCH").is("base-arm64-v8-amd64", "base");
    dockerfile("FROM a\nUSER u-$TARGETARCH").is("a", "u-");
    dockerfile("FROM a\nARG TARGETARCH\nUSER u-$TARGETARCH").is("a", "u-arm64");
    let facts = dockerfile("FROM --platform=$BUILDPLATFORM a").scan().unwrap();
    assert_eq!(facts.base_image().platform.as_deref(), Some("linux/amd64"));
}

#[test]
fn arguments_inside_a_stage() {
    dockerfile("FROM a\nARG u=dev\nUSER $u").is("a", "dev");
    dockerfile("FROM a\nARG u=dev\nUSER $u").args(&[("u", "given")]).is("a", "given");
    dockerfile("FROM a\nUSER ${u:-dev}").args(&[("u", "given")]).is("a", "dev");
    dockerfile("ARG u=global\nFROM a\nUSER ${u:-none}").is("a", "none");
    dockerfile("ARG u=global\nFROM a\nARG u\nUSER ${u:-none}").is("a", "global");
    dockerfile("ARG u=global\nFROM a\nARG u=local\nUSER $u").is("a", "local");
    dockerfile("FROM a\nARG x=1 u=\"dev\" z\nUSER $u").is("a", "dev");
    dockerfile("FROM a\nARG a=x\nARG u=$a-y\nUSER $u").is("a", "x-y");
    dockerfile("FROM a AS b\nARG u=dev\nFROM b\nUSER $u").is("a", "dev");
    dockerfile("FROM a\nUSER ${u:-none}\nARG u=late").is("a", "none");
}

#[test]
fn environment_inside_a_stage() {
    dockerfile("FROM a\nENV u=dev\nUSER $u").is("a", "dev");
    dockerfile("FROM a\nENV u dev\nUSER $u").is("a", "dev");
    dockerfile("FROM a\nENV x=1 u='dev' y=2\nUSER $u").is("a", "dev");
    dockerfile("FROM a\nENV x one two=three\nUSER \"$x\"").is("a", "one two=three");
    dockerfile("FROM a\nENV a=1\nENV a=2 b=$a\nUSER $b").is("a", "1");
    dockerfile("FROM a AS b\nENV u=dev\nFROM b\nUSER $u").is("a", "dev");
    dockerfile("FROM a\nENV u=dev\nFROM b\nUSER ${u:-none}").is("b", "none");
    dockerfile("FROM a\nENV u=env\nARG u=arg\nUSER $u").is("a", "arg");
    dockerfile("FROM a\nARG u=arg\nENV u=env\nUSER $u").is("a", "env");
    dockerfile("FROM a\nENV u=x\\\n y=z\nUSER $u").is("a", "x");
}

#[test]
fn the_base_image_brings_variables() {
    dockerfile("FROM a\nUSER $u").base(&[("u", "dev")]).is("a", "dev");
    dockerfile("FROM a\nENV u=own\nUSER $u").base(&[("u", "dev")]).is("a", "own");
    dockerfile("FROM a\nUSER $u").is("a", "root");
}

#[test]
fn users_with_groups_and_quotes() {
    dockerfile("FROM a\nUSER dev:staff").is("a", "dev:staff");
    dockerfile("FROM a\nUSER \"dev\"").is("a", "dev");
    dockerfile("FROM a\nUSER ${u:+x}${g:-y}").is("a", "y");
    dockerfile("FROM a\nUSER \\$u").is("a", "$u");
    dockerfile("# escape=`\nFROM a\nUSER `$u\\x").is("a", "$u\\x");
}

#[test]
fn what_is_no_instruction_is_not_read() {
    dockerfile("FROM a\n# USER no\n  # FROM b\nUSER yes").is("a", "yes");
    dockerfile("FROM a\nRUN echo \\\nUSER no\nUSER yes").is("a", "yes");
    dockerfile("FROM a\nRUN echo \\\n# comment\n\nUSER no\nUSER yes").is("a", "yes");
    dockerfile("FROM a\nRUN cat <<EOF >/x\nFROM b\nUSER no\nEOF\nUSER yes").is("a", "yes");
    dockerfile("FROM a\nRUN <<A cat && cat <<-B\nUSER no\nA\nUSER no\n\tB\nUSER yes").is("a", "yes");
    dockerfile("FROM a\nCOPY <<'E F' /x\nUSER no\nE F\nUSER yes").is("a", "yes");
    dockerfile("FROM a\nRUN echo $((1 << 2))\nUSER yes").is("a", "yes");
    dockerfile("FROM a\nRUN cat << EOF\nUSER no\nEOF\nUSER yes").is("a", "yes");
    dockerfile("FROM a\nRUN echo \\\\\nUSER yes").is("a", "yes");
    dockerfile("FROM a\nONBUILD USER no").is("a", "base");
    dockerfile("FROM a\nLABEL x=\"USER no\"\nSHELL [\"sh\"]\nUNKNOWN x").is("a", "base");
}

#[test]
fn words_may_be_spread_over_lines() {
    dockerfile("FR\\\nOM \\\n  a \\\n  AS x\nUS\\\nER d\\\nev").is("a", "dev");
    dockerfile("# escape=`\nFROM `\n a\nUSER `\n dev").is("a", "dev");
    dockerfile("\\\nFROM a\n  USER dev").is("a", "dev");
    dockerfile("FROM a\nUSER dev \\").is("a", "dev");
}

#[test]
fn mistakes_have_a_place() {
    dockerfile("").fails("Error parsing Dockerfile: Dockerfile contains no FROM instructions");
    dockerfile("ARG a\n# FROM x\n")
        .fails("Error parsing Dockerfile: Dockerfile contains no FROM instructions");
    dockerfile("ARG a\n  RUN x\nFROM y")
        .fails("Error parsing Dockerfile: line 2, column 3: RUN stands before the first FROM");
    dockerfile("FROM a\nFROM")
        .fails("Error parsing Dockerfile: line 2, column 1: FROM takes an image and perhaps AS with a name");
    dockerfile("FROM a b")
        .fails("Error parsing Dockerfile: line 1, column 1: FROM takes an image and perhaps AS with a name");
    dockerfile("ARG v\nFROM $v")
        .fails("Error parsing Dockerfile: line 2, column 1: there is no value for the image $v");
    dockerfile("FROM a\nRUN <<EOF\nx\n")
        .fails("Error parsing Dockerfile: line 2, column 1: the heredoc EOF has no end");
    dockerfile("# escape=x\nFROM a")
        .fails("Error parsing Dockerfile: line 1, column 1: the escape character x is neither \\ nor `");
}

#[test]
fn names_and_directive_are_told() {
    let facts = dockerfile("# syntax=docker/dockerfile:1.4\nFROM a AS One\nFROM b AS Two")
        .target("one")
        .scan()
        .unwrap();
    assert_eq!(facts.target_name(), Some("one"));
    assert_eq!(facts.last_stage_name(), Some("two"));
    assert_eq!(facts.syntax().and_then(Syntax::docker_version), Some((1, 4)));
    assert_eq!(dockerfile("FROM a").scan().unwrap().last_stage_name(), None);
}
