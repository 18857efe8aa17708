//! Mounts: docker's `--mount` text and the object form of devcontainer.json, as one type.

use serde_json::Value;

use super::{Map, csv};

/// What is mounted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A volume: what docker assumes when nothing is said.
    #[default]
    Volume,
    /// Memory.
    Tmpfs,
    /// Something that we only pass on.
    Other(String),
}

impl MountKind {
    /// The word for it in `--mount`.
    pub fn name(&self) -> &str {
        match self {
            Self::Bind => "bind",
            Self::Volume => "volume",
            Self::Tmpfs => "tmpfs",
            Self::Other(name) => name,
        }
    }

    fn new(name: &str) -> Self {
        match name {
            "bind" => Self::Bind,
            "volume" => Self::Volume,
            "tmpfs" => Self::Tmpfs,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// One mount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// What is mounted.
    pub kind: MountKind,
    /// The path on the host or the name of the volume; none for memory and for anonymous volumes.
    pub source: Option<String>,
    /// The path in the container. Docker refuses a mount without it.
    pub target: Option<String>,
    /// Whether the container may not write.
    pub read_only: bool,
    /// How strictly both sides must agree; of interest on macOS only.
    pub consistency: Option<String>,
    /// How mounts below a bind mount spread.
    pub bind_propagation: Option<String>,
    /// What concerns volumes only.
    pub volume: VolumeOptions,
    /// What concerns memory only.
    pub tmpfs: TmpfsOptions,
    /// Whether compose should expect the volume to exist already; docker itself does not know this.
    pub external: bool,
    /// Keys we do not know, with their values; a flag has none. Docker may know them.
    pub unknown: Vec<(String, Option<String>)>,
}

/// Options of a volume mount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeOptions {
    /// Not to fill a new volume with what the image has at the target.
    pub no_copy: bool,
    /// Labels for a new volume.
    pub labels: Vec<(String, String)>,
    /// Who provides the volume.
    pub driver: Option<String>,
    /// Options for the provider.
    pub driver_options: Vec<(String, String)>,
    /// The folder of the volume that is mounted, instead of all of it.
    pub subpath: Option<String>,
}

/// Options of memory mounted as a file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TmpfsOptions {
    /// The most it may hold, in bytes.
    pub size: Option<u64>,
    /// Its file mode.
    pub mode: Option<u32>,
}

impl Mount {
    /// Reads the value of `--mount`: a CSV record of `key=value` and of flags.
    pub fn parse(text: &str) -> Self {
        let mut mount = Self::default();
        for field in csv::fields(text) {
            match field.split_once('=') {
                Some((key, value)) => mount.set(key, Some(value)),
                None => mount.set(&field, None),
            }
        }
        mount
    }

    /// Reads the object form. Unlike the reference CLI this keeps `readonly` and all other options (Q9).
    pub fn from_object(object: &Map) -> Self {
        let mut mount = Self::default();
        for (key, value) in object {
            match value {
                Value::Null => {}
                Value::String(text) => mount.set(key, Some(text)),
                other => mount.set(key, Some(&other.to_string())),
            }
        }
        mount
    }

    /// Reads either form; what is neither a string nor an object is no mount.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::parse(text)),
            Value::Object(object) => Some(Self::from_object(object)),
            _ => None,
        }
    }

    /// Whether this says all that the text said, so that nothing is lost by not asking the docker client.
    pub fn is_understood(&self) -> bool {
        self.unknown.is_empty() && self.target.is_some() && !matches!(self.kind, MountKind::Other(_))
    }

    fn set(&mut self, key: &str, value: Option<&str>) {
        let says_nothing = key.is_empty() && value.is_none();
        if !says_nothing && !self.try_set(&key.to_lowercase(), value) {
            self.unknown.push((key.to_owned(), value.map(str::to_owned)));
        }
    }

    /// Takes over one option. Returns false if it is unknown or has an impossible value.
    fn try_set(&mut self, key: &str, value: Option<&str>) -> bool {
        match (key, value) {
            ("readonly" | "ro" | "read_only", _) => return set_flag(&mut self.read_only, value),
            ("volume-nocopy", _) => return set_flag(&mut self.volume.no_copy, value),
            ("external", _) => return set_flag(&mut self.external, value),
            (_, None) => return false,
            ("type", Some(value)) => self.kind = MountKind::new(&value.to_lowercase()),
            ("source" | "src", Some(value)) => self.source = Some(value.to_owned()),
            ("target" | "dst" | "destination", Some(value)) => self.target = Some(value.to_owned()),
            ("consistency", Some(value)) => self.consistency = Some(value.to_lowercase()),
            ("bind-propagation", Some(value)) => self.bind_propagation = Some(value.to_lowercase()),
            ("volume-driver", Some(value)) => self.volume.driver = Some(value.to_owned()),
            ("volume-subpath" | "subpath", Some(value)) => self.volume.subpath = Some(value.to_owned()),
            ("volume-label", Some(value)) => self.volume.labels.push(pair(value)),
            ("volume-opt", Some(value)) => self.volume.driver_options.push(pair(value)),
            ("tmpfs-size", Some(value)) => return set(&mut self.tmpfs.size, memory(value)),
            ("tmpfs-mode", Some(value)) => {
                return set(&mut self.tmpfs.mode, u32::from_str_radix(value, 8).ok());
            }
            _ => return false,
        }
        true
    }

    /// The value for `--mount` that says the same.
    pub fn to_text(&self) -> String {
        let mut fields = vec![format!("type={}", self.kind.name())];
        let mut add = |key: &str, value: Option<&str>| {
            fields.extend(value.map(|value| format!("{key}={value}")));
        };
        add("source", self.source.as_deref());
        add("target", self.target.as_deref());
        add("readonly", self.read_only.then_some("true"));
        add("consistency", self.consistency.as_deref());
        add("bind-propagation", self.bind_propagation.as_deref());
        add("volume-nocopy", self.volume.no_copy.then_some("true"));
        self.volume.labels.iter().for_each(|label| add("volume-label", Some(&joined(label))));
        add("volume-driver", self.volume.driver.as_deref());
        self.volume.driver_options.iter().for_each(|option| add("volume-opt", Some(&joined(option))));
        add("volume-subpath", self.volume.subpath.as_deref());
        add("tmpfs-size", self.tmpfs.size.map(|size| size.to_string()).as_deref());
        add("tmpfs-mode", self.tmpfs.mode.map(|mode| format!("{mode:o}")).as_deref());
        fields.extend(self.unknown.iter().map(|(key, value)| match value {
            Some(value) => format!("{key}={value}"),
            None => key.clone(),
        }));
        csv::record(&fields)
    }
}

fn set<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let possible = value.is_some();
    *place = value;
    possible
}

/// A flag without a value is on; with one it follows Go's rules for booleans, as docker's does.
fn set_flag(flag: &mut bool, value: Option<&str>) -> bool {
    *flag = match value {
        None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => true,
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => false,
        Some(_) => return false,
    };
    true
}

fn pair(text: &str) -> (String, String) {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    (key.to_owned(), value.to_owned())
}

fn joined((key, value): &(String, String)) -> String {
    if value.is_empty() { key.clone() } else { format!("{key}={value}") }
}

/// Sizes as docker takes them: `64m`, `1g`, `1gib`, bytes; all in steps of 1024.
fn memory(text: &str) -> Option<u64> {
    let lower = text.to_lowercase();
    let digits = lower.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let power = match lower[digits.len()..].trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1024_u64.pow(power))
}

#[cfg(test)]
mod tests;
