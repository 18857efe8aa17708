//! `stock < prices.csv > catalogue.json`

use std::{error::Error, io};

fn main() -> Result<(), Box<dyn Error>> {
    let articles = stock::catalogue(io::stdin().lock())?;
    serde_json::to_writer_pretty(io::stdout().lock(), &articles)?;
    println!();
    Ok(())
}
