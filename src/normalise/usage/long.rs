//! The tool's own form: `start,end,sdk_app_id,item,quantity,unit`; and the
//! form of a data lake, `account,app,item,start,seconds`, where a row is five
//! minutes of seconds.

use super::fast_path;
use super::row_accumulator::{Figure, Gathered, Meant, Stop};
use super::table_context::{Field, Scene, app_of, not_an_interval};
use super::unit::Measure;
use crate::model::diagnostic::{nearest, shown};
use crate::model::printed_cover::Covered;
use crate::model::{Item, Place, Span, Usage};
use crate::normalise::header::Header;
use crate::normalise::text::{bare, normalised};
use crate::normalise::timestamp::{self, Interval, NotATime};
use crate::read::Row;

/// Reads rows of the tidy form.
pub(super) struct Tidy<'a> {
    scene: &'a Scene<'a>,
    account: Field,
    start: Field,
    end: Field,
    app: Field,
    item: Field,
    quantity: Field,
    unit: Field,
}

impl<'a> Tidy<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, header: &Header<'_>) -> Self {
        let field = |name| Field::of(header, name);
        Self {
            scene,
            account: field("account"),
            start: field("start"),
            end: field("end"),
            app: field("app"),
            item: field("item"),
            quantity: field("quantity"),
            unit: field("unit"),
        }
    }

    pub(super) fn read(&self, gathered: &mut Gathered<Figure>, row: Row<'_>) -> Result<(), Stop> {
        gathered.last = None;
        self.check_account(&row)?;
        let interval = self.interval(&row)?;
        self.scene.within(interval.span)?;
        let app = app_of(gathered, &row, self.app.cell(&row), self.app.column, None)?;
        let (item, measure) = self.meant(gathered, &row)?;
        let text = self.quantity.cell(&row).text;
        let quantity = measure.figure(text, self.quantity.column)?.ok_or_else(|| missing(self.quantity))?;
        gathered.snapped += u64::from(interval.snapped);
        gathered.last = Some((item, measure));
        let usage = Usage {
            start: interval.span.from,
            seconds: length(interval.span.seconds())?,
            item,
            exactness: measure.exactness(interval.span.seconds()),
            app,
            quantity,
            place: Place { table: self.scene.table.id, row: row.number },
        };
        gathered.tape.add(&usage, Covered::Unprinted);
        Ok(())
    }

    /// Returns the columns in which rows may differ that mean the same.
    pub(super) fn free(&self) -> Option<Vec<usize>> {
        fast_path::columns([self.start, self.end, self.app, self.quantity], None)
    }

    fn check_account(&self, row: &Row<'_>) -> Result<(), Stop> {
        let (own, uin) = (self.scene.account.uin.as_str(), self.account.cell(row).text);
        if !self.account.is_there() || uin == own || bare(uin) == own {
            return Ok(());
        }
        Err(self.scene.other_account(self.account, uin))
    }

    fn interval(&self, row: &Row<'_>) -> Result<Interval, Stop> {
        let (start, end) = (self.start.cell(row), self.end.cell(row));
        let from = self.scene.time(row, start, self.start.column)?;
        let wrong = |why| not_an_interval(start.text, end.text, self.start.column, why);
        if self.end.is_there() {
            let until = self.scene.time(row, end, self.end.column)?;
            return timestamp::interval(from, until).map_err(wrong);
        }
        let (begin, snapped) = timestamp::begin(from).map_err(wrong)?;
        if snapped {
            return Err(wrong(NotATime("the start of a row of five minutes does not lie on the 5-minute grid")));
        }
        Ok(Interval { span: Span { from: begin, until: begin + timestamp::GRID }, snapped })
    }

    fn meant(&self, gathered: &mut Gathered<Figure>, row: &Row<'_>) -> Result<Figure, Stop> {
        let (item, unit) = (self.item.cell(row).text, self.unit.cell(row).text);
        gathered.key.clear();
        gathered.key.extend([item, "\u{1f}", unit]);
        if !gathered.meanings.contains_key(&gathered.key) {
            let meant = self.resolve(item, unit).map_or_else(Meant::of, Meant::Known);
            gathered.meanings.insert(gathered.key.clone(), meant);
        }
        match gathered.meanings.get(&gathered.key) {
            Some(meant) => meant.known().copied(),
            None => unreachable!("inserted above"),
        }
    }

    fn resolve(&self, item: &str, unit: &str) -> Result<Figure, Stop> {
        let measure = if self.unit.is_there() { unit_of(unit, self.unit)? } else { Measure::Second };
        fitting(self.item_of(item)?, measure, self.unit)
    }

    /// The tidy form is the tool's own: an item stands there by its name, or by
    /// a text of `[[alias]]`. Nothing is read into it.
    fn item_of(&self, text: &str) -> Result<Item, Stop> {
        let name = text.trim();
        let alias = || self.scene.account.aliases.iter().find(|alias| normalised(&alias.text) == normalised(name));
        if let Some(item) = Item::parse(name).filter(|item| !item.is_fee()).or_else(|| alias().map(|alias| alias.item))
        {
            return Ok(item);
        }
        let usage = Item::all().filter(|item| !item.is_fee()).map(Item::id);
        let help = nearest(name, usage).map_or_else(
            || "`trtc-recon items` lists the items; a text of your own goes into [[alias]] of account.toml.".to_owned(),
            |near| format!("Did you mean {near}? `trtc-recon items` lists all."),
        );
        Err(Stop::reject("usage-item-unknown", self.item.column, format!("\"{}\" is no item", shown(text)), help))
    }
}

pub(super) fn missing(field: Field) -> Stop {
    Stop::reject(
        "usage-quantity-missing",
        field.column,
        "the row has no quantity",
        "Fill in the quantity (0 where nothing was used), or take the row out.",
    )
}

pub(super) fn unit_of(text: &str, field: Field) -> Result<Measure, Stop> {
    Measure::parse(text).ok_or_else(|| {
        Stop::reject(
            "usage-unit",
            field.column,
            format!("\"{}\" is not a unit of usage", shown(text)),
            "Units are: s, min, Mbps, image, user (秒, 分钟, Mbps, 张, 人).",
        )
    })
}

pub(super) fn fitting(item: crate::model::Item, measure: Measure, field: Field) -> Result<Figure, Stop> {
    if measure.fits(item) {
        return Ok((item, measure));
    }
    Err(Stop::reject(
        "usage-unit",
        field.column,
        format!("{item} is not measured in this unit"),
        format!("{item} is metered in {}.", item.unit().finest()),
    ))
}

/// Returns the seconds of an interval as usage keeps them.
pub(super) fn length(seconds: i64) -> Result<u32, Stop> {
    u32::try_from(seconds).map_err(|_| {
        Stop::reject("usage-interval", None, "the interval is longer than a century", super::table_context::TIME_HELP)
    })
}
