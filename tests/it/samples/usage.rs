//! A sample's usage as the reference takes it: a small reader of the usage
//! detail (xlsx and CSV), the tidy CSV and the console export, in no more words
//! than the samples use. Only the finest rows are taken.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use calamine::{Reader, Xlsx, open_workbook};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

use crate::reference::{Usage, dec};

/// How long an interval lasts that is known in whole minutes only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// As short as rounding up allows.
    Least,
    /// As long as it says.
    Most,
}

/// All usage of a sample, in the order of its files.
pub fn usage(folder: &Path, bound: Bound) -> Vec<Usage> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| tables(file).into_iter().flat_map(|table| rows(file, &table, bound))).collect()
}

type Rows = Vec<Vec<String>>;

fn tables(file: &Path) -> Vec<Rows> {
    if file.extension().unwrap() == "csv" {
        let bytes = fs::read(file).unwrap();
        let text = String::from_utf8(bytes)
            .unwrap_or_else(|bad| encoding_rs::GB18030.decode_without_bom_handling(bad.as_bytes()).0.into_owned());
        return vec![text.trim_start_matches('\u{feff}').lines().map(cells).collect()];
    }
    let mut book: Xlsx<_> = open_workbook(file).unwrap();
    let sheets = book.worksheets().into_iter();
    sheets.map(|(_, sheet)| sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()).collect()
}

/// The fields of a line; a quote inside a quoted field is doubled.
pub fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cells.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(letter),
        }
    }
    cells
}

fn rows(file: &Path, table: &Rows, bound: Bound) -> Vec<Usage> {
    let header = &table[0];
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let body = table[1..].iter();
    if header[0] == "start" {
        return body.map(|row| tidy(row)).collect();
    }
    if header[0] == "时间" {
        return body.flat_map(|row| console(file, header, row, bound)).collect();
    }
    let (grain, product) = (at("用量统计类型"), at("产品编码"));
    let finest = body.filter(|row| row[grain] == "minute" && row[product] == "p_rav");
    let words = [at("子产品名称"), at("组件"), at("其他信息")];
    finest
        .map(|row| {
            let start = moment(&row[at("用量起始时间")]);
            assert_eq!(row[at("用量单位")], "秒");
            Usage {
                start,
                end: start.checked_add(5.minutes()).unwrap(),
                app: row[at("sdkAppId")].parse().unwrap(),
                item: item(words.map(|column| row[column].as_str())),
                quantity: dec(&row[at("标准用量")]),
            }
        })
        .collect()
}

fn tidy(row: &[String]) -> Usage {
    let quantity = dec(&row[4]) * if row[5] == "min" { Decimal::from(60) } else { Decimal::ONE };
    let (start, end) = (moment(&row[0]), moment(&row[1]));
    Usage { start, end, app: row[2].parse().unwrap(), item: row[3].clone(), quantity }
}

/// A console export of 5-minute rows, `<service>_<SDKAppID>….csv`.
fn console(file: &Path, header: &[String], row: &[String], bound: Bound) -> Vec<Usage> {
    let name = file.file_stem().unwrap().to_str().unwrap();
    let mut parts = name.split('_');
    assert_eq!(parts.next(), Some("音视频通话"));
    let app = parts.next().unwrap().parse().unwrap();
    let start = moment(&row[0]);
    let length = if name.contains("5分钟") { 5.minutes() } else { 1440.minutes() };
    let used = header.iter().zip(row).skip(1).filter(|(_, minutes)| *minutes != "0");
    used.map(|(column, minutes)| {
        let most = dec(minutes) * Decimal::from(60);
        let exact = bound == Bound::Most || !name.contains("5分钟");
        let quantity = if exact { most } else { most - Decimal::from(59) };
        let end = start.checked_add(length).unwrap();
        Usage { start, end, app, item: format!("av.{}", tier(column)), quantity }
    })
    .collect()
}

fn moment(text: &str) -> DateTime {
    let text = text.replace(' ', "T");
    DateTime::from_str(&text).unwrap_or_else(|_| Date::from_str(&text).unwrap().to_datetime(Time::midnight()))
}

fn tier(word: &str) -> &'static str {
    match word {
        "语音" | "语音时长(分钟)" => "audio",
        "标清" => "sd",
        "高清" | "高清时长(分钟)" => "hd",
        "超清(HD+)" => "hdplus",
        "全高清" | "全高清时长(分钟)" => "fhd",
        "2K" => "2k",
        "4K" => "4k",
        _ => panic!("no tier: {word}"),
    }
}

/// The item that the words of a row of the usage detail name.
fn item([service, component, attributes]: [&str; 3]) -> String {
    let value = attributes.split("\"Value\":\"").nth(1).map(|rest| rest.split('"').next().unwrap());
    match (service, value) {
        ("音视频通话", None) if component == "通话时长" => "av.call".to_owned(),
        ("音视频通话", Some(word)) => format!("av.{}", tier(word)),
        ("云端录制", Some(word)) => format!("rec.{}", tier(word)),
        ("混流转码", Some("语音")) => "mix.audio".to_owned(),
        ("混流转码", Some(word)) => {
            let (codec, word) = word.split_once('-').unwrap();
            format!("mix.{}.{}", codec.to_lowercase(), tier(word))
        }
        _ => panic!("no item: {service} {component} {attributes}"),
    }
}
