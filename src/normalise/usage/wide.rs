//! The console export (用量统计) and the usage API's lists: a time column and
//! one column for each tier.

use super::row_accumulator::{Figure, Gathered, Meant, Stop};
use super::table_context::{Field, Scene, app_of, not_a_time};
use super::unit::Measure;
use crate::model::diagnostic::{Diagnostic, shown, toml_string};
use crate::model::{AppId, Day, Item, Place, Stamp, Usage};
use crate::normalise::header::Header;
use crate::normalise::item_vocabulary::{Meaning, names_figure, tier_named};
use crate::normalise::row_counts::TOTALS;
use crate::normalise::text::{is_missing, label, normalised};
use crate::normalise::timestamp;
use crate::read::Row;

const NO_FIGURES: &str = "a row without figures";
const DAY: u32 = 86_400;
const FIVE_MINUTES: u32 = 300;

/// The meaning of each column of a table; `None` for a free one.
pub(super) type Figures = Vec<Option<Figure>>;

/// A column of figures.
struct Wide {
    index: usize,
    text: String,
}

/// Reads wide rows.
pub(super) struct Console<'a> {
    scene: &'a Scene<'a>,
    time: Field,
    app: Field,
    /// A column that may hold the id of an application, or its name.
    application: Field,
    service: Field,
    default_service: Option<String>,
    default_app: Option<AppId>,
    /// The day of a table without times (usage by room).
    day: Option<Day>,
    surroundings: Vec<&'a str>,
    wide: Vec<Wide>,
    known: usize,
}

impl<'a> Console<'a> {
    /// Returns the reader of a table, if it has columns of figures.
    pub(super) fn new(scene: &'a Scene<'a>, header: &mut Header<'_>) -> Option<Self> {
        let figures = |text: &str| names_figure(text) || scene.words.has_alias(text);
        let (wide, unknown): (Vec<_>, Vec<_>) =
            std::mem::take(&mut header.unknown).into_iter().partition(|(_, text)| figures(text));
        header.unknown = unknown;
        if wide.is_empty() {
            return None;
        }
        let wide: Vec<Wide> = wide.into_iter().map(|(index, text)| Wide { index, text }).collect();
        let surroundings = scene.surroundings(header.row);
        let field = |name| Field::of(header, name);
        Some(Self {
            scene,
            time: field("time"),
            app: field("app"),
            application: field("application"),
            service: field("service"),
            default_service: narrower(scene.service(header.row), service_of_columns(&wide)),
            default_app: scene.app(header.row),
            day: surroundings.iter().find_map(|text| day_in(text)),
            surroundings,
            known: header.fields.len(),
            wide,
        })
    }

    /// Returns the columns to read: those of the fields, then those of figures.
    pub(super) fn columns(&self, header: &Header<'_>) -> Vec<usize> {
        header.columns().into_iter().chain(self.wide.iter().map(|wide| wide.index)).collect()
    }

    /// Returns what is missing before a row can be read at all.
    pub(super) fn check(&self, header: &Header<'_>) -> Result<(), Box<Diagnostic>> {
        let at = || self.scene.table.at().row(header.row);
        if !self.app.is_there() && !self.application.is_there() && self.default_app.is_none() {
            return Err(Box::new(Diagnostic::error(
                "usage-app-unnamed",
                at(),
                "no column names the SDKAppID of this usage, and the names of file and sheet name none, or more than one",
                format!(
                    "Say it in account.toml: [[file]] path = {}, sdk_app_id = 1400000001 (yours).",
                    toml_string(&self.scene.table.file)
                ),
            )));
        }
        if !self.time.is_there() && self.day.is_none() {
            return Err(Box::new(Diagnostic::error(
                "usage-day-unnamed",
                at(),
                "usage by room has no time column, and the name of the file has no day",
                "Put the day into the file's name: rooms-2024-10-01.csv.",
            )));
        }
        if self.service.is_there() {
            return Ok(());
        }
        self.resolve("").map(|_| ()).map_err(|stop| match stop {
            Stop::Reject(fault) => Box::new(Diagnostic::error(fault.code, at(), fault.message, fault.help)),
            Stop::Exclude(reason) => unreachable!("a column is never excluded: {reason}"),
        })
    }

    pub(super) fn read(&self, gathered: &mut Gathered<Figures>, row: Row<'_>) -> Result<(), Stop> {
        let start = self.start(gathered, &row)?;
        if start >= self.scene.until {
            return Err(Stop::Exclude(super::table_context::AFTER));
        }
        let app = self.app(gathered, &row)?;
        let service = self.service.cell(&row).text;
        if !gathered.meanings.contains_key(service) {
            let meant = self.resolve(service).map_or_else(Meant::of, Meant::Known);
            gathered.meanings.insert(service.to_owned(), meant);
        }
        let first = gathered.usage.len();
        let result = match gathered.meanings.get(service) {
            Some(meant) => {
                meant.known().and_then(|figures| self.figures(figures, &mut gathered.usage, row, start, app))
            }
            None => unreachable!("inserted above"),
        };
        if result.is_err() {
            gathered.usage.truncate(first);
        }
        result
    }

    /// Returns the application of a row: by its id, by what 应用 says, or by what the file says.
    fn app(&self, gathered: &mut Gathered<Figures>, row: &Row<'_>) -> Result<AppId, Stop> {
        let told = self.application.cell(row).text;
        if self.app.is_there() || is_missing(told) {
            return app_of(gathered, row, self.app.cell(row), self.app.column, self.default_app);
        }
        let by_name = || self.scene.account.apps.iter().find(|app| app.name.as_deref() == Some(told.trim()));
        let known = self.scene.app_in(told).or_else(|| by_name().map(|app| app.id)).or(self.default_app);
        known.ok_or_else(|| {
            Stop::reject(
                "usage-app",
                self.application.column,
                format!("\"{}\" is neither an SDKAppID nor the name of an application in account.toml", shown(told)),
                "Give the application this name there: [[app]] sdk_app_id, name.",
            )
        })
    }

    /// Returns the figures of a row; two columns of one item are one figure.
    fn figures(
        &self,
        figures: &Figures,
        usage: &mut Vec<Usage>,
        row: Row<'_>,
        start: Stamp,
        app: AppId,
    ) -> Result<(), Stop> {
        let first = usage.len();
        let mut free = false;
        for (position, (wide, figure)) in self.wide.iter().zip(figures).enumerate() {
            let Some((item, measure)) = *figure else {
                free = true;
                continue;
            };
            let text = row.cells.get(self.known + position).map_or("", |cell| cell.text);
            let Some(quantity) = measure.figure(text, Some(wide.index))? else { continue };
            if let Some(same) = usage[first..].iter_mut().find(|usage| usage.item == item) {
                same.quantity += quantity;
                continue;
            }
            let place = Place { table: self.scene.table.id, row: row.number };
            let (seconds, exactness) = (DAY, measure.exactness(DAY.into()));
            usage.push(Usage { start, seconds, item, exactness, app, quantity, place });
        }
        match (usage.len() > first, free) {
            (true, _) => Ok(()),
            (false, true) => Err(Stop::Exclude(super::detail::FREE)),
            (false, false) => Err(Stop::Exclude(NO_FIGURES)),
        }
    }

    fn start(&self, gathered: &mut Gathered<Figures>, row: &Row<'_>) -> Result<Stamp, Stop> {
        if let (false, Some(day)) = (self.time.is_there(), self.day) {
            return if Scene::is_total(row) { Err(Stop::Exclude(TOTALS)) } else { Ok(day.start()) };
        }
        let cell = self.time.cell(row);
        let clock = self.scene.time(row, cell, self.time.column)?;
        let (start, snapped) = timestamp::begin(clock).map_err(|why| not_a_time(cell.text, self.time.column, why))?;
        gathered.snapped += u64::from(snapped);
        Ok(start)
    }

    /// Returns what each column of figures stands for, under a service that a row names.
    fn resolve(&self, service: &str) -> Result<Figures, Stop> {
        let named = crate::normalise::item_vocabulary::named_service(service);
        let service = if is_missing(service) { self.default_service.as_deref() } else { named };
        let figures: Figures = self.wide.iter().map(|wide| self.column(wide, service)).collect::<Result<_, _>>()?;
        self.none_twice(&figures)?;
        Ok(figures)
    }

    /// Two columns of one tier are no two figures: one repeats the other, or means something else.
    fn none_twice(&self, figures: &Figures) -> Result<(), Stop> {
        let mut seen: Vec<(Item, Option<&str>, &Wide)> = Vec::new();
        for (wide, figure) in self.wide.iter().zip(figures) {
            let Some((item, _)) = *figure else { continue };
            let tier = tier_named(&wide.text);
            if let Some((_, _, first)) = seen.iter().find(|(of, at, _)| (*of, *at) == (item, tier)) {
                return Err(Stop::reject(
                    "header-column-twice",
                    Some(wide.index),
                    format!("{} and {} both name {item}", shown(&first.text), shown(&wide.text)),
                    "Keep one of the two columns, or say by [[alias]] in account.toml what the other is.",
                ));
            }
            seen.push((item, tier, wide));
        }
        Ok(())
    }

    fn column(&self, wide: &Wide, service: Option<&str>) -> Result<Option<Figure>, Stop> {
        let own = crate::normalise::item_vocabulary::named_service(&wide.text);
        if service.is_none() && own.is_none() && !self.scene.words.has_alias(&wide.text) {
            return Err(Stop::reject(
                "usage-service-unnamed",
                Some(wide.index),
                format!("nothing says which service the column {} belongs to", shown(&wide.text)),
                format!(
                    "Say it in account.toml: [[file]] path = {}, service = \"av\" (or rec, mix, deliver.tencent, …).",
                    toml_string(&self.scene.table.file)
                ),
            ));
        }
        let mut texts = vec![wide.text.as_str()];
        if service == Some("relay") || own == Some("relay") {
            texts.extend(&self.surroundings);
        }
        let meaning = self
            .scene
            .words
            .meaning(service, &texts)
            .map_err(|why| Stop::reject("usage-item-unknown", Some(wide.index), why.message, why.help))?;
        let Meaning::Item(item) = meaning else { return Ok(None) };
        let printed = label(&wide.text).unit.and_then(|unit| Measure::parse(&unit));
        let assumed = if self.in_seconds(&wide.text) { Measure::Second } else { Measure::Minute };
        let measure = printed.or_else(|| Measure::natural(item)).unwrap_or(assumed);
        Ok(Some((item, measure)))
    }

    /// Usage by room and the older API come in seconds, all else in minutes.
    fn in_seconds(&self, text: &str) -> bool {
        let text = normalised(text);
        !self.time.is_there() || text == "audiotime" || text.contains("videotime")
    }

    /// Gives rows their length, which no row tells by itself: a table whose
    /// rows all lie at midnight has daily rows. Rooms are added up.
    pub(super) fn finish(&self, gathered: &mut Gathered<Figures>) {
        if !self.time.is_there() {
            return by_item(gathered);
        }
        let named = self.surroundings.iter().any(|text| normalised(text).contains("5分钟"));
        let midnight = |usage: &Usage| usage.start == usage.start.day().start();
        if !named && gathered.usage.iter().all(midnight) {
            return;
        }
        for usage in &mut gathered.usage {
            usage.seconds = FIVE_MINUTES;
            if usage.exactness == crate::model::usage::Exactness::Peak {
                usage.exactness = crate::model::usage::Exactness::Exact;
            }
        }
    }
}

/// One figure for each application and item, at the place of its first row.
fn by_item(gathered: &mut Gathered<Figures>) {
    let mut sums: Vec<Usage> = Vec::new();
    for usage in std::mem::take(&mut gathered.usage) {
        match sums.iter_mut().find(|sum| (sum.app, sum.item) == (usage.app, usage.item)) {
            Some(sum) => sum.quantity += usage.quantity,
            None => sums.push(usage),
        }
    }
    gathered.usage = sums;
}

/// Returns the service of tables whose columns tell it: the older API's, and mixing's with its codecs.
fn service_of_columns(wide: &[Wide]) -> Option<String> {
    let any = |word: &str| wide.iter().any(|wide| normalised(&wide.text).contains(word));
    let service = if any("class1videotime") {
        "rec"
    } else if any("videotimesd") {
        "mix.h264"
    } else if any("h264") || any("h265") {
        "mix"
    } else {
        return None;
    };
    Some(service.to_owned())
}

/// Returns the service that is said, unless the columns tell a part of it: of mixing by the older API only H.264.
fn narrower(said: Option<String>, told: Option<String>) -> Option<String> {
    match (said, told) {
        (Some(said), Some(told)) if told.split_once('.').is_some_and(|(whole, _)| whole == said) => Some(told),
        (said, told) => said.or(told),
    }
}

/// Returns a day in a name: `2024-10-01` or `20241001`.
pub(in crate::normalise) fn day_in(text: &str) -> Option<Day> {
    let digits = |part: &&str| !part.is_empty();
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(digits).collect();
    let joined = parts.windows(3).find_map(|three| Day::parse(&three.join("-")));
    joined.or_else(|| {
        parts
            .iter()
            .filter(|part| part.len() == 8)
            .find_map(|part| Day::parse(&format!("{}-{}-{}", &part[..4], &part[4..6], &part[6..])))
    })
}
