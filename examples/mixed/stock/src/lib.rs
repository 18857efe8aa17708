//! Turns a price list into the catalogue of the shop.

use std::{error::Error, io::Read};

use serde::{Deserialize, Serialize};

/// A line of the price list.
#[derive(Deserialize)]
struct Line {
    name: String,
    price: String,
}

/// Something that the shop sells.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Article {
    pub name: String,
    pub cents: u64,
}

/// The articles of a CSV file with the columns `name` and `price`, by name.
pub fn catalogue(prices: impl Read) -> Result<Vec<Article>, Box<dyn Error>> {
    let mut articles = csv::Reader::from_reader(prices)
        .deserialize()
        .map(|line| article(line?))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    articles.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(articles)
}

fn article(line: Line) -> Result<Article, Box<dyn Error>> {
    let cents = cents(&line.price)
        .ok_or_else(|| format!("{}: {:?} is no price like 12.50", line.name, line.price))?;
    Ok(Article { name: line.name, cents })
}

fn cents(price: &str) -> Option<u64> {
    let (whole, part) = price.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() != 2 || !digits(whole) || !digits(part) {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)
}
