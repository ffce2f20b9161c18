//! The usage of a made-up case: its rows, and the forms in which they are written.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::{FIRST_APP, Layout, UIN, Wanted};
use crate::model::usage::Exactness;
use crate::model::{Item, Place, Stamp, TableRef, Usage};

/// Rows that fit into a sheet beside its header.
pub(super) const MOST_IN_A_SHEET: u64 = 1_048_575;

/// An item and the vendor's words for it.
pub(super) struct Words {
    pub(super) item: &'static str,
    service: &'static str,
    component: &'static str,
    tier: &'static str,
    /// As a bill has it.
    pub(super) billed: &'static str,
}

/// What every application uses.
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

/// One row of usage.
#[derive(Clone, Copy)]
pub(super) struct Row {
    start: Stamp,
    app: u64,
    item: usize,
    seconds: u32,
    number: u32,
}

impl Row {
    /// The row as the rating takes it.
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

/// The rows in order of time, application, item.
pub(super) fn rows(wanted: &Wanted) -> impl Iterator<Item = Row> {
    let wanted = *wanted;
    let first = wanted.period.first_day().start();
    let (apps, items) = (u64::from(wanted.apps), ITEMS.len() as u64);
    (0..wanted.count()).map(move |position| {
        let (slot, series) = (position / (apps * items), position % (apps * items));
        let narrow = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        Row {
            start: first + i64::try_from(slot).unwrap_or(i64::MAX) * 300,
            app: FIRST_APP + series / items,
            item: narrow(series % items),
            seconds: u32::try_from(1 + wanted.figure(position) % 3_599).unwrap_or(1),
            number: u32::try_from(position + 2).unwrap_or(u32::MAX),
        }
    })
}

/// The file's name.
pub(super) const fn name(layout: Layout) -> &'static str {
    match layout {
        Layout::Detail => "usage-detail.csv",
        Layout::Workbook => "usage-detail.xlsx",
        Layout::Tidy => "usage.csv",
    }
}

/// Writes the usage.
pub(super) fn write(path: &Path, wanted: &Wanted) -> io::Result<()> {
    if wanted.layout == Layout::Workbook {
        return workbook(wanted).and_then(|mut book| book.save(path)).map_err(io::Error::other);
    }
    let mut out = BufWriter::with_capacity(1 << 20, File::create_new(path)?);
    let detail = wanted.layout == Layout::Detail;
    let header = if detail { COLUMNS.join(",") } else { "start,end,sdk_app_id,item,quantity,unit".to_owned() };
    writeln!(out, "{header}")?;
    let mut times = Times::of(wanted.period.first_day().start());
    for row in rows(wanted) {
        times.turn_to(row.start);
        if detail { write_detail(&mut out, &row, &times)? } else { write_tidy(&mut out, &row, &times)? }
    }
    out.into_inner()?.sync_all()
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

fn write_detail(out: &mut impl Write, row: &Row, times: &Times) -> io::Result<()> {
    let (words, seconds) = (&ITEMS[row.item], row.seconds);
    writeln!(
        out,
        "{},{UIN},minute,p_rav,sp_rav_audio_video,v_rav_time,sv_rav_time_subscribe,实时音视频,{},时长,{},秒,{},{},{seconds},,,{},\
         \"[{{\"\"Key\"\":\"\"tgr\"\",\"\"Value\"\":\"\"{}\"\"}}]\",\"[\"\"{SHEET}\"\"]\"",
        times.day, words.service, words.component, times.from, times.until, row.app, words.tier
    )
}

fn write_tidy(out: &mut impl Write, row: &Row, times: &Times) -> io::Result<()> {
    writeln!(out, "{},{},{},{},{},s", times.from, times.until, row.app, ITEMS[row.item].item, row.seconds)
}

fn workbook(wanted: &Wanted) -> Result<Workbook, XlsxError> {
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
    for (line, row) in (1..).zip(rows(wanted)) {
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
        // 抵扣用量 and 抵扣余量 stay empty, as in exports that print no deduction.
        sheet.write_number(line, 14, row.seconds)?;
        for (column, text) in (17..).zip([&app, &attributes, &template]) {
            sheet.write_string(line, column, text)?;
        }
    }
    Ok(book)
}
