use std::path::Path;

use super::*;
use crate::case::account::{Account, Alias, App};
use crate::model::policy::{Cut, Site};
use crate::model::{Day, Item, Month, Stamp};
use crate::read::{InputFile, ReadOptions, open};

fn account(site: Site) -> Account {
    let day = |text| Day::parse(text).unwrap();
    Account {
        apps: [1_400_000_001, 1_400_000_002].map(App::new).to_vec(),
        aliases: vec![Alias { text: "某自定义组件".to_owned(), item: Item::parse("av.hd").unwrap() }],
        ..Account::new("100000000001", site, day("2023-03-01"), day("2023-03-02"))
    }
}

/// Reads files of a bill folder, given as name and text.
fn read_as(files: &[(&str, &str)], account: &Account) -> BillRead {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path(), files);
    bills(&tables, account, Window::of(account.cut, Month::parse("2024-10").unwrap()))
}

fn tables(folder: &Path, files: &[(&str, &str)]) -> Vec<Table> {
    let mut next = 0;
    let mut tables = Vec::new();
    for (name, text) in files {
        let location = folder.join(name);
        std::fs::write(&location, text).unwrap();
        let input = InputFile { path: format!("bills/{name}"), location };
        for opened in open(&input, &mut next, &ReadOptions::default()) {
            assert!(!opened.diagnostics.has_errors(), "{:?}", opened.diagnostics);
            tables.extend(opened.tables);
        }
    }
    tables
}

fn cn(text: &str) -> BillRead {
    read_as(&[("l3.csv", text)], &account(Site::Cn))
}

fn codes(read: &BillRead) -> Vec<&'static str> {
    read.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

/// Returns a line as `class item app from until usage-covered=charged @price/per amount currency`.
fn shown(line: &InvoiceLine) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    format!(
        "{:?} {} {} {} {} {}-{}={} @{} {} {}",
        line.class,
        or_dash(line.item.map(|item| item.to_string())),
        or_dash(line.app.map(|app| app.to_string())),
        line.span.from.day(),
        line.span.until.day(),
        or_dash(line.usage.map(|q| q.to_string())),
        or_dash(line.covered.map(|q| q.to_string())),
        or_dash(line.charged.map(|q| q.to_string())),
        or_dash(line.price.map(|price| format!("{}/{}", price.figure, price.per))),
        line.amount,
        line.currency,
    )
}

fn lines(read: &BillRead) -> Vec<String> {
    read.lines.iter().map(shown).collect()
}

const L3: &str = "支付者UIN,使用者UIN,产品名称,计费模式,资源ID,子产品名称,交易类型,交易ID,扣费时间,开始使用时间,结束使用时间,组件类型,组件名称,组件刊例价,组件单价,组件价格单位,组件用量,组件用量单位,使用时长,时长单位,组件原价,折扣率,优惠后总价,代金券支出(元),赠送账户支出(元),现金账户支出(元),原始用量/时长,抵扣用量/时长(含资源包)\n";

fn l3(rows: &str) -> BillRead {
    cn(&format!("{L3}{rows}"))
}

#[test]
fn a_chinese_l3_bill_row_by_row() {
    // 1,200 minutes of HD, 200 covered: 1,000 x 28 / 1,000 = 28, less 15 % = 23.8.
    let read = l3("\
100000000001,100000000001,实时音视频,后付费,1400000001,音视频通话,按量计费日结,t1,2024-10-02 10:01:00,2024-10-01 00:00:00,2024-10-01 23:59:59,音视频时长,高清HD,28,23.8,元/千分钟,1000,分钟,1,天,28,0.85,23.8,0,0,23.8,1200,200
100000000001,100000000001,实时音视频,后付费,sdkappid_1400000002,音视频通话,按量计费日结,t2,2024-10-02 10:01:00,2024-10-01 00:00:00,2024-10-02 00:00:00,音视频时长,语音,7,7,元/1000分钟,10,分钟,1,天,0.07,1,0.07,0,0,0.07,10,0
100000000001,100000000001,实时音视频,后付费,14000000019,,调账补偿,t3,2024-10-20 10:01:00,2024-10-20 10:01:00,-,-,-,-,-,-,-,-,-,-,-,-,-5,0,0,-5,-,-
100000000001,100000000001,云服务器,包年包月,ins-1,,包年包月新购,t4,2024-10-02 10:01:00,2024-10-02 10:01:00,-,CPU,CPU,1,1,元/月,1,个,1,月,1,1,1,0,0,1,-,-
100000000001,100000000001,实时音视频,后付费,-,,按量计费日结,-,2024-11-01 05:00:00,2024-10-31 23:59:59,2024-10-31 23:59:59,月度计费精度差异,billVirtualId,-,-,-,-,-,-,-,-,-,0.0034,0,0,0.0034,-,-
合计,,,,,,,,,,,,,,,,,,,,,,18.8734,,,,,
");
    assert_eq!(codes(&read), Vec::<&str>::new());
    assert_eq!(
        lines(&read),
        [
            "Usage av.hd 1400000001 2024-10-01 2024-10-02 1200-200=1000 @23.8/1000 23.8 CNY",
            "Usage av.audio 1400000002 2024-10-01 2024-10-02 10-0=10 @7/1000 0.07 CNY",
            "Adjustment - - 2024-10-20 2024-10-21 ---=- @- -5 CNY",
            "Precision - - 2024-10-31 2024-11-01 ---=- @- 0.0034 CNY",
        ]
    );
    assert_eq!(read.lines[0].transaction.as_deref(), Some("t1"));
    assert_eq!((read.lines[0].decimals, read.lines[0].place.row), (8, 2));
    let table = &read.tables[0];
    assert_eq!((table.rows, table.used, table.excluded, table.rejected), (6, 4, 2, 0));
    assert_eq!(table.reasons, [("a totals row".to_owned(), 1), ("another product: 云服务器".to_owned(), 1)]);
}

#[test]
fn an_english_l3_bill() {
    let read = read_as(
        &[("l3.csv", "\
Payer Account ID,Owner Account ID,Product Name,Subproduct Name,Billing Mode,Transaction Type,Transaction Time,Usage Start Time,Usage End Time,Instance ID,Component Type,Component Name,Component List Price,Component Contracted Price,Component Price Measurement Unit,Component Usage,Component Usage Unit,Usage Duration,Duration Unit,OriginalCost,Discount Multiplier,Currency,Total Amount After Discount (Excluding Tax),Voucher Deduction,Amount Before Tax,Tax Rate,Tax Amount,Total Cost (Including Tax),Original Usage/Duration,Deducted Usage/Duration
100000000001,100000000001,Tencent Real-Time Communication,,Pay-as-you-go,Daily settlement,2024-10-02 10:00:00,2024-10-01 00:00:00,2024-10-01 23:59:59,1400000001,Audio and Video Duration,Full HD,8.99,8.99,USD/1000 minutes,100,minutes,1,day,0.899,1,USD,0.899,0.1,0.799,9%,0.07191,0.87091,100,0
100000000001,100000000001,Tencent RTC,,Pay-as-you-go,Monthly settlement,2024-11-03 10:00:00,2024-10-01 00:00:00,2024-10-31 23:59:59,,Relay to CDN,Relay to Tencent Cloud CSS,18.99,18.99,USD/Mbps/month,150,Mbps,1,month,2848.5,1,USD,2848.5,0,2848.5,0,0,2848.5,150,0
100000000001,100000000001,TRTC,,Pay-as-you-go,Monthly settlement,2024-11-03 10:00:00,2024-10-15 00:00:00,2024-10-15 23:59:59,1400000002,Snapshot,Snapshot,0.03,0.03,USD/1000 images,12000,images,1,month,0.36,1,USD,0.36,0,0.36,0,0,0.36,22000,10000
")],
        &account(Site::Intl),
    );
    assert_eq!(codes(&read), Vec::<&str>::new());
    assert_eq!(
        lines(&read),
        [
            "Usage av.fhd 1400000001 2024-10-01 2024-10-02 100-0=100 @8.99/1000 0.899 USD",
            "Usage relay.tencent - 2024-10-01 2024-11-01 150-0=150 @18.99/1 2848.5 USD",
            "Usage snapshot 1400000002 2024-10-01 2024-11-01 22-10=12 @0.03/1 0.36 USD",
        ]
    );
}

#[test]
fn fees_are_dated_by_their_payment_and_refunds_are_their_own_class() {
    let read = l3("\
100000000001,100000000001,实时音视频,包年包月,1400000001,Call,包年包月新购,t1,2024-10-03 15:20:00,2024-10-03 15:20:00,2024-11-02 23:59:59,Call 包月套餐,Call 包月套餐-1v1通话版,199,199,元/个/月,1,个,1,月,199,1,199,0,0,199,-,-
100000000001,100000000001,实时音视频,包年包月,-,音视频通话,包年包月新购,t2,2024-10-04 09:00:00,2024-10-04 09:00:00,-,音视频通话套餐包,音视频通话-固定套餐包,5968,5968,元/个,1,个,1,个,5968,1,5968,0,0,5968,-,-
100000000001,100000000001,实时音视频,包年包月,-,音视频通话,包年包月退款,t3,2024-10-05 09:00:00,2024-10-05 09:00:00,-,音视频通话套餐包,音视频通话-固定套餐包,-,-,-,-,-,-,-,-,-,-5968,0,0,-5968,-,-
");
    assert_eq!(codes(&read), Vec::<&str>::new());
    assert_eq!(
        lines(&read),
        [
            "Fee fee.call-1v1 1400000001 2024-10-03 2024-10-04 ---=1 @199/1 199 CNY",
            "Fee fee.cn-general-1000k - 2024-10-04 2024-10-05 ---=1 @5968/1 5968 CNY",
            "Refund - - 2024-10-05 2024-10-06 ---=- @- -5968 CNY",
        ]
    );
}

#[test]
fn the_oldest_columns_are_enough() {
    let read = cn("产品名称,开始使用时间,组件名称,优惠后总价(元)\n实时音视频,2024-10-01,某自定义组件,1.5\n");
    assert_eq!(lines(&read), ["Usage av.hd - 2024-10-01 2024-10-02 ---=- @- 1.5 CNY"]);
    assert!(!read.diagnostics.has_errors());
}

#[test]
fn a_day_is_charged_on_the_next_one() {
    let read = cn("产品名称,扣费时间,组件名称,优惠后总价\n实时音视频,2024-10-02 10:00:00,语音,1.5\n");
    assert_eq!(lines(&read), ["Usage av.audio - 2024-10-01 2024-10-02 ---=- @- 1.5 CNY"]);
}

#[test]
fn units_are_read_from_the_row() {
    let header = "产品名称,开始使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,优惠后总价\n";
    let read = cn(&format!(
        "{header}实时音视频,2024-10-01,语音,7,元/千分钟,1.2,千分钟,0.0084\n\
         实时音视频,2024-10-01,语音,0.007,元/分钟,120,秒,0.014\n\
         TRTC,2024-10-01,截图,0.2,元/千张,3,千张,0.6\n"
    ));
    assert_eq!(
        lines(&read),
        [
            "Usage av.audio - 2024-10-01 2024-10-02 --==".replace("--==", "---=1200 @7/1000 0.0084 CNY"),
            "Usage av.audio - 2024-10-01 2024-10-02 ---=2 @0.007/1 0.014 CNY".to_owned(),
            "Usage snapshot - 2024-10-01 2024-10-02 ---=3 @0.2/1 0.6 CNY".to_owned(),
        ]
    );
}

#[test]
fn a_price_without_a_unit_is_what_the_amount_makes_it() {
    let read = cn("产品名称,开始使用时间,组件名称,组件单价,组件用量,优惠后总价\n\
                   实时音视频,2024-10-01,高清,28,50,1.4\n实时音视频,2024-10-01,高清,0.028,50,1.4\n\
                   实时音视频,2024-10-01,高清,28,50,1.5\n");
    let prices: Vec<_> = read.lines.iter().map(|line| line.price.map(|price| price.per)).collect();
    assert_eq!(prices, [Some(1000), Some(1), None]);
}

#[test]
fn an_l2_bill_has_its_quantity_in_a_text() {
    let header = "产品名称,子产品名称,计费模式,资源ID,交易类型,扣费时间,开始使用时间,结束使用时间,配置描述,原价,折扣率,优惠后总价\n";
    let read = read_as(
        &[(
            "l2.csv",
            &format!(
                "{header}实时音视频,音视频通话,按量计费,1400000001,按量计费日结,2024-10-02 10:00:00,2024-10-01 00:00:00,2024-10-01 23:59:59,高清: 1000分钟; ,28,1,28.00\n\
             实时音视频,音视频通话,按量计费,1400000001,按量计费日结,2024-10-02 10:00:00,2024-10-01 00:00:00,2024-10-01 23:59:59,高清: 1000分钟; 语音: 10分钟; ,28.07,1,28.07\n"
            ),
        )],
        &account(Site::Cn),
    );
    assert_eq!(
        lines(&read),
        [
            "Usage av.hd 1400000001 2024-10-01 2024-10-02 ---=1000 @- 28 CNY",
            "Total - 1400000001 2024-10-01 2024-10-02 ---=- @- 28.07 CNY",
        ]
    );
    assert_eq!(read.lines[0].decimals, 2);
}

#[test]
fn a_focus_bill_is_in_utc_with_inclusive_ends() {
    let read = read_as(
        &[("FOCUS-bill_details-100000000001-202410.CSV", "\
BillingAccountId,SubAccountId,BillingCurrency,ServiceName,ChargeCategory,ChargeClass,ChargeDescription,ChargePeriodStart,ChargePeriodEnd,ResourceId,ListUnitPrice,ContractedUnitPrice,PricingQuantity,PricingUnit,ConsumedQuantity,ConsumedUnit,ListCost,ContractedCost,BilledCost,EffectiveCost,SkuId
100000000001,100000000001,USD,Tencent RTC,Usage,,On-cloud Recording HD,2024-09-30T16:00:00Z,2024-10-01T15:59:59Z,1400000001,5.99,5.99,0.06,1000 minutes,80,minutes,0.3594,0.3594,0.36,,
")],
        &account(Site::Intl),
    );
    assert_eq!(codes(&read), Vec::<&str>::new());
    assert_eq!(lines(&read), ["Usage rec.hd 1400000001 2024-10-01 2024-10-02 80--=60 @5.99/1000 0.3594 USD"]);
    assert_eq!(read.lines[0].decimals, 4);
}

const L1: &str = "支付者UIN,地域,产品名称,计费模式,原价(元),优惠后总价(元),现金支付(元)\n";

#[test]
fn the_most_detailed_layout_counts_and_the_others_are_held_against_it() {
    let detail = "产品名称,开始使用时间,组件名称,优惠后总价\n实时音视频,2024-10-01,语音,1.204\n";
    let agreeing = format!("{L1}100000000001,广州,实时音视频,按量计费,1.2,1.20,1.20\n");
    let read = read_as(&[("l1.csv", &agreeing), ("l3.csv", detail)], &account(Site::Cn));
    assert_eq!(codes(&read), Vec::<&str>::new());
    assert_eq!(lines(&read).len(), 1);
    assert_eq!(read.tables[0].reasons, [("cross-footed against L3".to_owned(), 1)]);

    let alone = read_as(&[("l1.csv", &agreeing)], &account(Site::Cn));
    assert_eq!(lines(&alone), ["Total - - 2024-10-01 2024-11-01 ---=- @- 1.2 CNY"]);

    let other = format!("{L1}100000000001,广州,实时音视频,按量计费,1.3,1.30,1.30\n");
    let read = read_as(&[("l1.csv", &other), ("l3.csv", detail)], &account(Site::Cn));
    assert_eq!(codes(&read), ["bill-cross-foot"]);
}

#[test]
fn a_bill_summed_by_month_spans_the_month() {
    let read = cn("产品名称,交易ID,扣费时间,开始使用时间,账单归属月,组件名称,优惠后总价\n\
                   实时音视频,-,-,-,2024-10,语音,1.5\n");
    assert_eq!(lines(&read), ["Usage av.audio - 2024-10-01 2024-11-01 ---=- @- 1.5 CNY"]);
    assert_eq!(read.tables[0].layout, Layout::L3Month.name());
}

#[test]
fn the_newest_cumulative_file_covers_the_older_ones() {
    let header = "产品名称,开始使用时间,组件名称,优惠后总价\n";
    let first = format!("{header}实时音视频,2024-10-01,语音,1\n");
    let second = format!("{first}实时音视频,2024-10-02,语音,2\n");
    let read = read_as(
        &[("100000000001-20241003-明细账单.csv", &second), ("100000000001-20241002-明细账单.csv", &first)],
        &account(Site::Cn),
    );
    assert_eq!(read.lines.len(), 2);
    assert_eq!(
        read.tables[1].reasons,
        [("covered by the newer cumulative file bills/100000000001-20241003-明细账单.csv".to_owned(), 1)]
    );
}

#[test]
fn equal_rows_stay() {
    let row = "实时音视频,2024-10-01,语音,1\n";
    let read = cn(&format!("产品名称,开始使用时间,组件名称,优惠后总价\n{row}{row}"));
    assert_eq!((read.lines.len(), read.tables[0].duplicate), (2, 0));
}

#[test]
fn a_bill_cut_by_deduction_holds_other_days() {
    let mut account = account(Site::Cn);
    account.cut = Cut::Deduction;
    let read = read_as(
        &[(
            "l3.csv",
            "产品名称,交易类型,开始使用时间,组件名称,优惠后总价\n\
            实时音视频,按量计费日结,2024-09-30,语音,1\n实时音视频,按量计费日结,2024-10-31,语音,2\n\
            实时音视频,按量计费月结,2024-09-01,截图,3\n",
        )],
        &account,
    );
    let kept: Vec<Stamp> = read.lines.iter().map(|line| line.span.from).collect();
    assert_eq!(kept, ["2024-09-30", "2024-09-01"].map(|day| Stamp::parse(day).unwrap()));
}

/// The smallest bad bill for each code.
#[test]
fn every_code_has_its_case() {
    let simple = "产品名称,开始使用时间,组件名称,优惠后总价\n";
    let with = |columns: &str, row: &str| format!("产品名称,开始使用时间,组件名称,优惠后总价,{columns}\n{row}\n");
    let consumption =
        "产品名称,消耗类型,消耗月份,开始使用时间,组件名称,优惠后总价\n实时音视频,按量消耗,2024-10,2024-10-01,语音,1\n";
    let focus = "ServiceName,ChargeCategory,ChargePeriodStart,ChargeDescription,ContractedCost,BillingCurrency\n";
    let cases: Vec<(&str, String)> = vec![
        (
            "bill-accounts",
            with("使用者UIN", "实时音视频,2024-10-01,语音,1,100000000001\n实时音视频,2024-10-01,语音,1,100000000009"),
        ),
        ("bill-consolidated", format!("合并账单,,,\n{simple}实时音视频,2024-10-01,语音,1\n")),
        ("bill-consumption", consumption.to_owned()),
        ("bill-not-audited", with("账单归属月", "实时音视频,2024-09-29,语音,1,2024-10")),
        ("bill-voucher", format!("{focus}Tencent RTC,Credit,2024-10-08T00:00:00Z,Audio,-1,CNY\n")),
        ("bill-without-trtc", format!("{simple}云服务器,2024-10-01,CPU,1\n")),
        ("bill-amount-missing", format!("{simple}实时音视频,2024-10-01,语音,-\n")),
        ("bill-app", with("资源ID", "实时音视频,2024-10-01,语音,1,1.4E+09")),
        ("bill-app-with-point", with("资源ID", "实时音视频,2024-10-01,语音,1,1400000001.0")),
        ("bill-of-excel", with("账单归属月", "实时音视频,2024-10-01,语音,1,Oct-24")),
        ("bill-date", with("扣费时间", "实时音视频,2024-10-01,语音,1,2024-10-05 10:00:00")),
        ("bill-item-unknown", format!("{simple}实时音视频,2024-10-01,会议纪要时长,1\n")),
        ("bill-no-header", "说明\n这里没有账单\n".to_owned()),
        ("bill-no-time", "产品名称,组件名称,优惠后总价\n实时音视频,语音,1\n".to_owned()),
        ("bill-number", format!("{simple}实时音视频,2024-10-01,语音,1.2E+05\n")),
        ("bill-other-account", with("使用者UIN", "实时音视频,2024-10-01,语音,1,100000000009")),
        ("bill-outside-period", format!("{simple}实时音视频,2024-10-01,语音,1\n实时音视频,2024-11-02,语音,2.5\n")),
        ("bill-plan-unknown", with("交易类型", "实时音视频,2024-10-01,神秘服务,1,包年包月新购")),
        ("bill-price-unit", with("组件单价,组件价格单位", "实时音视频,2024-10-01,语音,1,7,元/GB")),
        ("bill-quantity", with("组件用量,组件用量单位", "实时音视频,2024-10-01,语音,1,100,秒")),
        ("bill-tie", with("原始用量/时长,抵扣用量/时长(含资源包),组件用量", "实时音视频,2024-10-01,语音,1,10,3,8")),
        ("bill-time", with("结束使用时间", "实时音视频,2024-10-02,语音,1,2024-10-01")),
        ("bill-transaction-type", with("交易类型", "实时音视频,2024-10-01,语音,1,神秘交易")),
        ("bill-unit", with("组件用量,组件用量单位", "实时音视频,2024-10-01,语音,1,100,光年")),
    ];
    for (code, text) in &cases {
        assert_eq!(codes(&cn(text)), [*code], "{text}");
    }
    let cut = read_as(
        &[("1-202410-按扣费周期-明细账单.csv", &format!("{simple}TRTC,2024-10-01,语音,1\n"))],
        &account(Site::Cn),
    );
    assert_eq!(codes(&cut), ["bill-cut"]);
    let [one, other] = [1, 2].map(|amount| format!("{simple}实时音视频,2024-10-01,语音,{amount}\n"));
    let both = |names: [&str; 2]| codes(&read_as(&[(names[0], &one), (names[1], &other)], &account(Site::Cn)));
    assert_eq!(both(["bill-20241103.csv", "bill-20241105.csv"]), ["bill-restated"]);
    assert_eq!(both(["one.csv", "other.csv"]), ["bill-twice"]);
    // bill-cross-foot has its own test; a sheet beside a bill needs a workbook.
    let elsewhere = [
        "bill-cross-foot",
        "bill-cut",
        "bill-no-owner",
        "bill-of-other-period",
        "bill-restated",
        "bill-sheet-unread",
        "bill-twice",
    ];
    for (code, _) in CODES {
        assert!(elsewhere.contains(code) || cases.iter().any(|(case, _)| case == code), "{code} has no case");
    }
}

#[test]
fn what_is_left_out_says_how_much_money() {
    let read =
        cn("产品名称,开始使用时间,组件名称,优惠后总价\n实时音视频,2024-11-01,语音,1\n实时音视频,2024-11-02,语音,2.5\n");
    assert!(read.lines.is_empty());
    let warning = read.diagnostics.iter().next().unwrap();
    assert!(warning.message.ends_with("(2 rows, 3.5 in all)"), "{}", warning.message);
    assert_eq!(codes(&read), ["bill-outside-period", "bill-of-other-period"]);
}

#[test]
fn a_charge_on_another_day_than_the_rule_says_is_a_note() {
    let bill = |paid: &str, start: &str, end: &str, kind: &str| {
        let read = cn(&format!(
            "产品名称,交易类型,扣费时间,开始使用时间,结束使用时间,组件名称,优惠后总价\n\
             实时音视频,{kind},{paid} 10:00:00,{start} 00:00:00,{end} 23:59:59,语音,1.5\n"
        ));
        codes(&read)
    };
    assert!(bill("2024-10-09", "2024-10-08", "2024-10-08", "按量计费日结").is_empty());
    assert_eq!(bill("2024-10-12", "2024-10-08", "2024-10-08", "按量计费日结"), ["bill-date"]);
    assert!(bill("2024-11-05", "2024-10-01", "2024-10-31", "按量计费月结").is_empty());
    assert_eq!(bill("2024-11-06", "2024-10-01", "2024-10-31", "按量计费月结"), ["bill-date"]);
}
