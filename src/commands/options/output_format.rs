//! For whom a result is printed.

use clap::{Args, ValueEnum};

/// For whom a result is printed.
#[derive(Args, Clone, Debug, Default)]
pub struct OutputFormatArgs {
    /// Print JSON
    #[arg(long, conflicts_with = "output_format")]
    json: bool,
    /// The reference CLI's way to say so
    #[arg(long, value_enum, default_value_t = OutputFormat::Text, value_name = "FORMAT")]
    output_format: OutputFormat,
}

/// For whom a result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    #[default]
    Text,
    Json,
}

impl OutputFormatArgs {
    /// Whether it is for programs.
    pub fn is_json(&self) -> bool {
        self.json || self.output_format == OutputFormat::Json
    }
}
