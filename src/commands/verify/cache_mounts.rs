//! Whether BuildKit builds at all, and whether a cache mount survives from one build to the next.

use super::builds::told_by_the_build;
use crate::build::{BuildRequest, Dockerfile, Output};
use crate::error::{Error, Result};
use crate::execute::Builder;
use crate::host::unique_id;
use crate::verify::{Check, Row, Verdict};

/// Where the mount is: `/dev` is a fresh tmpfs in each step, so that nothing of it stays anywhere.
const MOUNT: &str = "--mount=type=cache,id=devc-verify,target=/dev/devc-verify,mode=0777,sharing=locked";

/// Lets one build write what the next one has to find.
pub(super) async fn row(builder: &Builder<'_>, base: Option<&str>) -> Result<Row> {
    let Some(base) = base else {
        return Ok(Row::skipped(Check::CacheMounts, "the image starts from scratch, where nothing can run"));
    };
    let mark = unique_id();
    let write = format!("FROM {base}\nRUN {MOUNT} echo {mark} > /dev/devc-verify/mark\n");
    let read =
        format!("FROM {base}\nRUN {MOUNT} read line < /dev/devc-verify/mark && [ \"$line\" = {mark} ]\n");
    if let Err(error) = builder.run(&request(builder, write), "Writing to a cache mount").await {
        let row = match has_no_shell(&error) {
            true => Row::skipped(Check::CacheMounts, format!("{base} has no shell that could write a file")),
            false => Row::judged(Check::CacheMounts, Verdict::Failed, error.summary()),
        };
        return told_by_the_build(error).map(|()| row);
    }
    let (verdict, sentence) = match builder.run(&request(builder, read), "Reading from a cache mount").await {
        Ok(_) => (Verdict::Passed, "the second build found what the first one left in its cache mount"),
        Err(error) => {
            told_by_the_build(error)?;
            (Verdict::Failed, "the second build did not find what the first one left in its cache mount")
        }
    };
    Ok(Row::judged(Check::CacheMounts, verdict, sentence))
}

fn request(builder: &Builder<'_>, text: String) -> BuildRequest {
    BuildRequest {
        dockerfile: Dockerfile::Text { text, original: None },
        platform: builder.options.platform.clone(),
        output: Output::discarded(),
        hidden: vec![MOUNT.to_owned()],
        ..BuildRequest::default()
    }
}

fn has_no_shell(error: &Error) -> bool {
    error.reasons().iter().any(|reason| reason.contains("/bin/sh") && reason.contains("no such file"))
}
