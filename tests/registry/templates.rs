//! Templates whose packages cannot be used: what one reads, and that nothing else is taken for them.

use devc::event::Events;
use devc::execute::{Published, fetch_template};
use devc::registry::{Reference, media_type};

use crate::client::{Home, feature, publish, reference, told};
use crate::server::{Server, Setup};

async fn error_of(home: &Home, name: &Reference) -> String {
    let fetched = fetch_template(&home.client(), &name.to_string(), &Events::silent()).await;
    told(&fetched.unwrap_err())
}

/// A tar archive with one file.
fn archive(path: &[u8], text: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..path.len()].copy_from_slice(path);
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append(&header, text).unwrap();
    archive.into_inner().unwrap()
}

#[tokio::test]
async fn a_package_that_is_damaged_or_leads_out_is_refused() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let whole = archive(b"./devcontainer-template.json", &[b' '; 2000]);
    let cases: [(&str, &[u8], &str); 3] = [
        ("cut", &whole[..1000], "its end is missing"),
        ("escape", &archive(b"../evil", b"x"), "../evil"),
        ("syntax", &archive(b"./devcontainer-template.json", b"{"), "devcontainer-template.json"),
    ];
    for (id, layer, reason) in cases {
        let name = reference(&server.host(), &format!("team/templates/{id}:1"));
        publish(&home.client(), &name, layer).await;
        let told = error_of(&home, &name).await;
        assert!(told.starts_with(&format!("{name} cannot be used as a Template")), "{told}");
        assert!(told.contains(reason), "{told}");
    }
}

#[tokio::test]
async fn an_image_is_no_template() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let name = reference(&server.host(), "team/image:1");
    publish(&home.client(), &name, b"layer").await;
    let mut manifest = feature(b"layer");
    manifest.config.media_type = "application/vnd.oci.image.config.v1+json".into();
    home.client().push_manifest(&name, manifest.to_bytes(), media_type::MANIFEST).await.unwrap();
    let told = error_of(&home, &name).await;
    assert!(told.contains("neither a Feature nor a Template"), "{told}");
}

#[tokio::test]
async fn a_template_without_a_metadata_file_has_what_its_manifest_says() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let name = reference(&server.host(), "team/templates/go:1");
    publish(&home.client(), &name, &archive(b"./.devcontainer.json", b"{}")).await;
    let fetched = fetch_template(&home.client(), &name.to_string(), &Events::silent()).await.unwrap();
    let Published::Template(template) = fetched else { panic!("a collection") };
    assert_eq!((template.metadata.id(), template.package.text(".devcontainer.json")), ("go", Some("{}")));
}
