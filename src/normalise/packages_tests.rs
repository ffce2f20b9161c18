use super::*;
use crate::case::account::App;
use crate::model::Day;
use crate::model::policy::Site;
use crate::read::{InputFile, ReadOptions, open};

fn read(text: &str) -> PackagesRead {
    let day = Day::parse("2023-03-01").unwrap();
    let account = Account { apps: vec![App::new(1_400_000_001)], ..Account::new("100000000001", Site::Cn, day, day) };
    let folder = tempfile::tempdir().unwrap();
    let location = folder.path().join("p.csv");
    std::fs::write(&location, text).unwrap();
    let input = InputFile { path: "packages/p.csv".to_owned(), location };
    let tables: Vec<Table> =
        open(&input, &mut 0, &ReadOptions::default()).into_iter().flat_map(|opened| opened.tables).collect();
    packages(&tables, &account)
}

fn codes(read: &PackagesRead) -> Vec<&'static str> {
    read.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn a_chinese_package_list() {
    let read = read(
        "套餐包ID,套餐包类型,套餐包名称,套餐包时长(分钟),剩余时长(分钟)/(百分比),创建时间,截止时间,状态\n\
         pkg-1,通用,音视频通话-固定套餐包,\"25,000\",4264.5/17.06%,2024-09-01 10:00:00,2025-09-30 23:59:59,使用中\n\
         pkg-2,通用,音视频通话-赠送套餐包,10000,0分钟(0%),2023-03-02 00:00:00,2024-03-31 23:59:59,已用完\n",
    );
    assert_eq!(codes(&read), Vec::<&str>::new());
    let seen: Vec<_> = read
        .packages
        .iter()
        .map(|p| (p.id.as_str(), p.granted.to_string(), p.remaining.to_string(), p.status))
        .collect();
    assert_eq!(
        seen,
        [
            ("pkg-1", "25000".to_owned(), "4264.5".to_owned(), Some(Status::Active)),
            ("pkg-2", "10000".to_owned(), "0".to_owned(), Some(Status::UsedUp)),
        ]
    );
    assert_eq!(read.tables[0].used, 2);
}

#[test]
fn an_international_package_list() {
    let read = read(
        "Package Name,Package ID,Package Type,Package Duration(min),Remaining time of this cycle (minutes)/(%),Start time of this cycle,End time of this cycle,Status of this cycle\n\
         RTC-Engine Pro,pkg-9,Monthly,1500000,1200000.5/80%,2024-10-03 00:00:00,2024-11-02 23:59:59,In use\n",
    );
    assert_eq!(codes(&read), Vec::<&str>::new());
    let package = &read.packages[0];
    assert_eq!((package.remaining.to_string().as_str(), package.status), ("1200000.5", Some(Status::Active)));
    assert_eq!(package.created.map(|at| at.to_string()).as_deref(), Some("2024-10-03T00:00:00"));
}

const DEDUCTION: &str = "PackageName,ResourceId,BeforeDeductionRemain,AfterDeductionRemain,StartTime,EndTime,DeductionTime,DeductionSerialId,DosageUnit,Dosage,ActualDosage,DeductionFactor\n";

#[test]
fn a_deduction_record() {
    let read = read(&format!(
        "{DEDUCTION}包,pkg-1,100,60,2024-10-01 00:00:00,2024-10-01 00:05:00,2024-12-01 00:00:00,1400000001,分钟,10,40,4\n"
    ));
    assert_eq!(codes(&read), Vec::<&str>::new());
    let record = &read.deductions[0];
    assert_eq!((record.app, record.taken.to_string().as_str()), (Some(1_400_000_001), "40"));
}

#[test]
fn every_code_has_its_case() {
    let list = "套餐包ID,套餐包时长,剩余时长,状态\n";
    let cases = [
        ("package-deduction-tie", format!("{DEDUCTION}包,pkg-1,100,70,-,-,-,1400000001,分钟,10,40,4\n")),
        ("package-duplicate", {
            let row = "包,pkg-1,100,60,-,-,-,1400000001,分钟,10,40,4\n";
            format!("{DEDUCTION}{row}{row}")
        }),
        ("package-figure", format!("{list}pkg-1,一百,1,使用中\n")),
        ("package-no-header", "说明\n没有表\n".to_owned()),
        ("package-status", format!("{list}pkg-1,100,1,睡眠\n")),
        ("package-unknown-app", format!("{DEDUCTION}包,pkg-1,100,60,-,-,-,1400000009,分钟,10,40,4\n")),
    ];
    for (code, text) in &cases {
        assert_eq!(codes(&read(text)), [*code], "{text}");
    }
    assert!(CODES.iter().all(|(code, _)| cases.iter().any(|(case, _)| case == code)));
}
