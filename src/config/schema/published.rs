//! What devcontainer-feature.json and devcontainer-template.json may contain, as data. Source: the specification of
//! Features and Templates, and what the reference CLI reads.

use super::table::Shape::{Anything, Either, Flag, List, MapOf, Null, Object, OneOf, Text};
use super::table::{COMMAND, MOUNT, OPTION_VALUE, Property, TEXTS, VARIABLES, property};

/// The properties of a Feature.
pub static FEATURE: &[Property] = &[
    property("$schema", Text),
    property("id", Text),
    property("version", Text),
    property("name", Text),
    property("description", Text),
    property("documentationURL", Text),
    property("licenseURL", Text),
    property("keywords", TEXTS),
    property("options", MapOf(&Object(OPTION))),
    property("dependsOn", MapOf(&Either(&[Flag, Text, MapOf(&OPTION_VALUE)]))),
    property("installsAfter", TEXTS),
    property("legacyIds", TEXTS),
    property("currentId", Text),
    property("deprecated", Flag),
    property("containerEnv", VARIABLES),
    property("privileged", Flag),
    property("init", Flag),
    property("capAdd", TEXTS),
    property("securityOpt", TEXTS),
    property("entrypoint", Text),
    property("mounts", List(&Either(&[Text, Object(MOUNT)]))),
    property("onCreateCommand", COMMAND),
    property("updateContentCommand", COMMAND),
    property("postCreateCommand", COMMAND),
    property("postStartCommand", COMMAND),
    property("postAttachCommand", COMMAND),
    property("customizations", MapOf(&Anything)),
    // Spellings from before `customizations`; see the module `legacy`.
    property("extensions", TEXTS),
    property("settings", MapOf(&Anything)),
];

/// The properties of a Template. The last four are written when it is packed.
pub static TEMPLATE: &[Property] = &[
    property("$schema", Text),
    property("id", Text),
    property("version", Text),
    property("name", Text),
    property("description", Text),
    property("documentationURL", Text),
    property("licenseURL", Text),
    property("keywords", TEXTS),
    property("options", MapOf(&Object(OPTION))),
    property("optionalPaths", TEXTS),
    property("platforms", TEXTS),
    property("publisher", Text),
    property("deprecated", Flag),
    property("type", OneOf(&["image", "dockerfile", "dockerCompose"])),
    property("files", TEXTS),
    property("fileCount", Anything),
    property("featureIds", TEXTS),
];

static OPTION: &[Property] = &[
    property("type", OneOf(&["boolean", "string"])),
    property("default", Either(&[Flag, Text, Null])),
    property("description", Text),
    property("enum", TEXTS),
    property("proposals", TEXTS),
];
