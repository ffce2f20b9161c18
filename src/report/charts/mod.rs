//! The pictures of the page, as svg without fonts, colours of their own or
//! sizes that matter: the page's style gives the colours (light and dark) and
//! the letters, and each picture is drawn for a wide and for a narrow screen.
//!
//! Positions are whole numbers: money at `SCALE`, minutes, days. What is
//! beyond them is not drawn; the table beside the picture has it.

mod burn_down;
mod days;
mod waterfall;

use plotters::coord::Shift;
use plotters::drawing::IntoDrawingArea;
use plotters::prelude::{DrawingArea, IntoFont, RGBColor, SVGBackend, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

pub use burn_down::{BurnDown, burn_down};
pub use days::{DayBar, days};
pub use waterfall::{Step, is_cut, waterfall};

/// Where a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// A table or a desk.
    Wide,
    /// A phone.
    Narrow,
    /// Both: it is small.
    Any,
}

/// Money is drawn in millionths.
const SCALE: i64 = 1_000_000;

// Stand-ins, which page.css turns into the colours of the day or the night.
const INK: RGBColor = RGBColor(0, 0, 1);
const GRID: RGBColor = RGBColor(0, 0, 2);
const EXPECTED: RGBColor = RGBColor(0, 0, 3);
const BILLED: RGBColor = RGBColor(0, 0, 4);
const OVER: RGBColor = RGBColor(0, 0, 5);
const UNDER: RGBColor = RGBColor(0, 0, 6);
const OPEN: RGBColor = RGBColor(0, 0, 7);

/// The result of drawing. In memory, plotters gives no error.
type Drawn = Result<(), Box<dyn std::error::Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

impl Screen {
    const fn width(self) -> u32 {
        match self {
            Self::Wide => 860,
            Self::Narrow | Self::Any => 340,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
            Self::Any => "any",
        }
    }
}

/// Draws a picture. The outer element becomes one that the page's style sizes,
/// with the text for who cannot see it.
fn picture(screen: Screen, height: u32, said: &str, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut svg = String::new();
    let size = (screen.width(), height);
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let drawn = draw(&area).and_then(|()| Ok(area.present()?));
        if let Err(error) = drawn {
            unreachable!("drawing into memory: {error}");
        }
    }
    let inside = svg.split_once(">\n").map_or("", |(_, inside)| inside);
    let (class, width) = (screen.name(), size.0);
    let said = super::html::escaped(said);
    format!("<svg class=\"{class}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{said}\">\n{inside}")
}

/// Letters, held at a point. Their size is the style's.
fn letters(across: HPos, down: VPos) -> TextStyle<'static> {
    ("sans-serif", 15).into_font().color(&INK).pos(Pos::new(across, down))
}

/// Returns a figure as a position; `None` beyond what can be drawn.
fn position(value: Decimal) -> Option<i64> {
    // An eighth of the range, so that sums and margins stay inside.
    value.checked_mul(Decimal::from(SCALE))?.to_i64().filter(|at| at.abs() < i64::MAX / 8)
}

/// Returns a position on the money axis, as people read it.
fn money_label(at: i64) -> String {
    super::summary::amount(crate::model::Money::new(Decimal::new(at, 6).normalize()))
}
