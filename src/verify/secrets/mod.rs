//! What looks like a secret: rules as data, and the search by them. Values are never handed out.

mod rules;
mod search;

pub use rules::Rules;
pub use search::{Finding, MOST_BYTES};
