//! The values on a scale that give the bill's figures, found by halving.

use std::cmp::Ordering;

/// The values that fit, or where they would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// From the least to the most.
    Values(i64, i64),
    /// Between this value, which is too small, and the next one.
    Behind(i64),
}

/// Returns the values from `least` to `most` that fit. A value is compared with those that fit; `None` from it ends the
/// search without a result.
pub fn fit(least: i64, most: i64, mut of: impl FnMut(i64) -> Option<Ordering>) -> Option<Fit> {
    let (mut small, mut large) = (least - 1, most + 1);
    let mut known = None;
    while large - small > 1 {
        let value = small + (large - small) / 2;
        match of(value)? {
            Ordering::Less => small = value,
            Ordering::Greater => large = value,
            Ordering::Equal => {
                known = Some(value);
                break;
            }
        }
    }
    let Some(known) = known else { return Some(Fit::Behind(small)) };
    let (mut first, mut last) = (known, known);
    while first - small > 1 {
        let value = small + (first - small) / 2;
        if of(value)? == Ordering::Equal { first = value } else { small = value }
    }
    while large - last > 1 {
        let value = last + (large - last) / 2;
        if of(value)? == Ordering::Equal { last = value } else { large = value }
    }
    Some(Fit::Values(first, last))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{Fit, fit};

    #[test]
    fn all_values_that_fit_are_found() {
        let within = |first: i64, last: i64| {
            move |value: i64| {
                Some(if value < first {
                    Ordering::Less
                } else if value > last {
                    Ordering::Greater
                } else {
                    Ordering::Equal
                })
            }
        };
        assert_eq!(fit(0, 1_000, within(377, 402)), Some(Fit::Values(377, 402)));
        assert_eq!(fit(0, 1_000, within(0, 0)), Some(Fit::Values(0, 0)));
        assert_eq!(fit(0, 1_000, within(990, 5_000)), Some(Fit::Values(990, 1_000)));
        assert_eq!(fit(0, 1_000, |value| Some((2 * value).cmp(&501))), Some(Fit::Behind(250)));
        assert_eq!(fit(0, 1_000, |value| Some(value.cmp(&2_000))), Some(Fit::Behind(1_000)));
        assert_eq!(fit(0, 1_000, |_| None), None);
    }
}
