//! Bills as the vendor would issue them for the second implementation's lines:
//! a right bill is never called wrong, whatever the account.

use std::fmt::Write;
use std::fs;

use rust_decimal::Decimal;
use trtc_recon::pipeline::{self, Options, Status, Task};
use trtc_recon::report::{Format, Report};
use trtc_recon::rules::Cards;

use crate::accounts::{self, Sample};
use crate::reference::{self, Site, charges::Line};

pub const HEADER: &str = "支付者UIN,使用者UIN,产品名称,子产品名称,资源ID,交易类型,交易ID,扣费时间,开始使用时间,结束使用时间,\
组件类型,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,原始用量/时长,抵扣用量/时长(含资源包),优惠后总价,币种";

/// The tier as a bill prints it.
fn tier(tier: &str) -> &str {
    match tier {
        "audio" => "语音",
        "sd" => "标清SD",
        "hd" => "高清HD",
        "hdplus" => "超清(HD+)",
        "fhd" => "全高清(Full HD)",
        "2k" => "2K",
        "4k" => "4K",
        other => panic!("{other}"),
    }
}

/// The component as a bill prints it.
fn component(item: &str) -> String {
    let (service, last) = item.rsplit_once('.').unwrap_or((item, ""));
    match service {
        "av" if last == "call" => "通话时长".to_owned(),
        "av" => format!("音视频时长-{}", tier(last)),
        "rec" if last == "4k" => "云端录制-2K+".to_owned(),
        "rec" => format!("云端录制-{}", tier(last)),
        "mix" => "转码-语音".to_owned(),
        "mix.h264" => format!("转码-H264-{}", tier(last)),
        "mix.h265" => format!("转码-H265-{}", tier(last)),
        "deliver.tencent" => format!("录制投递至腾讯云-{}", tier(last)),
        "deliver.third" => format!("录制投递至第三方-{}", tier(last)),
        "page" => format!("页面录制-{}", tier(last)),
        "relay" if last == "tencent" => "旁路转推-腾讯云".to_owned(),
        "relay" => "旁路转推-第三方".to_owned(),
        "snapshot" => "视频截图".to_owned(),
        "mau" => "MAU".to_owned(),
        other => panic!("{other}"),
    }
}

/// A plan as a bill prints it.
pub fn product(plan: &str) -> &str {
    match plan {
        "call-1v1" => "Call 包月套餐-1v1通话版",
        "call-group" => "Call 包月套餐-群组通话版",
        "conference-starter" => "Conference 包月套餐-新手活动",
        "conference-lite" => "Conference 包月套餐-轻量版",
        "conference-standard" => "Conference 包月套餐-标准版",
        "conference-pro" => "Conference 包月套餐-专业版",
        "live-lite" => "Live 包月套餐-轻量版",
        "live-standard" => "Live 包月套餐-标准版",
        "live-pro" => "Live 包月套餐-专业版",
        "rtc-engine-lite" => "RTC-Engine 包月套餐-轻量版",
        "rtc-engine-standard" => "RTC-Engine 包月套餐-基础版",
        "rtc-engine-pro" => "RTC-Engine 包月套餐-专业版",
        "dashboard-standard" => "监控大盘-标准版",
        "dashboard-advanced" => "监控大盘-进阶版",
        "cn2019-starter" => "入门包",
        "cn2019-standard" => "标准包",
        "cn2019-enterprise" => "企业包",
        "cn2019-premium" => "尊享包",
        "cn2019-experience" => "体验包",
        "cn-general-25k" => "音视频通话-固定套餐包: 25000分钟",
        "cn-general-250k" => "音视频通话-固定套餐包: 250000分钟",
        "cn-general-1000k" => "音视频通话-固定套餐包: 1000000分钟",
        "cn-general-3000k" => "音视频通话-固定套餐包: 3000000分钟",
        "cn-general-custom" => "音视频通话-自定义套餐包",
        "cn-month" => "音视频通话-月套餐包",
        other => panic!("{other}"),
    }
}

const fn unit(unit: &str) -> &str {
    match unit.as_bytes() {
        b"min" => "分钟",
        b"thousand" => "千张",
        b"user" => "人",
        b"month" => "月",
        _ => "Mbps",
    }
}

/// An account without that of which no name is known as a bill prints it.
pub fn billable(mut sample: Sample) -> Sample {
    sample.account.minimum = None;
    sample.account.grants.retain(|grant| !grant.plan.starts_with("intl-"));
    sample
}

/// The rows of a bill without fault, and its text.
pub fn l3(sample: &Sample) -> String {
    let rated = reference::rate(&sample.account, &sample.usage);
    let mut text = format!("{HEADER}\n");
    for (at, line) in rated.lines.iter().enumerate() {
        row(&mut text, at, line, sample);
    }
    text
}

fn row(text: &mut String, at: usize, line: &Line, sample: &Sample) {
    let uin = &sample.account.uin;
    let app = line.app.map(|app| app.to_string()).unwrap_or_default();
    let (kind, first, last) = match (line.item.strip_prefix("fee."), line.day.len()) {
        (Some(_), _) => ("包年包月新购", line.day.clone(), line.day.clone()),
        (None, 10) => ("按量计费日结", line.day.clone(), line.day.clone()),
        (None, _) => {
            let month = trtc_recon::model::Month::parse(&line.day).unwrap();
            let last = month.plus(1).first_day() + -1;
            ("按量计费月结", month.first_day().to_string(), last.to_string())
        }
    };
    let name = line.item.strip_prefix("fee.").map_or_else(|| component(&line.item), |plan| product(plan).to_owned());
    let (currency, yuan) = if sample.account.site == Site::Cn { ("CNY", "元") } else { ("USD", "美元") };
    let price: Decimal = reference::half_up(line.unit_price, 8);
    let unit = unit(line.unit);
    let _ = writeln!(
        text,
        "{uin},{uin},实时音视频,实时音视频 TRTC,{app},{kind},T{at},{last} 10:00:00,{first} 00:00:00,{last} 23:59:59,时长,\
         {name},{price},{yuan}/{unit},{},{unit},{},{},{},{currency}",
        line.charged, line.billable, line.covered, line.amount
    );
}

/// Runs `reconcile` on an account with this bill.
pub fn reconcile(sample: &Sample, bill: &str) -> (Status, Option<Report>, String) {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    fs::create_dir_all(case.join("usage")).unwrap();
    fs::create_dir_all(case.join("bills")).unwrap();
    fs::write(case.join("account.toml"), accounts::account_toml(&sample.account)).unwrap();
    fs::write(case.join("usage/usage.csv"), accounts::usage_csv(&sample.usage)).unwrap();
    fs::write(case.join("bills/bill.csv"), bill).unwrap();
    let options = Options {
        out: folder.path().join("out"),
        formats: vec![Format::Json],
        ..Options::reading(Task::Reconcile, None, Cards::embedded())
    };
    let outcome = pipeline::run(&case, &options);
    let found: Vec<String> = outcome.diagnostics.iter().map(ToString::to_string).collect();
    (outcome.status, outcome.report, found.join("\n"))
}

fn is_clean(seed: u64, sample: &Sample) -> Result<(), String> {
    let bill = l3(sample);
    let (status, report, found) = reconcile(sample, &bill);
    if status == Status::Clean {
        return Ok(());
    }
    let rows = report.and_then(|report| report.comparison).map(|comparison| {
        let row = |row: &trtc_recon::compare::Discrepancy| {
            format!(
                "{} {} {:?} {:?} {} {}",
                row.kind.name(),
                row.day,
                row.app,
                row.item,
                row.difference,
                row.explanation
            )
        };
        comparison.discrepancies.iter().take(3).map(row).collect::<Vec<_>>().join("\n  ")
    });
    Err(format!("seed {seed}: {status:?}\n  {}\n  {found}", rows.unwrap_or_default()))
}

#[test]
fn a_right_bill_is_never_called_wrong() {
    let samples = (0..60).map(|seed| (seed, billable(accounts::sample(seed))));
    let older = (0..40).map(|seed| (1000 + seed, billable(accounts::older_sample(seed))));
    let wrong: Vec<String> = samples.chain(older).filter_map(|(seed, sample)| is_clean(seed, &sample).err()).collect();
    assert!(wrong.is_empty(), "{} of 100\n{}", wrong.len(), wrong[..wrong.len().min(6)].join("\n"));
}
