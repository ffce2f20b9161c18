//! The units that a bill prints (`分钟`, `千张`, `元/千分钟`, `USD/1000 minutes`)
//! turned into billing units by exact arithmetic.

use rust_decimal::Decimal;

use crate::model::invoice::PrintedPrice;
use crate::model::{Quantity, Unit, UnitPrice};

/// The dimension of a unit word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Dimension {
    /// Time that is used: a word for minutes, seconds, hours.
    Time,
    /// Images.
    Image,
    /// Bandwidth.
    Bandwidth,
    /// Users.
    User,
    /// Days, months, years: how long a plan or a peak lasts.
    Term,
    /// Pieces of whatever the item counts (`个`, `次`).
    Piece,
}

/// A printed unit: `times / per` of its dimension's base (minute, image, Mbps,
/// user, day for terms counted in days, month else, piece).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Measure {
    /// Its dimension.
    pub dimension: Dimension,
    /// The number of base units in one printed unit.
    pub times: u32,
    /// Divided by this (60 for seconds).
    pub per: u32,
}

/// A printed price unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PriceUnit {
    /// The currency that it names.
    pub currency: Option<&'static str>,
    /// The unit of usage that it names.
    pub measure: Option<Measure>,
    /// Every number inside the units, multiplied: what the vendor divides by.
    pub divisor: u32,
    /// The length of time that it names (`/天`, `/月`), as a measure.
    pub term: Option<Measure>,
}

const WORDS: &[(&[&str], Dimension, u32, u32)] = &[
    (&["分钟", "分", "min", "mins", "minute", "minutes", "minute(s)"], Dimension::Time, 1, 1),
    (&["秒", "秒钟", "s", "sec", "secs", "second", "seconds", "second(s)"], Dimension::Time, 1, 60),
    (&["小时", "时", "h", "hour", "hours", "hour(s)"], Dimension::Time, 60, 1),
    (
        &["张", "幅", "image", "images", "image(s)", "picture", "pictures", "snapshot", "snapshots"],
        Dimension::Image,
        1,
        1,
    ),
    (&["mbps", "mbit/s", "m", "兆"], Dimension::Bandwidth, 1, 1),
    (&["gbps", "gbit/s"], Dimension::Bandwidth, 1000, 1),
    (&["人", "用户", "位", "user", "users", "user(s)", "mau", "dau"], Dimension::User, 1, 1),
    (&["月", "个月", "month", "months", "month(s)"], Dimension::Term, 1, 1),
    (&["天", "日", "day", "days", "day(s)"], Dimension::Term, 1, 30),
    (&["年", "year", "years", "year(s)"], Dimension::Term, 12, 1),
    (
        &[
            "个", "次", "套", "包", "件", "条", "pcs", "piece", "pieces", "time", "times", "unit", "units", "count",
            "package", "packages", "item",
        ],
        Dimension::Piece,
        1,
        1,
    ),
];

const CURRENCIES: &[(&[&str], &str)] = &[
    (&["元", "人民币", "cny", "rmb", "￥", "¥", "人民币元"], "CNY"),
    (&["美元", "usd", "us$", "$", "美金", "usdollar", "usdollars", "dollar", "dollars"], "USD"),
];

/// Returns the ISO code that a (folded) currency word names.
pub(super) fn currency(folded: &str) -> Option<&'static str> {
    CURRENCIES.iter().find(|(words, _)| words.contains(&folded)).map(|(_, code)| *code)
}

/// Returns a leading count of a unit: `1000`, `千`, `2`, `万`, `1,000`, `1k`.
fn count(text: &str) -> Option<(u32, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let number = number.replace(',', "");
    let number = if number.is_empty() { 1 } else { number.parse().ok().filter(|&n| n > 0)? };
    let myriads = [("千", 1000), ("万", 10_000), ("百", 100), ("thousand", 1000), ("million", 1_000_000), ("k", 1000)];
    for (word, factor) in myriads {
        if let Some(rest) = rest.strip_prefix(word) {
            return Some((u32::checked_mul(number, factor)?, rest));
        }
    }
    Some((number, rest))
}

/// Returns a (folded) unit word with its count; the count apart.
fn counted(folded: &str) -> Option<(u32, Measure)> {
    let (count, word) = count(folded)?;
    let word = word.trim_start_matches(['-', '*', 'x', '个']).trim();
    let word = if word.is_empty() && folded.contains('个') { "个" } else { word };
    let (_, dimension, times, per) = WORDS.iter().find(|(words, ..)| words.contains(&word))?;
    Some((count, Measure { dimension: *dimension, times: u32::checked_mul(*times, count)?, per: *per }))
}

impl Measure {
    /// Returns the measure that a (folded) unit text names.
    pub(super) fn parse(folded: &str) -> Option<Self> {
        counted(folded).map(|(_, measure)| measure)
    }

    /// Returns one printed unit in the billing unit, as a fraction; `None` where it
    /// measures something else.
    fn in_billing(self, unit: Unit) -> Option<(u64, u64)> {
        let fraction = (u64::from(self.times), u64::from(self.per));
        match (unit, self.dimension) {
            (Unit::Minute, Dimension::Time)
            | (Unit::Mbps, Dimension::Bandwidth)
            | (Unit::User, Dimension::User | Dimension::Piece)
            | (Unit::Month, Dimension::Term | Dimension::Piece) => Some(fraction),
            (Unit::Thousand, Dimension::Image | Dimension::Piece) => Some((fraction.0, fraction.1 * 1000)),
            _ => None,
        }
    }

    /// Returns what a unit without a word means for an item: the base of what it is
    /// counted in, not the thousand of the billing unit.
    pub(super) const fn base_of(unit: Unit) -> Self {
        let dimension = match unit {
            Unit::Minute => Dimension::Time,
            Unit::Thousand => Dimension::Image,
            Unit::Mbps => Dimension::Bandwidth,
            Unit::User => Dimension::User,
            Unit::Month => Dimension::Term,
        };
        Self { dimension, times: 1, per: 1 }
    }

    /// Returns a printed figure in the billing unit; `None` where the unit measures
    /// something else or the quotient does not end within 8 decimals.
    pub(super) fn quantity(self, figure: Decimal, unit: Unit) -> Option<Quantity> {
        let (times, per) = self.in_billing(unit)?;
        let product = figure.checked_mul(Decimal::from(times))?;
        let quotient = product.checked_div(Decimal::from(per))?;
        let exact = quotient.checked_mul(Decimal::from(per))? == product;
        exact.then(|| Quantity::from_decimal(quotient)).flatten()
    }
}

impl PriceUnit {
    /// Returns the price unit that a (folded) text names; `None` where a part of it is
    /// no known unit.
    pub(super) fn parse(folded: &str) -> Option<Self> {
        let mut read = Self { currency: None, measure: None, divisor: 1, term: None };
        let text = folded.replace("per", "/").replace('每', "/");
        let mut parts = text.split(['/', '·']).map(str::trim).filter(|part| !part.is_empty()).peekable();
        if let Some(code) = parts.peek().copied().and_then(currency) {
            read.currency = Some(code);
            parts.next();
        }
        for part in parts {
            let (count, measure) = counted(part)?;
            read.divisor = read.divisor.checked_mul(count)?;
            if measure.dimension == Dimension::Term {
                read.term = Some(measure);
            } else if let Some(former) = read.measure {
                // 元/2分钟/分钟: the numbers multiply, the unit is named once.
                let times = former.times.checked_mul(measure.times)?;
                read.measure = Some(Measure { times, ..former });
            } else {
                read.measure = Some(measure);
            }
        }
        Some(read)
    }

    /// Returns the printed price for billing units of an item; `None` where the price
    /// is for something else.
    pub(super) fn price(self, figure: Decimal, unit: Unit) -> Option<PrintedPrice> {
        let measure = match self.measure {
            Some(measure) => measure,
            // 元/月 of a plan; 元 alone for whatever the item counts.
            None if unit == Unit::Month => self.term.unwrap_or(Measure::base_of(unit)),
            None => Measure::base_of(unit),
        };
        let (times, per) = measure.in_billing(unit)?;
        let whole =
            times.checked_div(per).filter(|whole| whole * per == times).and_then(|whole| u32::try_from(whole).ok());
        let (figure, per) = match whole {
            Some(whole) if whole > 0 => (figure, whole),
            // A price for a part of a billing unit (元/张, 元/秒): as many parts
            // as make whole units.
            _ => (figure.checked_mul(Decimal::from(per))?, u32::try_from(times).ok()?),
        };
        Some(PrintedPrice { figure: UnitPrice::checked(figure)?, per })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        crate::model::number::parse_decimal(text).unwrap()
    }

    fn price(unit: &str, figure: &str, billed_in: Unit) -> (String, u32) {
        let price = PriceUnit::parse(unit).unwrap().price(decimal(figure), billed_in).unwrap();
        (price.figure.to_string(), price.per)
    }

    #[test]
    fn price_units_of_the_vendor() {
        assert_eq!(price("元/千分钟", "7", Unit::Minute), ("7".into(), 1000));
        assert_eq!(price("元/1000分钟", "14", Unit::Minute), ("14".into(), 1000));
        assert_eq!(price("usd/1000minutes", "3.99", Unit::Minute), ("3.99".into(), 1000));
        assert_eq!(price("usd/1,000minutes", "3.99", Unit::Minute), ("3.99".into(), 1000));
        assert_eq!(price("元/分钟", "0.007", Unit::Minute), ("0.007".into(), 1));
        assert_eq!(price("元/分钟/天", "0.007", Unit::Minute), ("0.007".into(), 1));
        assert_eq!(price("元/2分钟/分钟", "0.014", Unit::Minute), ("0.014".into(), 2));
        assert_eq!(price("元/mbps/月", "18.99", Unit::Mbps), ("18.99".into(), 1));
        assert_eq!(price("元/千张", "0.2", Unit::Thousand), ("0.2".into(), 1));
        assert_eq!(price("元/万张", "2", Unit::Thousand), ("2".into(), 10));
        assert_eq!(price("元/个/月", "0.1", Unit::User), ("0.1".into(), 1));
        assert_eq!(price("usd/month", "499", Unit::Month), ("499".into(), 1));
    }

    #[test]
    fn a_price_of_a_part_is_a_price_of_the_whole() {
        // 0.00003 an image is 0.03 a thousand; 0.0001 a second is 0.006 a minute.
        assert_eq!(price("usd/image", "0.00003", Unit::Thousand), ("0.03".into(), 1));
        assert_eq!(price("元/秒", "0.0001", Unit::Minute), ("0.006".into(), 1));
    }

    #[test]
    fn a_price_for_something_else_is_none() {
        assert_eq!(PriceUnit::parse("元/gb"), None);
        assert_eq!(PriceUnit::parse("元/千张").unwrap().price(decimal("1"), Unit::Minute), None);
        assert_eq!(PriceUnit::parse("usd/1000minutes").unwrap().currency, Some("USD"));
    }

    #[test]
    fn quantities_in_billing_units() {
        let quantity = |unit: &str, figure: &str, billed_in| {
            Measure::parse(unit).and_then(|measure| measure.quantity(decimal(figure), billed_in)).map(|q| q.to_string())
        };
        assert_eq!(quantity("分钟", "1200.5", Unit::Minute), Some("1200.5".into()));
        assert_eq!(quantity("千分钟", "1.2345", Unit::Minute), Some("1234.5".into()));
        assert_eq!(quantity("秒", "90", Unit::Minute), Some("1.5".into()));
        assert_eq!(quantity("秒", "100", Unit::Minute), None, "100 s is 1.6666… minutes");
        assert_eq!(quantity("张", "12345", Unit::Thousand), Some("12.345".into()));
        assert_eq!(quantity("千张", "12", Unit::Thousand), Some("12".into()));
        assert_eq!(quantity("gb", "12", Unit::Minute), None);
        assert_eq!(quantity("张", "12", Unit::Minute), None);
    }
}
