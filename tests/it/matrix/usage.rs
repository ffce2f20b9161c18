//! The account's usage in each layout of the vendor.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::{APPS, File, Sheet};
use crate::forms;
use crate::reference::{Account, Usage, plain};

/// A layout's name and its tables.
type Layout = (String, Vec<Sheet>);

fn shown(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn last_second(moment: DateTime) -> String {
    shown(moment.checked_add(-1.second()).unwrap())
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// The days' sums: what a table by the day holds.
fn by_day(used: &[Usage]) -> Vec<Usage> {
    let mut days: Vec<Usage> = Vec::new();
    for usage in used {
        let start = usage.start.date().to_datetime(jiff::civil::Time::midnight());
        let same = |day: &&mut Usage| (day.start, day.app, &day.item) == (start, usage.app, &usage.item);
        match days.iter_mut().find(same) {
            Some(day) => day.quantity += usage.quantity,
            None => days.push(Usage { start, end: start.checked_add(1.day()).unwrap(), ..usage.clone() }),
        }
    }
    days
}

/// The tidy form in seconds.
pub fn tidy(used: &[Usage]) -> Vec<Sheet> {
    let header = row(["start", "end", "sdk_app_id", "item", "quantity", "unit"]);
    let line = |usage: &Usage| {
        let app = usage.app.to_string();
        row([&shown(usage.start), &shown(usage.end), &app, &usage.item, &plain(usage.quantity), "s"])
    };
    let rows = std::iter::once(header).chain(used.iter().map(line)).collect();
    vec![("usage".to_owned(), "usage".to_owned(), rows)]
}

/// Service, component and tier, as the usage detail names an item.
fn words(item: &str) -> [&'static str; 3] {
    match item {
        "av.audio" => ["音视频通话", "订阅时长", "语音"],
        "av.hd" => ["音视频通话", "订阅时长", "高清"],
        "mix.audio" => ["混流转码", "转码时长", "语音"],
        "mix.h264.hd" => ["混流转码", "转码时长", "H264-高清"],
        "rec.hd" => ["云端录制", "录制时长", "高清"],
        "rec.fhd" => ["云端录制", "录制时长", "超高清"],
        _ => panic!("{item}"),
    }
}

/// The usage detail under Chinese headers, or under the keys of the API.
pub fn detail(account: &Account, used: &[Usage], grain: &str, keys: bool) -> Sheet {
    let chinese = [
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
    let english = [
        "Date",
        "Uin",
        "DosageType",
        "ProductCode",
        "SubProductCode",
        "BillingItemCode",
        "SubBillingItemCode",
        "ProductName",
        "SubProductName",
        "BillingItemName",
        "SubBillingItemName",
        "DosageUnit",
        "DosageBeginTime",
        "DosageEndTime",
        "DosageValue",
        "DeductValue",
        "RemainValue",
        "SdkAppId",
        "AttrStr",
        "SheetName",
    ];
    let sheet = if grain == "day" { "实时音视频_时长_日" } else { "实时音视频_时长_5分钟" };
    let line = |usage: &Usage| {
        let [service, component, tier] = words(&usage.item);
        let (day, app, quantity) = (usage.start.date().to_string(), usage.app.to_string(), plain(usage.quantity));
        let tier = format!(r#"[{{"Key":"tgr","Value":"{tier}"}}]"#);
        let template = format!(r#"["{sheet}"]"#);
        row([
            &day,
            &account.uin,
            grain,
            "p_rav",
            "sp_rav_audio_video",
            "v_rav_time",
            "sv_rav_time_subscribe",
            "实时音视频",
            service,
            "时长",
            component,
            "秒",
            &shown(usage.start),
            &last_second(usage.end),
            &quantity,
            "",
            "",
            &app,
            &tier,
            &template,
        ])
    };
    let rows = std::iter::once(row(if keys { english } else { chinese })).chain(used.iter().map(line)).collect();
    let file = format!("账单用量明细-{}-202410-{grain}", account.uin);
    (file, sheet.to_owned(), rows)
}

/// A page of the console: its name, its application, its columns and their items.
struct Page {
    service: &'static str,
    app: u64,
    columns: [(&'static str, &'static str); 2],
    keys: [&'static str; 2],
    call: &'static str,
}

const PAGES: [Page; 3] = [
    Page {
        service: "音视频通话",
        app: APPS[0],
        columns: [("语音", "av.audio"), ("高清", "av.hd")],
        keys: ["Audio", "HD"],
        call: "DescribeTrtcUsage",
    },
    Page {
        service: "混流转码",
        app: APPS[0],
        columns: [("语音时长(分钟)", "mix.audio"), ("HDH264", "mix.h264.hd")],
        keys: ["Audio", "HDH264"],
        call: "DescribeMixTranscodingUsage",
    },
    Page {
        service: "云端录制",
        app: APPS[1],
        columns: [("高清视频时长", "rec.hd"), ("超高清", "rec.fhd")],
        keys: ["HD", "FullHD"],
        call: "DescribeRecordingUsage",
    },
];

impl Page {
    /// Its minutes, each rounded up: time, then one figure for each column.
    fn minutes(&self, used: &[Usage]) -> Vec<(DateTime, [String; 2])> {
        let mut rows: BTreeMap<DateTime, [Decimal; 2]> = BTreeMap::new();
        for usage in used.iter().filter(|usage| usage.app == self.app) {
            if let Some(at) = self.columns.iter().position(|(_, item)| *item == usage.item) {
                rows.entry(usage.start).or_default()[at] += (usage.quantity / Decimal::from(60)).ceil();
            }
        }
        rows.into_iter().map(|(time, minutes)| (time, minutes.map(plain))).collect()
    }

    /// As the console exports it. By the day only the date is shown.
    fn sheet(&self, used: &[Usage], grain: &str) -> Sheet {
        let name = format!("{}_{}_{grain}", self.service, self.app);
        let [first, second] = self.columns.map(|(column, _)| column);
        let time = |moment: DateTime| if grain == "日" { moment.date().to_string() } else { shown(moment) };
        let lines = self.minutes(used).into_iter().map(|(moment, [a, b])| row([&time(moment), &a, &b]));
        (name.clone(), name, std::iter::once(row(["时间", first, second])).chain(lines).collect())
    }

    /// As the usage API answers.
    fn json(&self, used: &[Usage]) -> (String, String) {
        let entry = |(moment, [a, b]): (DateTime, [String; 2])| {
            format!(r#"{{"TimeKey":"{}","UsageValue":[{a},{b}]}}"#, shown(moment))
        };
        let list: Vec<String> = self.minutes(used).into_iter().map(entry).collect();
        let keys = self.keys.map(|key| format!("\"{key}\"")).join(",");
        let text =
            format!(r#"{{"Response":{{"UsageKey":[{keys}],"UsageList":[{}],"RequestId":"r-1"}}}}"#, list.join(","));
        (format!("{}-{}", self.call, self.app), text)
    }
}

/// Layouts that tell the days' seconds.
pub fn exact(account: &Account, used: &[Usage]) -> Vec<Layout> {
    let days = by_day(used);
    let both = vec![detail(account, used, "minute", false), detail(account, &days, "day", false)];
    let console: Vec<Sheet> = PAGES.iter().map(|page| page.sheet(&days, "日")).collect();
    let overlapping: Vec<Sheet> = console.iter().cloned().chain([both[0].clone()]).collect();
    [
        ("tidy", tidy(used)),
        ("tidy by the day", tidy(&days)),
        ("detail", vec![both[0].clone()]),
        ("detail under the API's keys", vec![detail(account, used, "minute", true)]),
        ("detail by the day", vec![both[1].clone()]),
        ("detail in both grains", both),
        ("console by the day", console),
        ("console by the day beside the detail", overlapping),
    ]
    .map(|(name, sheets)| (name.to_owned(), sheets))
    .to_vec()
}

/// Layouts that tell 5-minute minutes alone.
pub fn rounded(used: &[Usage]) -> Vec<Layout> {
    vec![("console by five minutes".to_owned(), PAGES.iter().map(|page| page.sheet(used, "5分钟")).collect())]
}

/// JSON in its encodings, plain and in zips.
fn dressed(layout: &str, files: &[(String, String)]) -> Vec<(String, Vec<File>)> {
    let each = |write: &dyn Fn(&str) -> Vec<u8>| -> Vec<File> {
        files.iter().map(|(name, text)| (format!("{name}.json"), write(text))).collect()
    };
    let utf8 = each(&|text| text.as_bytes().to_vec());
    let packed = |gbk| vec![("接口返回.zip".to_owned(), forms::zip(&utf8, gbk))];
    [
        ("UTF-8", utf8.clone()),
        ("BOM", each(&|text| format!("\u{feff}{text}").into_bytes())),
        ("UTF-16", each(&|text| forms::utf16(text, true))),
        ("GB18030", each(&|text| forms::gb18030(text))),
        ("zip", packed(false)),
        ("zip of GBK names", packed(true)),
    ]
    .map(|(dress, files)| (format!("{layout} as {dress}"), files))
    .to_vec()
}

/// The APIs' answers that tell the days' seconds.
pub fn exact_json(account: &Account, used: &[Usage]) -> Vec<(String, Vec<File>)> {
    let days = by_day(used);
    let minutes: Vec<(String, String)> = PAGES.iter().map(|page| page.json(&days)).collect();
    let mut seconds = rooms(&days);
    seconds.extend([recordings(&days), mixing(&days)]);
    let details = dosage(account, used);
    [dressed("API by the day", &minutes), dressed("API in seconds", &seconds), dressed("API details", &details)]
        .concat()
}

/// `DescribeDosageDetailList`: two pages, a file each.
fn dosage(account: &Account, used: &[Usage]) -> Vec<(String, String)> {
    let (_, _, rows) = detail(account, used, "minute", true);
    let entry = |row: &Vec<String>| {
        let value = |(key, text): (&String, &String)| {
            let list = key == "AttrStr" || key == "SheetName";
            let value = if list { serde_json::from_str(text).unwrap() } else { serde_json::Value::from(text.as_str()) };
            (key.clone(), value)
        };
        serde_json::Value::Object(rows[0].iter().zip(row).map(value).collect())
    };
    let entries: Vec<serde_json::Value> = rows[1..].iter().map(entry).collect();
    let page = |(at, part): (usize, &[serde_json::Value])| {
        let response = serde_json::json!({ "Response": { "Record": part, "Total": entries.len(), "Error": null } });
        (format!("DescribeDosageDetailList-{at}"), response.to_string())
    };
    entries.chunks(entries.len().div_ceil(2)).enumerate().map(page).collect()
}

/// The APIs' answers of 5-minute minutes.
pub fn rounded_json(used: &[Usage]) -> Vec<(String, Vec<File>)> {
    dressed("API by five minutes", &PAGES.iter().map(|page| page.json(used)).collect::<Vec<_>>())
}

fn quantity(days: &[Usage], start: DateTime, item: &str) -> Decimal {
    days.iter().find(|day| day.start == start && day.item == item).unwrap().quantity
}

fn starts(days: &[Usage]) -> Vec<DateTime> {
    let mut starts: Vec<DateTime> = days.iter().map(|day| day.start).collect();
    starts.dedup();
    starts
}

/// `DescribeTrtcRoomUsage`: a CSV of the rooms of a day, in seconds.
fn rooms(days: &[Usage]) -> Vec<(String, String)> {
    let of_day = |start: &DateTime| {
        let (audio, hd) = (quantity(days, *start, "av.audio"), quantity(days, *start, "av.hd"));
        // Two rooms; the second has a third of the sound.
        let part = (audio / Decimal::from(3)).floor();
        let csv = format!(
            "RoomId,Audio,SD,hd,FullHD,2K,4K\n1001,{},0,{hd},0,0,0\n\"team, 2\",{part},0,0,0,0,0\n",
            audio - part
        );
        let name = format!("DescribeTrtcRoomUsage-{}-{}", APPS[0], start.date());
        (name, serde_json::json!({ "Response": { "Data": csv, "RequestId": "r-1" } }).to_string())
    };
    starts(days).iter().map(of_day).collect()
}

/// `DescribeRecordStatistic`, in seconds.
fn recordings(days: &[Usage]) -> (String, String) {
    let entry = |start: &DateTime| {
        format!(
            r#"{{"TimeKey":"{}","AudioTime":0,"Class1VideoTime":0,"Class2VideoTime":{},"Class3VideoTime":{}}}"#,
            start.date(),
            quantity(days, *start, "rec.hd"),
            quantity(days, *start, "rec.fhd")
        )
    };
    let list: Vec<String> = starts(days).iter().map(entry).collect();
    let text = format!(
        r#"{{"Response":{{"SdkAppIdUsages":[{{"SdkAppId":{},"Usages":[{}]}}],"RequestId":"r-1"}}}}"#,
        APPS[1],
        list.join(",")
    );
    ("DescribeRecordStatistic".to_owned(), text)
}

/// `DescribeTrtcMcuTranscodeTime`, in seconds.
fn mixing(days: &[Usage]) -> (String, String) {
    let entry = |start: &DateTime| {
        format!(
            r#"{{"TimeKey":"{}","AudioTime":{},"VideoTimeSd":0,"VideoTimeHd":{},"VideoTimeFhd":0,"Flux":0}}"#,
            start.date(),
            quantity(days, *start, "mix.audio"),
            quantity(days, *start, "mix.h264.hd")
        )
    };
    let list: Vec<String> = starts(days).iter().map(entry).collect();
    let text = format!(r#"{{"Response":{{"Usages":[{}],"RequestId":"r-1"}}}}"#, list.join(","));
    (format!("DescribeTrtcMcuTranscodeTime-{}", APPS[0]), text)
}
