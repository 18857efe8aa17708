//! Editors by name.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::editor::Editor;

impl ValueEnum for Editor {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}
