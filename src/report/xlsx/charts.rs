//! The two pictures of the workbook. They are drawn from the cells beside them.

use rust_decimal::Decimal;
use rust_xlsxwriter::{
    Chart, ChartAxisLabelPosition, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartPoint, ChartRange,
    ChartSeries, ChartSolidFill, ChartType, Color, Worksheet, XlsxError,
};

use super::style::{FAINT, INK, LESS, MORE, NEUTRAL};
use super::{Report, Styles, Texts};
use crate::i18n::fill;
use crate::model::Rounding;
use crate::model::number::plain;
use crate::report::summary;

/// Expected and billed, day by day: rows 2 to `days + 1` of the sheet.
pub(super) fn days(
    sheet: &mut Worksheet,
    report: &Report,
    texts: &Texts,
    styles: &Styles,
    days: usize,
) -> Result<(), XlsxError> {
    let name = &texts.sheets.days;
    let last = u32::try_from(days).unwrap_or(u32::MAX);
    let mut chart = Chart::new(ChartType::Column);
    let mut series = vec![(2, &texts.columns.expected, INK)];
    if report.comparison.is_some() {
        series.push((3, &texts.columns.billed, MORE));
    }
    for (column, title, color) in series {
        let drawn = chart.add_series();
        drawn.set_categories(&ChartRange::new_from_range(name, 1, 0, last, 0));
        drawn.set_values(&ChartRange::new_from_range(name, 1, column, last, column));
        drawn.set_name(title.as_str()).set_format(&mut filled(color)).set_gap(60).set_overlap(0);
    }
    let title = fill(&texts.charts.days, &[("currency", &summary::visible(&report.currency))]);
    dress(&mut chart, &title, styles);
    chart.x_axis().set_num_format("mm-dd").set_text_axis(true).set_font(ChartFont::new().set_rotation(-45));
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart.set_width(900).set_height(420);
    sheet.insert_chart(1, 6, &chart)?;
    if report.comparison.is_some() {
        sheet.insert_chart(25, 6, &differences(report, texts, styles, last))?;
    }
    Ok(())
}

/// By how much the bill is more, day by day: seen also where a day's fee dwarfs its usage.
fn differences(report: &Report, texts: &Texts, styles: &Styles, last: u32) -> Chart {
    let name = &texts.sheets.days;
    let mut chart = Chart::new(ChartType::Column);
    let drawn = chart.add_series();
    drawn.set_categories(&ChartRange::new_from_range(name, 1, 0, last, 0));
    drawn.set_values(&ChartRange::new_from_range(name, 1, 4, last, 4));
    drawn.set_name(texts.columns.difference.as_str()).set_format(&mut filled(MORE)).set_gap(60);
    drawn.set_invert_if_negative().set_invert_if_negative_color(LESS);
    let title = fill(&texts.charts.differences, &[("currency", &summary::visible(&report.currency))]);
    dress(&mut chart, &title, styles);
    chart.x_axis().set_num_format("mm-dd").set_text_axis(true).set_font(ChartFont::new().set_rotation(-45));
    chart.x_axis().set_label_position(ChartAxisLabelPosition::Low);
    chart.legend().set_hidden();
    chart.set_width(900).set_height(300);
    chart
}

/// The cells that the bridge's chart is drawn from: rows 2 to `rows + 1`, six columns from `first` on.
pub(super) struct Steps {
    pub rows: usize,
    pub first: u16,
    /// The running totals.
    pub running: Vec<Decimal>,
    /// The rows whose money is not proved to be too much or too little.
    pub open: Vec<bool>,
}

/// Returns the bridge as a waterfall: stacked columns on a base that is not seen.
pub(super) fn bridge(
    sheet: &mut Worksheet,
    report: &Report,
    texts: &Texts,
    styles: &Styles,
    steps: &Steps,
) -> Result<(), XlsxError> {
    let name = &texts.sheets.bridge;
    let last = u32::try_from(steps.rows).unwrap_or(u32::MAX);
    let own = &texts.charts;
    let mut chart = Chart::new(ChartType::ColumnStacked);
    let seen = [(&own.total, INK), (&own.up, MORE), (&own.up_below, MORE), (&own.down, LESS), (&own.down_below, LESS)];
    let mut base = ChartSeries::new();
    base.set_name(own.base.as_str()).set_format(ChartFormat::new().set_no_fill().set_no_line());
    let drawn = seen.map(|(title, color)| {
        let mut series = ChartSeries::new();
        series.set_name(title.as_str()).set_format(&mut filled(color));
        series
    });
    // What is not proved is neither more nor less.
    let point = |open: &bool| {
        let point = ChartPoint::new();
        if *open { point.set_format(&mut filled(NEUTRAL)) } else { point }
    };
    let points: Vec<ChartPoint> = steps.open.iter().map(point).collect();
    for (column, mut series) in (steps.first..).zip(std::iter::once(base).chain(drawn)) {
        series.set_categories(&ChartRange::new_from_range(name, 1, 0, last, 0));
        series.set_values(&ChartRange::new_from_range(name, 1, column, last, column));
        series.set_gap(40);
        if column > steps.first + 1 {
            series.set_points(&points);
        }
        chart.push_series(&series);
    }
    let currency = summary::visible(&report.currency);
    let start = axis_start(&steps.running);
    let title = match start {
        Some(start) => fill(&own.cut_axis, &[("currency", &currency), ("start", &plain(start))]),
        None => fill(&own.bridge, &[("currency", &currency)]),
    };
    dress(&mut chart, &title, styles);
    if let Some(start) = start {
        set_start(&mut chart, start)?;
    }
    chart.legend().set_hidden();
    chart.show_hidden_data();
    chart.set_width(900).set_height(420);
    sheet.insert_chart(last + 3, 0, &chart)?;
    Ok(())
}

pub(super) fn filled(color: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(color));
    format
}

pub(super) fn dress(chart: &mut Chart, title: &str, styles: &Styles) {
    chart.title().set_name(title).set_font(ChartFont::new().set_size(12).set_color(INK));
    chart.title().set_overlay(false);
    chart.y_axis().set_num_format(styles.money_code.as_str());
    chart.y_axis().set_major_gridlines_line(ChartLine::new().set_color(FAINT));
    chart.chart_area().set_format(ChartFormat::new().set_border(ChartLine::new().set_color(FAINT)));
}

/// Where the axis starts so that steps small beside the totals are seen;
/// `None`: at zero. A round figure below the lowest total by half the steps' range.
fn axis_start(running: &[Decimal]) -> Option<Decimal> {
    let (low, high) = (*running.iter().min()?, *running.iter().max()?);
    let range = high - low;
    if range.is_zero() || range * Decimal::TWO > low {
        return None;
    }
    let start = low - range / Decimal::TWO;
    // To the decimal place of the range's first digit.
    let places = (-6..=8).rev().find(|places| range < Decimal::TEN * step(*places)).unwrap_or(-6);
    let floor = Rounding::HalfUp(0).apply(start / step(places) - Decimal::new(5, 1)) * step(places);
    (floor > Decimal::ZERO).then(|| floor.normalize())
}

/// Returns one unit of a decimal place: 0.01 for 2, 100 for -2.
fn step(places: i32) -> Decimal {
    let power = |count: u32| (0..count).fold(Decimal::ONE, |value, _| value * Decimal::TEN);
    if places >= 0 { Decimal::ONE / power(places.unsigned_abs()) } else { power(places.unsigned_abs()) }
}

#[allow(clippy::disallowed_types, reason = "an axis of a chart has no other number")]
fn set_start(chart: &mut Chart, start: Decimal) -> Result<(), XlsxError> {
    let text = plain(start);
    let start: f64 = text.parse().map_err(|_| XlsxError::ParameterError(format!("{text} is no number")))?;
    chart.y_axis().set_min(start);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(running: &[i64]) -> Option<String> {
        let running: Vec<_> = running.iter().map(|cents| Decimal::new(*cents, 2)).collect();
        axis_start(&running).map(plain)
    }

    #[test]
    fn the_axis_starts_below_the_lowest_total_where_steps_are_small() {
        // From 381.85 up by 14.31: 381.85 - 7.155 = 374.695, at tens below: 370.
        assert_eq!(starts(&[38_185, 39_616]).as_deref(), Some("370"));
        assert_eq!(starts(&[10_000, 10_000]), None);
        // A step as large as the totals needs no cut.
        assert_eq!(starts(&[10_000, 18_000]), None);
        assert_eq!(starts(&[-500, 100]), None);
    }
}
