//! `devc prebuild --install-hook`: devcontainer.json runs the tasks for other tools too.

use std::fs;

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

const CONFIG: &str = "\u{feff}// Ours\r\n{\r\n  \"image\": \"debian\", // plain\r\n  \"updateContentCommand\": \"npm ci\"\r\n}\r\n";

#[test]
fn the_hook_is_shown_then_written_and_then_left_alone() {
    let sandbox = Sandbox::with(CONFIG);
    let read = || fs::read_to_string(sandbox.project().join(".devcontainer/devcontainer.json")).unwrap();
    assert_snapshot!(sandbox.run("prebuild --install-hook --diff").to_string().replace('\r', ""), @r#"
    exit code: 0
    --- stdout
    --- a/.devcontainer/devcontainer.json
    +++ b/.devcontainer/devcontainer.json
    @@ -1,5 +1,5 @@
     ﻿// Ours
     {
       "image": "debian", // plain
    -  "updateContentCommand": "npm ci"
    +  "updateContentCommand": "npm ci && devc prebuild"
     }
    "#);
    assert_eq!(read(), CONFIG);
    assert_snapshot!(sandbox.run("prebuild --install-hook"), @"
    exit code: 0
    --- stdout
    .devcontainer/devcontainer.json
    --- stderr
    updateContentCommand runs `devc prebuild` from now on. The image has to bring devc.
    ");
    assert_eq!(read(), CONFIG.replace("npm ci", "npm ci && devc prebuild"));
    assert_snapshot!(sandbox.run("prebuild --install-hook"), @"
    exit code: 0
    --- stdout
    .devcontainer/devcontainer.json runs `devc prebuild` already.
    ");
}
