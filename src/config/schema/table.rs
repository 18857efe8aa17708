//! What devcontainer.json may contain, as data. Sources: the published schema and what the reference CLI reads.

/// What a value may look like.
#[derive(Debug)]
pub enum Shape {
    /// Whatever the tool that reads it likes.
    Anything,
    /// A string.
    Text,
    /// A string; numbers and booleans are used as text, which not every tool does.
    TextLike,
    /// `true` or `false`.
    Flag,
    /// `null`, where that has a meaning of its own.
    Null,
    /// A whole number from the first to the second, both included.
    Integer(i64, i64),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A string of a certain form: its description and its test.
    Format(&'static str, fn(&str) -> bool),
    /// An array of these.
    List(&'static Shape),
    /// An object with names of the user's choice.
    MapOf(&'static Shape),
    /// An object with these properties.
    Object(&'static [Property]),
    /// An object with these properties and with others, which are not ours.
    Open(&'static [Property]),
    /// Any of these.
    Either(&'static [Shape]),
}

/// A known property and what it may contain.
#[derive(Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub shape: Shape,
}

pub(super) const fn property(name: &'static str, shape: Shape) -> Property {
    Property { name, shape }
}

use Shape::{
    Anything, Either, Flag, Format, Integer, List, MapOf, Null, Object, OneOf, Open, Text, TextLike,
};

pub(super) const TEXTS: Shape = List(&Text);
const TEXT_OR_TEXTS: Shape = Either(&[Text, TEXTS]);
/// A lifecycle command; the object form runs its entries side by side.
pub(super) const COMMAND: Shape = Either(&[Text, TEXTS, MapOf(&TEXT_OR_TEXTS)]);
pub(super) const VARIABLES: Shape = MapOf(&TextLike);
pub(super) const OPTION_VALUE: Shape = Either(&[Flag, TextLike]);
const PORT: Shape = Integer(0, 65_535);
const SIZE: Shape = Format("a size such as `8gb`", is_size);

/// The properties at the top level.
pub static TOP_LEVEL: &[Property] = &[
    property("$schema", Text),
    property("name", Text),
    property("image", Text),
    property("build", Object(BUILD)),
    property("dockerFile", Text),
    property("context", Text),
    property("dockerComposeFile", TEXT_OR_TEXTS),
    property("service", Text),
    property("runServices", TEXTS),
    property("features", MapOf(&Either(&[Flag, TextLike, MapOf(&OPTION_VALUE)]))),
    property("overrideFeatureInstallOrder", TEXTS),
    property("workspaceFolder", Text),
    property("workspaceMount", Text),
    property("appPort", Either(&[PORT, Text, List(&Either(&[PORT, Text]))])),
    property("runArgs", List(&TextLike)),
    property("forwardPorts", List(&Either(&[PORT, Format("`host:port`", is_host_and_port)]))),
    property("portsAttributes", MapOf(&Object(PORT_ATTRIBUTES))),
    property("otherPortsAttributes", Object(OTHER_PORT_ATTRIBUTES)),
    property("containerEnv", VARIABLES),
    property("remoteEnv", MapOf(&Either(&[TextLike, Null]))),
    property("containerUser", Text),
    property("remoteUser", Text),
    property("updateRemoteUserUID", Flag),
    property("userEnvProbe", OneOf(&["none", "loginShell", "loginInteractiveShell", "interactiveShell"])),
    property("mounts", List(&Either(&[Text, Object(MOUNT)]))),
    property("init", Flag),
    property("privileged", Flag),
    property("capAdd", TEXTS),
    property("securityOpt", TEXTS),
    property("overrideCommand", Flag),
    property("shutdownAction", OneOf(&["none", "stopContainer", "stopCompose"])),
    property("initializeCommand", COMMAND),
    property("onCreateCommand", COMMAND),
    property("updateContentCommand", COMMAND),
    property("postCreateCommand", COMMAND),
    property("postStartCommand", COMMAND),
    property("postAttachCommand", COMMAND),
    property("waitFor", OneOf(WAIT_FOR)),
    property("hostRequirements", Object(HOST_REQUIREMENTS)),
    property("secrets", MapOf(&Object(SECRET))),
    property("customizations", Open(&[property("devc", Object(DEVC))])),
    // The three spellings from before `customizations`; see the module `legacy`.
    property("extensions", TEXTS),
    property("settings", MapOf(&Anything)),
    property("devPort", PORT),
];

/// The customizations that are ours.
pub(super) static DEVC: &[Property] = &[
    property("optimize", Flag),
    property("prebuild", Either(&[Flag, Object(PREBUILD)])),
    property("volumes", Either(&[Flag, Object(VOLUMES)])),
];

/// What is done once a container is there: see the module `tasks`.
static PREBUILD: &[Property] = &[
    property("maxParallel", AT_LEAST_ONE),
    property("resources", MapOf(&AT_LEAST_ONE)),
    property("onUp", Flag),
    property("phases", MapOf(&Object(PHASE))),
];

static PHASE: &[Property] =
    &[property("maxParallel", AT_LEAST_ONE), property("tasks", MapOf(&Either(&[Text, TEXTS, Object(TASK)])))];

static TASK: &[Property] = &[
    property("run", TEXT_OR_TEXTS),
    property("cwd", Text),
    property("env", VARIABLES),
    property("needs", TEXT_OR_TEXTS),
    property("timeout", DURATION),
    property("retries", Integer(0, 100)),
    property("backoff", DURATION),
    property("inputs", TEXT_OR_TEXTS),
    property("outputs", TEXT_OR_TEXTS),
    property("onFailure", OneOf(&["stop", "continue"])),
    property("where", OneOf(&["container", "host"])),
    property("user", Text),
    property("when", Text),
    property("uses", Either(&[Text, TEXTS, MapOf(&AT_LEAST_ONE)])),
];

const AT_LEAST_ONE: Shape = Integer(1, 100_000);
const DURATION: Shape =
    Either(&[AT_LEAST_ONE, Format("a length of time such as `90s` or `10m`", is_duration)]);

static VOLUMES: &[Property] =
    &[property("scope", SCOPE), property("caches", MapOf(&Either(&[Flag, Object(KEPT_FOLDER)])))];

/// A folder that outlives the container.
static KEPT_FOLDER: &[Property] = &[
    property("target", Text),
    property("scope", SCOPE),
    property("type", OneOf(&["volume", "host", "tmpfs"])),
    property("size", SIZE),
    property("protected", Flag),
];

const SCOPE: Shape = OneOf(&["project", "shared"]);

/// The properties of `build`.
pub static BUILD: &[Property] = &[
    property("dockerfile", Text),
    property("context", Text),
    property("args", VARIABLES),
    property("target", Text),
    property("cacheFrom", TEXT_OR_TEXTS),
    property("options", TEXTS),
];

static HOST_REQUIREMENTS: &[Property] = &[
    property("cpus", Integer(1, i64::MAX)),
    property("memory", SIZE),
    property("storage", SIZE),
    property("gpu", Either(&[Flag, OneOf(&["optional"]), Object(GPU)])),
];

static GPU: &[Property] = &[property("cores", Integer(1, i64::MAX)), property("memory", SIZE)];

static PORT_ATTRIBUTES: &[Property] = &[
    property("label", Text),
    property("protocol", PROTOCOL),
    property(
        "onAutoForward",
        OneOf(&["notify", "openBrowser", "openBrowserOnce", "openPreview", "silent", "ignore"]),
    ),
    property("requireLocalPort", Flag),
    property("elevateIfNeeded", Flag),
];

static OTHER_PORT_ATTRIBUTES: &[Property] = &[
    property("label", Text),
    property("protocol", PROTOCOL),
    property("onAutoForward", OneOf(&["notify", "openBrowser", "openPreview", "silent", "ignore"])),
    property("requireLocalPort", Flag),
    property("elevateIfNeeded", Flag),
];

const PROTOCOL: Shape = OneOf(&["http", "https"]);

const WAIT_FOR: &[&str] = &[
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
];

static SECRET: &[Property] = &[property("description", Text), property("documentationUrl", Text)];

/// The object form of a mount: the schema knows three of these, docker's `--mount` the others.
pub(super) static MOUNT: &[Property] = &[
    property("type", OneOf(&["bind", "volume", "tmpfs", "image", "cluster", "npipe"])),
    property("source", Text),
    property("src", Text),
    property("target", Text),
    property("dst", Text),
    property("destination", Text),
    property("readonly", OPTION_VALUE),
    property("ro", OPTION_VALUE),
    property("external", OPTION_VALUE),
    property("consistency", OneOf(&["consistent", "cached", "delegated", "default"])),
    property("bind-propagation", OneOf(&["rprivate", "private", "rshared", "shared", "rslave", "slave"])),
    property("bind-recursive", OneOf(&["enabled", "disabled", "writable", "readonly"])),
    property("bind-nonrecursive", OPTION_VALUE),
    property("subpath", Text),
    property("volume-subpath", Text),
    property("image-subpath", Text),
    property("volume-nocopy", OPTION_VALUE),
    property("volume-driver", Text),
    property("volume-label", Text),
    property("volume-opt", Text),
    property("tmpfs-size", TextLike),
    property("tmpfs-mode", TextLike),
];

/// Properties that one kind of configuration reads and compose does not.
pub static IGNORED_BY_COMPOSE: &[&str] =
    &["image", "build", "dockerFile", "context", "appPort", "runArgs", "workspaceMount"];

/// Properties that only compose reads.
pub static ONLY_FOR_COMPOSE: &[&str] = &["service", "runServices"];

/// Properties whose text is not ours: shells expand `${...}` in commands, other tools in their own settings.
pub static FOREIGN_VARIABLES: &[&str] = &[
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
    "customizations",
    "settings",
    "extensions",
    "features",
];

fn is_size(text: &str) -> bool {
    crate::config::bytes::parse(text).is_some()
}

fn is_duration(text: &str) -> bool {
    crate::config::duration::parse(text).is_some()
}

fn is_host_and_port(text: &str) -> bool {
    let port = text.rsplit_once(':').map_or(text, |(_, port)| port);
    port.parse::<u16>().is_ok()
}
