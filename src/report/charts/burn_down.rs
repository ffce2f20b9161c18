//! Draws the balance of a grant, day by day.

use plotters::prelude::{ChartBuilder, Color, LabelAreaPosition, PathElement, Polygon, Text};
use plotters::style::text_anchor::{HPos, VPos};
use rust_decimal::prelude::ToPrimitive;

use super::{Area, Drawn, EXPECTED, GRID, Screen, letters, picture};
use crate::model::PackMinutes;

/// The course of a grant over the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BurnDown {
    /// Days of the period.
    pub days: i32,
    /// The package minutes left at moments, counted in days from the start of the period, in order.
    pub levels: Vec<(i32, PackMinutes)>,
}

const HEIGHT: u32 = 150;

/// Returns the picture, for any screen; `None` where nothing is to be drawn.
#[must_use]
pub fn burn_down(course: &BurnDown, said: &str) -> Option<String> {
    let whole = |minutes: PackMinutes| minutes.decimal().round().to_i64();
    let levels: Vec<(i32, i64)> =
        course.levels.iter().map(|(day, minutes)| Some((*day, whole(*minutes)?))).collect::<Option<_>>()?;
    let most = levels.iter().map(|(_, minutes)| *minutes).max().filter(|most| *most > 0)?;
    Some(picture(Screen::Any, HEIGHT, said, |area| draw(&levels, course.days, most, area)))
}

/// Returns the corners of a line that stays level until the next moment.
fn steps(levels: &[(i32, i64)]) -> Vec<(i32, i64)> {
    let mut corners: Vec<(i32, i64)> = Vec::new();
    for (day, minutes) in levels {
        if let Some((_, before)) = corners.last().copied() {
            corners.push((*day, before));
        }
        corners.push((*day, *minutes));
    }
    corners
}

fn draw(levels: &[(i32, i64)], days: i32, most: i64, area: &Area<'_>) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .set_label_area_size(LabelAreaPosition::Left, 70)
        .set_label_area_size(LabelAreaPosition::Bottom, 20)
        .build_cartesian_2d(0..days, 0..most + (most / 20).max(1))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_labels(4)
        .y_label_formatter(&|minutes| super::super::summary::figure((*minutes).into()))
        .label_style(letters(HPos::Left, VPos::Top))
        .axis_style(GRID)
        .bold_line_style(GRID)
        .light_line_style(GRID.mix(0.0))
        .draw()?;
    let corners = steps(levels);
    let mut surface = corners.clone();
    if let (Some((first, _)), Some((last, _))) = (corners.first(), corners.last()) {
        surface.extend([(*last, 0), (*first, 0)]);
    }
    chart.draw_series([Polygon::new(surface, EXPECTED.mix(0.15))])?;
    chart.draw_series([PathElement::new(corners, EXPECTED.stroke_width(2))])?;
    for day in [1, 10, 20, days] {
        let (x, y) = chart.backend_coord(&(day - 1, 0));
        area.draw(&Text::new(day.to_string(), (x, y + 4), letters(HPos::Center, VPos::Top)))?;
    }
    Ok(())
}
