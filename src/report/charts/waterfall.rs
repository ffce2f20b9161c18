//! From expected to billed, one bar under the other.

use plotters::prelude::{ChartBuilder, Color, PathElement, RGBColor, Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};

use super::{Area, BILLED, Drawn, EXPECTED, GRID, INK, OPEN, OVER, Screen, UNDER, letters, picture, position};
use crate::model::Money;
use crate::report::summary;

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The expected total.
    Expected {
        /// The text at the bar.
        label: String,
        /// The money.
        amount: Money,
    },
    /// The amount that a cause adds or takes away.
    Change {
        /// The text at the bar.
        label: String,
        /// The money.
        amount: Money,
        /// True if it is proved that this is too much or too little.
        proved: bool,
    },
    /// The billed total.
    Billed {
        /// The text at the bar.
        label: String,
        /// The money.
        amount: Money,
    },
}

/// A bar as it is drawn.
struct Bar<'a> {
    label: &'a str,
    amount: String,
    from: i64,
    to: i64,
    colour: RGBColor,
}

/// The height of a row, of its bar, and where the bar ends.
const ROW: i32 = 44;
const THICK: i32 = 16;
/// The width of a digit, with room: the amounts stand in a column beside the bars.
const DIGIT: u32 = 8;
/// The width of a letter of a label, on average.
const LETTER: u32 = 7;

/// Returns the picture; `None` where the sums are beyond what can be drawn.
#[must_use]
pub fn waterfall(steps: &[Step], screen: Screen, said: &str) -> Option<String> {
    let bars = bars(steps)?;
    let height = ROW * i32::try_from(bars.len()).ok()? + 8;
    Some(picture(screen, u32::try_from(height).ok()?, said, |area| draw(&bars, area)))
}

fn bars(steps: &[Step]) -> Option<Vec<Bar<'_>>> {
    let mut level = 0;
    let mut bars = Vec::new();
    for step in steps {
        let bar = match step {
            Step::Expected { label, amount } => Bar {
                label,
                amount: summary::amount(*amount),
                from: 0,
                to: position(amount.decimal())?,
                colour: EXPECTED,
            },
            Step::Billed { label, amount } => Bar {
                label,
                amount: summary::amount(*amount),
                from: 0,
                to: position(amount.decimal())?,
                colour: BILLED,
            },
            Step::Change { label, amount, proved } => {
                let change = position(amount.decimal())?;
                let colour = match proved {
                    false => OPEN,
                    true if change < 0 => UNDER,
                    true => OVER,
                };
                let sign = if change > 0 { "+" } else { "" };
                let amount = format!("{sign}{}", summary::amount(*amount));
                Bar { label, amount, from: level, to: level.checked_add(change)?, colour }
            }
        };
        level = bar.to;
        bars.push(bar);
    }
    Some(bars)
}

/// The ends of the axis. It starts at zero, unless the changes would then be too small to see.
fn ends(bars: &[Bar<'_>]) -> (i64, i64) {
    let levels = || bars.iter().map(|bar| bar.to);
    let (low, high) = (levels().min().unwrap_or(0), levels().max().unwrap_or(0));
    let spread = (high - low).max(1);
    let start = if low > 0 && spread < high / 4 { low - spread.min(low) } else { low.min(0) };
    (start, high.max(start + 1))
}

/// Returns true if the bars of the totals are cut, which has to be said.
#[must_use]
pub fn is_cut(steps: &[Step]) -> bool {
    bars(steps).is_some_and(|bars| ends(&bars).0 > 0)
}

fn draw(bars: &[Bar<'_>], area: &Area<'_>) -> Drawn {
    let (low, high) = ends(bars);
    let rows = i32::try_from(bars.len())?;
    let (width, _) = area.dim_in_pixel();
    let longest = bars.iter().map(|bar| bar.amount.len()).max().unwrap_or(0);
    let column = (u32::try_from(longest)? * DIGIT + DIGIT).min(width / 2);
    let chart = ChartBuilder::on(area).margin(2).margin_right(column).build_cartesian_2d(low..high, 0..rows)?;
    let across = |at: i64| chart.backend_coord(&(at.max(low), 0)).0;
    let (left, right) = (across(low), i32::try_from(width)? - 2);
    let mut top = 6;
    let mut before: Option<i32> = None;
    for bar in bars {
        let (upper, lower) = (top + ROW - THICK - 5, top + ROW - 5);
        area.draw(&PathElement::new(vec![(left, lower + 2), (right, lower + 2)], GRID.stroke_width(1)))?;
        let (from, to) = (across(bar.from.min(bar.to)), across(bar.from.max(bar.to)));
        // A change that is there is seen, however small.
        let to = if bar.from == bar.to { to } else { to.max(from + 2) };
        area.draw(&Rectangle::new([(from, upper), (to, lower)], bar.colour.filled()))?;
        if let Some(level) = before {
            area.draw(&PathElement::new(vec![(level, upper - ROW + THICK), (level, lower)], INK.stroke_width(1)))?;
        }
        // Last, so that no line crosses them.
        let label = summary::cut(bar.label, usize::try_from(width / LETTER)?);
        area.draw(&Text::new(label, (left, top), letters(HPos::Left, VPos::Top)))?;
        area.draw(&Text::new(bar.amount.clone(), (right, upper + 1), letters(HPos::Right, VPos::Top)))?;
        before = Some(across(bar.to));
        top += ROW;
    }
    Ok(())
}
