//! The remote user gets the ids of this machine's user, so that files in bind mounts belong to both.

use crate::build::{BuildRequest, Dockerfile};
use crate::engine::{Engine, Image, Removal};
use crate::error::Result;
use crate::event::Level;
use crate::execute::Builder;
use crate::plan::ContainerSpec;
use crate::recipe::dockerfile::{UidDecision, needs_uid_update, uid_update};

/// Marks containers that are never started and only live while we read a file from them.
const TEMPORARY_LABEL: &str = "devc.temporary";

/// Returns the name of an image in which `user` has the ids `uid` and `gid`: the same image when nothing has to change.
///
/// `tag` is the name for a changed one. What the image's own `/etc/passwd` says decides, so nothing is built in vain.
pub async fn update_user(
    builder: &Builder<'_>,
    image: (&str, &Image),
    user: &str,
    (uid, gid): (u32, u32),
    tag: String,
) -> Result<String> {
    let (name, image) = image;
    if uid == 0 || user.is_empty() || user == "root" {
        return Ok(name.to_owned());
    }
    let (passwd, group) = read_accounts(builder.engine, name).await?;
    match needs_uid_update(&passwd, &group, user, uid, gid) {
        UidDecision::Keep(reason) => {
            builder.events.notice(Level::Debug, format!("No image with other ids is needed: {reason}."));
            Ok(name.to_owned())
        }
        UidDecision::Update(reason) => {
            builder.events.notice(Level::Debug, format!("An image with other ids is needed: {reason}."));
            let update = uid_update(name, &image.user, user, uid, gid);
            let request = BuildRequest {
                dockerfile: Dockerfile::Text { text: update.dockerfile, original: None },
                args: update.args,
                tags: vec![tag.clone()],
                ..BuildRequest::default()
            };
            builder.run(&request, &format!("Giving user {user} the ids of this machine's user")).await?;
            Ok(tag)
        }
    }
}

/// The account files of an image, through a container that never runs.
async fn read_accounts(engine: &Engine, image: &str) -> Result<(String, String)> {
    let spec = ContainerSpec {
        image: image.to_owned(),
        labels: vec![(TEMPORARY_LABEL.to_owned(), "accounts".to_owned())],
        ..ContainerSpec::default()
    };
    let container = engine.create(&spec).await?;
    let read = async {
        let passwd = engine.read_file(&container, "/etc/passwd").await?.unwrap_or_default();
        let group = engine.read_file(&container, "/etc/group").await?.unwrap_or_default();
        Ok((passwd, group))
    };
    let accounts = read.await;
    engine.remove(&container, Removal::WithAnonymousVolumes).await?;
    accounts
}
