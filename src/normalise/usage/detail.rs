//! The usage detail workbook (账单用量明细): one row per interval, application and tier.

use rust_decimal::Decimal;
use serde_json::Value;

use super::fast_path;
use super::long::{fitting, length, missing, unit_of};
use super::row_accumulator::{Figure, Gathered, Meant, Notice, Stop};
use super::table_context::{Field, Scene, app_of, not_an_interval};
use super::unit::Measure;
use crate::model::diagnostic::{Diagnostic, shown, toml_string};
use crate::model::printed_cover::Covered;
use crate::model::{AppId, Item, Place, Span, Unit, Usage};
use crate::normalise::header::Header;
use crate::normalise::item_vocabulary::{Meaning, is_product, named_service, tier_named, unknown_tier};
use crate::normalise::number::{number, whole};
use crate::normalise::text::{bare, is_missing, normalised};
use crate::normalise::timestamp::{self, Clock, Interval, Written};
use crate::read::{Cell, Row};

pub(super) const FREE: &str = "delivery to VOD is free";
const OTHER_PRODUCT: &str = "of another product";

/// Reads rows of the usage detail.
pub(super) struct Detail<'a> {
    scene: &'a Scene<'a>,
    service: Option<String>,
    default_app: Option<AppId>,
    header_unit: Option<String>,
    sheet_grain: Option<i64>,
    account: Field,
    grain: Field,
    start: Field,
    end: Field,
    app: Field,
    quantity: Field,
    deducted: Field,
    rest: Field,
    unit: Field,
    /// The fields that decide a row's meaning: product code and name, then the texts of the item.
    texts: [Field; 6],
}

impl<'a> Detail<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, header: &Header<'_>) -> Self {
        let field = |name| Field::of(header, name);
        let sheet = scene.table.sheet.as_deref();
        Self {
            scene,
            service: scene
                .hint()
                .and_then(|hint| hint.service.clone())
                .or_else(|| sheet.and_then(named_service).filter(|id| *id != "av").map(str::to_owned)),
            default_app: scene.hint().and_then(|hint| hint.app),
            header_unit: header.unit("quantity").map(str::to_owned),
            sheet_grain: sheet.and_then(grain_of_sheet),
            account: field("account"),
            grain: field("grain"),
            start: field("start"),
            end: field("end"),
            app: field("app"),
            quantity: field("quantity"),
            deducted: field("deducted"),
            rest: field("rest"),
            unit: field("unit"),
            texts: ["product", "product_name", "attributes", "component", "component_type", "sub_product"].map(field),
        }
    }

    /// Returns what is missing before a row can be read at all.
    pub(super) fn check(&self, header_row: u32) -> Result<(), Box<Diagnostic>> {
        if self.app.is_there() || self.default_app.is_some() {
            return Ok(());
        }
        Err(Box::new(Diagnostic::error(
            "usage-app-unnamed",
            self.scene.table.at().row(header_row),
            "the table has no column with the SDKAppID (sdkAppId, SDKAppID, 应用ID)",
            format!(
                "Export it with this column, or say in account.toml: [[file]] path = {}, sdk_app_id = 1400000001 (yours).",
                toml_string(&self.scene.table.file)
            ),
        )))
    }

    pub(super) fn read(&self, gathered: &mut Gathered<Figure>, row: Row<'_>) -> Result<(), Stop> {
        gathered.last = None;
        let from = self.scene.time(&row, self.start.cell(&row), self.start.column)?;
        self.check_account(self.account.cell(&row).text)?;
        let (item, measure) = self.meant(gathered, &row)?;
        let interval = self.interval(&row, from)?;
        self.scene.within(interval.span)?;
        let app = app_of(gathered, &row, self.app.cell(&row), self.app.column, self.default_app)?;
        let text = self.quantity.cell(&row).text;
        let quantity = measure.figure(text, self.quantity.column)?.ok_or_else(|| missing(self.quantity))?;
        let usage = Usage {
            start: interval.span.from,
            seconds: length(interval.span.seconds())?,
            item,
            exactness: measure.exactness(interval.span.seconds()),
            app,
            quantity,
            place: Place { table: self.scene.table.id, row: row.number },
        };
        let deduction = self.deduction(&row, measure)?;
        gathered.snapped += u64::from(interval.snapped);
        if deduction.is_some_and(|(deducted, rest)| deducted.checked_add(rest) != Some(Decimal::from(quantity))) {
            gathered.notice(Notice::Uneven, row.number);
        }
        let covered = deduction.map_or(Covered::Unprinted, |(deducted, _)| Covered::of(deducted, quantity));
        gathered.last = Some((item, measure));
        gathered.tape.add(&usage, covered);
        Ok(())
    }

    /// Returns the columns in which rows may differ that mean the same.
    pub(super) fn free(&self) -> Option<Vec<usize>> {
        fast_path::columns([self.start, self.end, self.app, self.quantity], Some([self.deducted, self.rest]))
    }

    fn check_account(&self, uin: &str) -> Result<(), Stop> {
        let own = self.scene.account.uin.as_str();
        if uin == own || is_missing(uin) || normalised(bare(uin)).trim_end_matches(".0") == own {
            return Ok(());
        }
        Err(self.scene.other_account(self.account, uin))
    }

    /// Returns the row's interval: by its end, else by its grain.
    fn interval(&self, row: &Row<'_>, from: Clock) -> Result<Interval, Stop> {
        let (start, end) = (self.start.cell(row), self.end.cell(row));
        let wrong = |why| not_an_interval(start.text, end.text, self.start.column, why);
        if !is_missing(end.text) {
            let until = self.scene.time(row, end, self.end.column)?;
            if until.at != from.at || until.written == Written::Day {
                return timestamp::interval(from, until).map_err(wrong);
            }
        }
        let grain = grain_of(self.grain.cell(row)).or(self.sheet_grain);
        let (begin, snapped) = timestamp::begin(from).map_err(wrong)?;
        let until = match grain {
            Some(MONTH) => begin.day().month().span().until,
            Some(seconds) => begin + seconds,
            None => return Err(wrong(timestamp::NotATime("neither an end nor a grain (minute, day) is given"))),
        };
        Ok(Interval { span: Span { from: begin, until }, snapped })
    }

    fn meant(&self, gathered: &mut Gathered<Figure>, row: &Row<'_>) -> Result<Figure, Stop> {
        gathered.key.clear();
        for field in self.texts.iter().chain([&self.unit]) {
            gathered.key.extend([field.cell(row).text, "\u{1f}"]);
        }
        if !gathered.meanings.contains_key(&gathered.key) {
            let meant = self.resolve(row).map_or_else(Meant::of, Meant::Known);
            gathered.meanings.insert(gathered.key.clone(), meant);
        }
        match gathered.meanings.get(&gathered.key) {
            Some(meant) => meant.known().copied(),
            None => unreachable!("inserted above"),
        }
    }

    fn resolve(&self, row: &Row<'_>) -> Result<Figure, Stop> {
        let [code, name, attributes, component, kind, sub] = self.texts.map(|field| field.cell(row).text);
        let product = if is_missing(code) { name } else { code };
        if !is_missing(product) && !is_product(&normalised(product)) {
            return Err(Stop::Exclude(OTHER_PRODUCT));
        }
        let tier = tier_of(attributes);
        let own = [tier.as_str(), component, kind, sub];
        let texts: Vec<&str> = own.into_iter().filter(|text| !is_missing(text)).collect();
        let texts = if texts.is_empty() { vec![name] } else { texts };
        let column = self.texts[2..].iter().find_map(|field| field.column);
        let meaning = self
            .scene
            .words
            .meaning(self.service.as_deref(), &texts)
            .map_err(|why| Stop::reject("usage-item-unknown", column, why.message, why.help))?;
        let Meaning::Item(item) = meaning else { return Err(Stop::Exclude(FREE)) };
        // A call is of no tier. A text that should name one and is not understood makes none.
        let is_call = item.unit() == Unit::Minute && tier_named(item.id()).is_none();
        let told = !is_missing(&tier) && !tier.starts_with(['{', '[']);
        if let Some(why) = unknown_tier(&tier).filter(|_| is_call && told) {
            return Err(Stop::reject("usage-item-unknown", self.texts[2].column, why.message, why.help));
        }
        self.measured(item, self.unit.cell(row).text)
    }

    fn measured(&self, item: Item, unit: &str) -> Result<Figure, Stop> {
        let printed = if is_missing(unit) { self.header_unit.as_deref() } else { Some(unit) };
        match (printed, Measure::natural(item)) {
            (Some(unit), _) => fitting(item, unit_of(unit, self.unit)?, self.unit),
            (None, Some(measure)) => Ok((item, measure)),
            (None, None) => Err(Stop::reject(
                "usage-unit",
                self.unit.column,
                "the row does not say whether its duration is in seconds or minutes",
                "Add the column 用量单位 (秒 or 分钟), or the unit to the header: 标准用量(秒).",
            )),
        }
    }

    /// Returns what the vendor says it deducted, where it says so.
    fn deduction(&self, row: &Row<'_>, measure: Measure) -> Result<Option<(Decimal, Decimal)>, Stop> {
        if !self.deducted.is_there() || !self.rest.is_there() {
            return Ok(None);
        }
        let read = |field: Field| {
            let text = field.cell(row).text;
            let wrong = |why: &str| {
                let message = format!("\"{}\" is not a quantity: {why}", shown(text));
                Stop::reject("usage-number", field.column, message, "Write the quantity as a plain number (1234.5).")
            };
            let quick = whole(text).map(Decimal::from);
            let value = if quick.is_some() { quick } else { number(text).map_err(|why| wrong(why.0))? };
            value.map(|value| measure.lifted(value).ok_or_else(|| wrong("it is too large"))).transpose()
        };
        let (Some(deducted), Some(rest)) = (read(self.deducted)?, read(self.rest)?) else { return Ok(None) };
        Ok(Some((deducted, rest)))
    }
}

const MONTH: i64 = -1;

fn grain_of(cell: Cell<'_>) -> Option<i64> {
    Some(match normalised(cell.text).as_str() {
        "minute" | "5分钟" | "分钟" | "5minute" | "5min" => timestamp::GRID,
        "hour" | "小时" | "时" => 3600,
        "day" | "日" | "天" | "1天" => 86_400,
        "month" | "月" => MONTH,
        _ => return None,
    })
}

/// `实时音视频_时长_5分钟`: the grain stands last.
fn grain_of_sheet(sheet: &str) -> Option<i64> {
    let last = sheet.rsplit('_').next()?;
    let last = last.strip_prefix('按').unwrap_or(last);
    grain_of(Cell { text: last, numeric: false })
}

/// Returns the tier that `[{"Key":"tgr","Value":"超高清"}]` names; a text that is no such list stands for itself.
fn tier_of(attributes: &str) -> String {
    let Ok(list) = serde_json::from_str::<Vec<Value>>(attributes) else { return attributes.to_owned() };
    let is = |value: &Value, key: &str| {
        let members = value.as_object()?;
        let (_, found) = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        found.as_str().map(str::to_owned)
    };
    list.iter()
        .find(|entry| is(entry, "Key").is_some_and(|key| key.eq_ignore_ascii_case("tgr")))
        .and_then(|entry| is(entry, "Value"))
        .unwrap_or_default()
}
