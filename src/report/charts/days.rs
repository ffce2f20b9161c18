//! Expected against billed, day by day.

use plotters::prelude::{ChartBuilder, Circle, Color, Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};

use super::{Area, BILLED, Drawn, EXPECTED, GRID, INK, OVER, Screen, letters, money_label, picture, position};
use crate::model::Money;

/// One day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayBar {
    /// The text below it.
    pub label: String,
    /// By the rules.
    pub expected: Money,
    /// On the bill; `None` where no bill was compared.
    pub billed: Option<Money>,
}

const HEIGHT: u32 = 260;
/// A day's place on the axis, in parts.
const SLOT: i32 = 10;

/// Returns the picture; `None` where there is no day, or the sums are beyond what can be drawn.
#[must_use]
pub fn days(bars: &[DayBar], screen: Screen, said: &str) -> Option<String> {
    let mut places = Vec::new();
    for bar in bars {
        let billed = bar.billed.map(|money| position(money.decimal()));
        places.push((position(bar.expected.decimal())?, if let Some(at) = billed { Some(at?) } else { None }));
    }
    let least = places.iter().map(|(expected, billed)| billed.unwrap_or(0).min(*expected)).min()?.min(0);
    let most = places.iter().map(|(expected, billed)| billed.unwrap_or(0).max(*expected)).max()?.max(1);
    Some(picture(screen, HEIGHT, said, |area| draw(bars, &places, (least, most + most / 20), screen, area)))
}

fn draw(
    bars: &[DayBar],
    places: &[(i64, Option<i64>)],
    (low, high): (i64, i64),
    screen: Screen,
    area: &Area<'_>,
) -> Drawn {
    let slots = SLOT * i32::try_from(bars.len())?;
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .set_label_area_size(plotters::prelude::LabelAreaPosition::Left, 62)
        .set_label_area_size(plotters::prelude::LabelAreaPosition::Bottom, 22)
        .build_cartesian_2d(0..slots, low..high)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_labels(5)
        .y_label_formatter(&|at| money_label(*at))
        .label_style(letters(HPos::Left, VPos::Top))
        .axis_style(GRID)
        .bold_line_style(GRID)
        .light_line_style(GRID.mix(0.0))
        .draw()?;
    let every = match screen {
        Screen::Wide => 1,
        Screen::Narrow | Screen::Any => 5,
    };
    let mut slot = 0;
    for (number, (bar, (expected, billed))) in bars.iter().zip(places).enumerate() {
        let (second, end) = if billed.is_some() { (slot + 5, slot + 9) } else { (slot + 9, slot + 9) };
        chart.draw_series([Rectangle::new([(slot + 1, 0), (second, *expected)], EXPECTED.filled())])?;
        if let Some(billed) = billed {
            chart.draw_series([Rectangle::new([(second, 0), (end, *billed)], BILLED.filled())])?;
            if billed != expected {
                let (x, y) = chart.backend_coord(&(slot + 5, *billed.max(expected)));
                area.draw(&Circle::new((x, y - 6), 3, OVER.filled()))?;
            }
        }
        if (number + 1) % every == 0 || number == 0 {
            let (x, y) = chart.backend_coord(&(slot + 5, low));
            area.draw(&Text::new(bar.label.clone(), (x, y + 5), letters(HPos::Center, VPos::Top)))?;
        }
        slot += SLOT;
    }
    let (left, zero) = chart.backend_coord(&(0, 0));
    let (right, _) = chart.backend_coord(&(slots, 0));
    area.draw(&plotters::prelude::PathElement::new(vec![(left, zero), (right, zero)], INK.stroke_width(1)))?;
    Ok(())
}
