use proptest::prelude::*;
use serde_json::from_str;

use super::*;

/// The text again, as we would write it, and what of it is not understood.
fn check(text: &str, expected: &str) {
    let mount = Mount::parse(text);
    assert_eq!(mount.to_text(), expected, "{text}");
    assert_eq!(Mount::parse(&mount.to_text()), Mount { external: false, ..mount });
}

fn check_object(object: &str, expected: &str) {
    assert_eq!(Mount::from_object(&from_str(object).unwrap()).to_text(), expected);
}

#[test]
fn all_spellings_mean_the_same() {
    check("type=bind,source=/a,target=/b", "type=bind,source=/a,target=/b");
    check("src=/a,dst=/b,type=bind", "type=bind,source=/a,target=/b");
    check("TYPE=Bind,Src=/A,destination=/B,ro", "type=bind,source=/A,target=/B,readonly=true");
    check("source=v,target=/b", "type=volume,source=v,target=/b");
}

#[test]
fn flags_can_have_values() {
    check("type=volume,target=/b,readonly=false", "type=volume,target=/b");
    check(
        "type=volume,target=/b,readonly=1,volume-nocopy",
        "type=volume,target=/b,readonly=true,volume-nocopy=true",
    );
}

#[test]
fn volumes_and_memory_have_options_of_their_own() {
    check(
        "type=volume,src=v,dst=/d,volume-driver=local,volume-opt=type=nfs,volume-opt=o=addr=1.2.3.4,volume-label=a=b,volume-subpath=s",
        "type=volume,source=v,target=/d,volume-label=a=b,volume-driver=local,volume-opt=type=nfs,volume-opt=o=addr=1.2.3.4,volume-subpath=s",
    );
    check(
        "type=tmpfs,dst=/t,tmpfs-size=64m,tmpfs-mode=1770",
        "type=tmpfs,target=/t,tmpfs-size=67108864,tmpfs-mode=1770",
    );
}

#[test]
fn fields_with_commas_are_quoted() {
    check(r#"type=bind,"source=/a,b",target=/c"#, r#"type=bind,"source=/a,b",target=/c"#);
    check(r#"type=bind,"source=/a""b",target=/c"#, r#"type=bind,"source=/a""b",target=/c"#);
}

#[test]
fn what_is_unknown_is_kept() {
    check(
        "type=bind,src=/a,dst=/b,bind-recursive=disabled",
        "type=bind,source=/a,target=/b,bind-recursive=disabled",
    );
    check("type=tmpfs,dst=/t,tmpfs-size=lots,shiny", "type=tmpfs,target=/t,tmpfs-size=lots,shiny");
    assert!(!Mount::parse("type=bind,src=/a,dst=/b,shiny").is_understood());
    assert!(!Mount::parse("type=npipe,src=/a,dst=/b").is_understood());
    assert!(!Mount::parse("type=bind,src=/a").is_understood());
    assert!(Mount::parse("type=bind,src=/a,dst=/b,ro").is_understood());
}

#[test]
fn the_object_form_keeps_all_its_options() {
    check_object(
        r#"{"type":"bind","source":"/a","target":"/b","readonly":true,"consistency":"cached"}"#,
        "type=bind,source=/a,target=/b,readonly=true,consistency=cached",
    );
    check_object(r#"{"type":"volume","target":"/b","source":null}"#, "type=volume,target=/b");
    check_object(
        r#"{"type":"tmpfs","target":"/t","tmpfs-size":1024}"#,
        "type=tmpfs,target=/t,tmpfs-size=1024",
    );
}

#[test]
fn external_is_for_compose_and_not_for_docker() {
    let mount = Mount::parse("type=volume,source=vscode,target=/vscode,external=true");
    assert!(mount.external && mount.is_understood());
    assert_eq!(mount.to_text(), "type=volume,source=vscode,target=/vscode");
}

proptest! {
    #[test]
    fn rendering_and_reading_gives_the_same_mount(text in "[a-z=,\"0-9 /-]{0,60}") {
        let mount = Mount { external: false, ..Mount::parse(&text) };
        prop_assert_eq!(Mount::parse(&mount.to_text()), mount);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        Mount::parse(&text).to_text();
    }
}
