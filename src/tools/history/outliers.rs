//! Months that are far from the others: by the median of the absolute deviations from the median, which a
//! single odd month does not move.

use rust_decimal::Decimal;

/// The fewest months among which one is called an outlier.
const LEAST: usize = 6;
/// The number of median deviations that are usual.
const DEVIATIONS: Decimal = Decimal::from_parts(3, 0, 0, false, 0);
/// The part of the median that is usual in any case: 10 %.
const PART: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

/// Returns for each figure whether it is an outlier: more than 3 median absolute deviations, and more than 10 % of
/// the median, from the median of at least 6 figures.
#[must_use]
pub fn outliers(figures: &[Decimal]) -> Vec<bool> {
    let Some(middle) = median(figures.to_vec()).filter(|_| figures.len() >= LEAST) else {
        return vec![false; figures.len()];
    };
    let away: Vec<Decimal> = figures.iter().map(|figure| (*figure - middle).abs()).collect();
    let usual = median(away.clone()).unwrap_or_default();
    let bound = (DEVIATIONS * usual).max(PART * middle.abs());
    away.into_iter().map(|away| away > bound).collect()
}

/// Returns the middle figure, or the mean of the two.
fn median(mut figures: Vec<Decimal>) -> Option<Decimal> {
    figures.sort_unstable();
    let upper = *figures.get(figures.len() / 2)?;
    let lower = *figures.get((figures.len() - 1) / 2)?;
    Some((lower + upper) / Decimal::TWO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(figures: &[i64]) -> Vec<bool> {
        outliers(&figures.iter().map(|figure| Decimal::from(*figure)).collect::<Vec<_>>())
    }

    #[test]
    fn an_odd_month_is_named_and_a_usual_one_is_not() {
        // The median is 102 and the deviations 2, 1, 0, 1, 2, 98: their median is 1.5, the bound 10.2.
        assert_eq!(of(&[100, 101, 102, 103, 104, 200]), [false, false, false, false, false, true]);
        // Deviations of 10, 0, 10, 0, 10, 30 around 100: the median is 10, the bound 30, which is not exceeded.
        assert_eq!(of(&[90, 100, 110, 100, 90, 130]), [false; 6]);
        assert_eq!(of(&[1, 1, 1, 1, 500]), [false; 5], "five months are too few");
        assert_eq!(of(&[]), Vec::<bool>::new());
    }
}
