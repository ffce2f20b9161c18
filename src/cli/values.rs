//! Parses values of the command line; a wrong one is answered with how to write it.

use rust_decimal::Decimal;

use crate::model::{Day, Month, PackMinutes};
use crate::tools::meter::Picture;

pub fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "write a month as 2024-10".to_owned())
}

pub fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write a day as 2024-10-31".to_owned())
}

pub fn decimal(text: &str) -> Result<Decimal, String> {
    crate::model::number::parse_decimal(text)
        .filter(|number| !number.is_sign_negative())
        .ok_or_else(|| "write a plain decimal such as 0.01".to_owned())
}

/// Package minutes are sold whole.
pub fn minutes(text: &str) -> Result<PackMinutes, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let count = if digits { text.parse::<i64>().ok() } else { None };
    let count = count.filter(|count| (1..=1_000_000_000_000).contains(count));
    count.map(PackMinutes::whole).ok_or_else(|| "write whole minutes without separators, such as 250000".to_owned())
}

pub fn picture(text: &str) -> Result<Picture, String> {
    Picture::parse(text).ok_or_else(|| "write a picture as WIDTHxHEIGHT, such as 1280x720".to_owned())
}
