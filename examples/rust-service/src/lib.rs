//! Counts words for whoever asks over HTTP.

pub mod count;
pub mod service;
