//! The usage of a made-up case: its rows, and the forms in which they are written.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::deductions::Deductions;
use super::{FIRST_APP, Files, Layout, Order, UIN, Wanted};
use crate::model::usage::Exactness;
use crate::model::{Item, Place, Stamp, TableRef, Usage};

/// Rows that fit into a sheet beside its header.
pub(super) const MOST_IN_A_SHEET: usize = 1_048_575;

/// An item and the vendor's words for it.
pub(super) struct Words {
    pub(super) item: &'static str,
    service: &'static str,
    component: &'static str,
    tier: &'static str,
    /// As a bill has it.
    pub(super) billed: &'static str,
}

/// The items that every application uses.
pub(super) const ITEMS: [Words; 5] = [
    Words {
        item: "av.audio", service: "音视频通话", component: "订阅时长", tier: "语音", billed: "音视频时长-语音"
    },
    Words {
        item: "av.hd", service: "音视频通话", component: "订阅时长", tier: "高清", billed: "音视频时长-高清HD"
    },
    Words {
        item: "av.fhd",
        service: "音视频通话",
        component: "订阅时长",
        tier: "全高清",
        billed: "音视频时长-全高清(Full HD)",
    },
    Words {
        item: "rec.hd", service: "云端录制", component: "录制时长", tier: "高清", billed: "云端录制-高清HD"
    },
    Words {
        item: "mix.h264.hd",
        service: "混流转码",
        component: "转码时长",
        tier: "H264-高清",
        billed: "转码-H264-高清HD",
    },
];

const COLUMNS: [&str; 20] = [
    "日期",
    "账号 ID",
    "用量统计类型",
    "产品编码",
    "子产品编码",
    "组件类型编码",
    "组件编码",
    "产品名称",
    "子产品名称",
    "组件类型",
    "组件",
    "用量单位",
    "用量起始时间",
    "用量截止时间",
    "标准用量",
    "抵扣用量",
    "抵扣余量",
    "sdkAppId",
    "其他信息",
    "用量模板名称",
];
const SHEET: &str = "实时音视频_时长_5分钟";

/// The 5-minute slots of a day.
const SLOTS_A_DAY: u64 = 288;

/// One row of usage.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) start: Stamp,
    pub(super) app: u64,
    /// Its position in [`ITEMS`].
    pub(super) item: usize,
    pub(super) seconds: u32,
    number: u32,
}

impl Row {
    /// Returns the row as the rating takes it.
    pub(super) fn usage(self) -> Usage {
        let Some(item) = Item::parse(ITEMS[self.item].item) else {
            unreachable!("{} is an item", ITEMS[self.item].item)
        };
        Usage {
            start: self.start,
            seconds: 300,
            item,
            exactness: Exactness::Exact,
            app: self.app,
            quantity: self.seconds.into(),
            place: Place { table: TableRef(0), row: self.number },
        }
    }
}

/// A part of the usage: what one file holds.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The file's name.
    pub(super) name: String,
    /// 5-minute slots, from the start of the month on.
    slots: Range<u64>,
    /// Applications, from the first on.
    apps: Range<u64>,
}

/// Returns the files of the usage.
pub(super) fn parts(wanted: &Wanted) -> Vec<Part> {
    let (slots, apps) = (0..u64::from(wanted.days) * SLOTS_A_DAY, 0..u64::from(wanted.apps));
    let name = |part: &str| match wanted.layout {
        Layout::Detail => format!("usage-detail{part}.csv"),
        Layout::Workbook => format!("usage-detail{part}.xlsx"),
        Layout::Tidy => format!("usage{part}.csv"),
    };
    match wanted.files {
        Files::One => vec![Part { name: name(""), slots, apps }],
        Files::Day => {
            let day = |day: u64| Part {
                name: name(&format!("-{}", wanted.period.first_day() + i32::try_from(day).unwrap_or(i32::MAX))),
                slots: day * SLOTS_A_DAY..(day + 1) * SLOTS_A_DAY,
                apps: apps.clone(),
            };
            (0..u64::from(wanted.days)).map(day).collect()
        }
        Files::App => {
            let app = |app: u64| Part {
                name: name(&format!("-{}", FIRST_APP + app)),
                slots: slots.clone(),
                apps: app..app + 1,
            };
            apps.clone().map(app).collect()
        }
    }
}

impl Part {
    /// Returns the part's rows in the order that is wanted. A row has the same figures in every order.
    pub(super) fn rows(&self, wanted: &Wanted) -> impl Iterator<Item = Row> {
        let wanted = *wanted;
        let first = wanted.period.first_day().start();
        let (all, items) = (u64::from(wanted.apps), ITEMS.len() as u64);
        let (slots, apps) = (self.slots.clone(), self.apps.clone());
        let (slot_count, app_count) = (slots.end - slots.start, apps.end - apps.start);
        let position = move |at: u64| {
            let (item, at) = (at % items, at / items);
            let (slot, app) = match wanted.order {
                Order::Time => (at / app_count, at % app_count),
                Order::App => (at % slot_count, at / slot_count),
            };
            ((slots.start + slot) * all + apps.start + app) * items + item
        };
        let positions = (0..slot_count * app_count * items).map(position);
        positions.filter(move |position| *position < wanted.count()).map(move |position| {
            let (slot, series) = (position / (all * items), position % (all * items));
            Row {
                start: first + i64::try_from(slot).unwrap_or(i64::MAX) * 300,
                app: FIRST_APP + series / items,
                item: usize::try_from(series % items).unwrap_or(usize::MAX),
                seconds: u32::try_from(1 + wanted.figure(position) % 3_599).unwrap_or(1),
                number: u32::try_from(position + 2).unwrap_or(u32::MAX),
            }
        })
    }
}

/// Writes a file of the usage into a folder.
pub(super) fn write(folder: &Path, part: &Part, wanted: &Wanted, deductions: &mut Deductions) -> io::Result<()> {
    if !wanted.zip {
        let mut out = BufWriter::with_capacity(1 << 20, File::create_new(folder.join(&part.name))?);
        write_rows(&mut out, part, wanted, deductions)?;
        return out.into_inner()?.sync_all();
    }
    let mut zip = ZipWriter::new(File::create_new(folder.join(format!("{}.zip", part.name)))?);
    let method = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    // The time of writing would differ from run to run.
    zip.start_file(&part.name, method.last_modified_time(DateTime::default())).map_err(io::Error::other)?;
    let mut out = BufWriter::with_capacity(1 << 20, zip);
    write_rows(&mut out, part, wanted, deductions)?;
    out.into_inner()?.finish().map_err(io::Error::other)?.sync_all()
}

fn write_rows(out: &mut impl Write, part: &Part, wanted: &Wanted, deductions: &mut Deductions) -> io::Result<()> {
    if wanted.layout == Layout::Workbook {
        let mut book = workbook(part, wanted, deductions).map_err(io::Error::other)?;
        return out.write_all(&book.save_to_buffer().map_err(io::Error::other)?);
    }
    let detail = wanted.layout == Layout::Detail;
    let header = if detail { COLUMNS.join(",") } else { "start,end,sdk_app_id,item,quantity,unit".to_owned() };
    writeln!(out, "{header}")?;
    let mut times = Times::of(wanted.period.first_day().start());
    for row in part.rows(wanted) {
        times.turn_to(row.start);
        if detail {
            write_detail(out, &row, deductions.printed(&row), &times)?;
        } else {
            write_tidy(out, &row, &times)?;
        }
    }
    Ok(())
}

/// The times of a slot as text: they are the same for many rows.
struct Times {
    start: Stamp,
    day: String,
    from: String,
    until: String,
}

impl Times {
    fn of(start: Stamp) -> Self {
        let text = |at: Stamp| at.to_string().replace('T', " ");
        Self { start, day: start.day().to_string(), from: text(start), until: text(start + 300) }
    }

    fn turn_to(&mut self, start: Stamp) {
        if self.start != start {
            *self = Self::of(start);
        }
    }
}

fn write_detail(out: &mut impl Write, row: &Row, deducted: u32, times: &Times) -> io::Result<()> {
    let (words, seconds) = (&ITEMS[row.item], row.seconds);
    writeln!(
        out,
        "{},{UIN},minute,p_rav,sp_rav_audio_video,v_rav_time,sv_rav_time_subscribe,实时音视频,{},时长,{},秒,{},{},{seconds},{deducted},{},{},\
         \"[{{\"\"Key\"\":\"\"tgr\"\",\"\"Value\"\":\"\"{}\"\"}}]\",\"[\"\"{SHEET}\"\"]\"",
        times.day,
        words.service,
        words.component,
        times.from,
        times.until,
        seconds - deducted,
        row.app,
        words.tier
    )
}

fn write_tidy(out: &mut impl Write, row: &Row, times: &Times) -> io::Result<()> {
    writeln!(out, "{},{},{},{},{},s", times.from, times.until, row.app, ITEMS[row.item].item, row.seconds)
}

fn workbook(part: &Part, wanted: &Wanted, deductions: &mut Deductions) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    // The day of making would differ from run to run.
    let made = ExcelDateTime::from_ymd(2024, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    sheet.set_name(SHEET)?;
    for (column, name) in (0..).zip(COLUMNS) {
        sheet.write_string(0, column, name)?;
    }
    let mut times = Times::of(wanted.period.first_day().start());
    for (line, row) in (1..).zip(part.rows(wanted)) {
        times.turn_to(row.start);
        let words = &ITEMS[row.item];
        let app = row.app.to_string();
        let attributes = format!("[{{\"Key\":\"tgr\",\"Value\":\"{}\"}}]", words.tier);
        let template = format!("[\"{SHEET}\"]");
        let front = [
            &times.day,
            UIN,
            "minute",
            "p_rav",
            "sp_rav_audio_video",
            "v_rav_time",
            "sv_rav_time_subscribe",
            "实时音视频",
            words.service,
            "时长",
            words.component,
            "秒",
            &times.from,
            &times.until,
        ];
        for (column, text) in (0..).zip(front) {
            sheet.write_string(line, column, text)?;
        }
        let deducted = deductions.printed(&row);
        for (column, figure) in (14..).zip([row.seconds, deducted, row.seconds - deducted]) {
            sheet.write_number(line, column, figure)?;
        }
        for (column, text) in (17..).zip([&app, &attributes, &template]) {
            sheet.write_string(line, column, text)?;
        }
    }
    Ok(book)
}
