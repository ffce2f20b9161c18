//! What may be wrong with usage.

use super::{ACCOUNT, Case, ROW, USAGE};

fn row(code: &'static str, row: &str) -> Case {
    Case::text(code, "usage/usage.csv", format!("{USAGE}{row}\n"))
}

fn file(code: &'static str, path: &str, text: &str) -> Case {
    Case::text(code, path, text).without("usage/usage.csv")
}

const DETAIL: &str =
    "账号 ID,产品编码,子产品名称,用量单位,用量起始时间,用量截止时间,标准用量,抵扣用量,抵扣余量,sdkAppId,其他信息\n";

fn detail(code: &'static str, row: &str) -> Case {
    file(code, "usage/detail.csv", &format!("{DETAIL}{row}\n"))
}

pub fn cases() -> Vec<Case> {
    let hour = |from: &str, until: &str| format!("2024-10-08 {from}:00,2024-10-08 {until}:00,1400000001,av.hd,600,s\n");
    let of =
        |uin: &str| format!("{uin},p_rav,音视频通话,秒,2024-10-08 10:00:00,2024-10-08 10:04:59,600,,,1400000001,高清");
    vec![
        detail("usage-accounts", &format!("{}\n{}", of("100000000001"), of("100000000009"))),
        row("usage-app", "2024-10-08 10:00:00,2024-10-08 10:05:00,classroom,av.hd,600,s"),
        row("usage-of-excel", "2024-10-08 10:00:00,2024-10-08 10:05:00,1.4E+09,av.hd,600,s"),
        file("usage-app-unnamed", "usage/音视频通话.csv", "时间,高清\n2024-10-08,10\n"),
        detail(
            "usage-app-with-point",
            "100000000001,p_rav,音视频通话,秒,2024-10-08 10:00:00,2024-10-08 10:04:59,600,,,1400000001.0,高清",
        ),
        Case::text("usage-conflict", "usage/usage.csv", format!("{USAGE}{ROW}{}", ROW.replace("600", "601"))),
        Case::text(
            "usage-crossfoot",
            "usage/by-day.csv",
            format!("{USAGE}2024-10-08,2024-10-09,1400000001,av.hd,700,s\n"),
        ),
        file(
            "usage-day-unnamed",
            "usage/通话 1400000001.csv",
            "RoomId,Audio,SD,hd,FullHD,2K,4K\n1001,60,0,600,0,0,0\n",
        ),
        Case::text("usage-duplicate", "usage/usage.csv", format!("{USAGE}{ROW}{ROW}")),
        detail(
            "usage-deduction",
            "100000000001,p_rav,音视频通话,秒,2024-10-08 10:00:00,2024-10-08 10:04:59,600,600,0,1400000001,高清",
        ),
        row("usage-gap", "2024-10-08,2024-10-09,1400000001,av.hd,600,s").without("usage/days.csv"),
        row("usage-interval", "2024-10-08 10:00:00,2024-10-08 10:03:00,1400000001,av.hd,600,s"),
        row("usage-item-unknown", "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hdd,600,s"),
        row("usage-negative", "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,-600,s"),
        Case::new("usage-none", "check case").without("usage/usage.csv").without("usage/days.csv"),
        row("usage-number", "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,1.2E+05,s"),
        row("usage-off-grid", "2024-10-08 10:00:01,2024-10-08 10:05:01,1400000001,av.hd,600,s"),
        row("usage-of-other-period", "2024-09-08 10:00:00,2024-09-08 10:05:00,1400000001,av.hd,600,s")
            .without("usage/days.csv"),
        detail(
            "usage-other-account",
            "100000000009,p_rav,音视频通话,秒,2024-10-08 10:00:00,2024-10-08 10:04:59,600,,,1400000001,高清",
        ),
        Case::text("usage-outside", "usage/november.csv", format!("{USAGE}{}", ROW.replace("2024-10", "2024-11"))),
        Case::text(
            "usage-overlap",
            "usage/usage.csv",
            format!("{USAGE}{}{}", hour("10:00", "11:00"), hour("10:30", "11:30")),
        ),
        row("usage-quantity-missing", "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,-,s"),
        file("usage-service-unnamed", "usage/1400000001.csv", "时间,高清\n2024-10-08,10\n"),
        row("usage-time", "08/10/2024 10:00,08/10/2024 10:05,1400000001,av.hd,600,s"),
        row("usage-too-coarse", "2024-10-01,2024-11-01,1400000001,av.hd,600,s"),
        row("usage-unit", "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,600,GB"),
        row("usage-unknown-app", "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000009,av.hd,600,s"),
        detail(
            "usage-vendor-sum",
            "100000000001,p_rav,音视频通话,秒,2024-10-08 10:00:00,2024-10-08 10:04:59,600,500,90,1400000001,高清",
        ),
        row("item-not-on-card", "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.call,600,s"),
        Case::text("header-column-missing", "usage/usage.csv", "start,end,sdk_app_id,item,quantity\n"),
        Case::text("header-column-twice", "usage/usage.csv", USAGE.replace("unit", "unit,Unit")),
        Case::text(
            "header-column-unknown",
            "usage/usage.csv",
            format!("{}{}", USAGE.replace("unit", "unit,备注"), ROW.replace(",s\n", ",s,x\n")),
        ),
        Case::text("normalise-layout-unknown", "usage/notes.csv", "Minutes of the meeting\n"),
        Case::text(
            "file-not-there",
            "account.toml",
            format!("{ACCOUNT}\n[[file]]\npath = \"usage/usages.csv\"\nservice = \"av\"\n"),
        ),
    ]
}
