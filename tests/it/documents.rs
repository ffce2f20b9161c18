//! Rules of the vendor's pages and of contracts, each on the smallest account, with its figure worked out by hand.
//! A test is named after its page.

use trtc_recon::audit::{Subject, assumptions};
use trtc_recon::case::{Account, read};
use trtc_recon::model::diagnostic::At;
use trtc_recon::model::usage::Exactness;
use trtc_recon::model::{Item, Month, Place, Stamp, TableRef, Usage};
use trtc_recon::rate::item_mapping::admit_usage;
use trtc_recon::rate::{Rated, rate};
use trtc_recon::rules::terms::Terms;
use trtc_recon::rules::{Cards, build_terms};

const APP: u64 = 1_400_000_001;
const OTHER: u64 = 1_400_000_002;

/// Usage: start, application, item, quantity in the finest unit.
type Row<'a> = (&'a str, u64, &'a str, i64);

fn used((start, app, item, quantity): Row<'_>) -> Usage {
    Usage {
        start: Stamp::parse(start).unwrap(),
        seconds: 300,
        item: Item::parse(item).unwrap(),
        exactness: Exactness::Exact,
        app,
        quantity,
        place: Place { table: TableRef(0), row: 2 },
    }
}

/// An account with its usage, rated.
struct Case {
    account: Account,
    period: Month,
    terms: Terms,
    usage: Vec<Usage>,
    rated: Rated,
}

fn rated(head: &str, period: &str, rest: &str, usage: &[Row<'_>]) -> Rated {
    case(head, period, rest, usage).rated
}

fn case(head: &str, period: &str, rest: &str, usage: &[Row<'_>]) -> Case {
    let apps = "[[app]]\nsdk_app_id = 1400000001\n[[app]]\nsdk_app_id = 1400000002\n";
    let text = format!("[account]\nuin = \"100000000001\"\n{head}\n{apps}{rest}");
    let account = read::account("account.toml", &text).unwrap_or_else(|found| panic!("{found:?}"));
    let period = Month::parse(period).unwrap();
    let terms = build_terms::terms(&account, &Cards::embedded(), period).unwrap();
    let mut usage: Vec<Usage> = usage.iter().copied().map(used).collect();
    assert!(!admit_usage(&mut usage, &terms, |_| At::file("usage")).has_errors());
    let rated = rate(&usage, &terms);
    Case { account, period, terms, usage, rated }
}

impl Case {
    /// The amounts of the notes of one kind.
    fn notes(&self, code: &str) -> Vec<String> {
        let Self { account, period, terms, usage, rated } = self;
        let (cards, usage) = (Cards::embedded(), usage.iter().collect());
        let subject = Subject { account, cards: &cards, period: *period, terms, usage: &usage, rated };
        let found = assumptions(&subject).into_iter().filter(|found| found.code == code);
        found.map(|found| found.amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())).collect()
    }
}

const INTL: &str = "site = \"intl\"\nregistered = 2023-03-01\nfirst_app_created = 2023-03-02";
const CN: &str = "site = \"cn\"\nregistered = 2021-03-01\nfirst_app_created = 2021-03-02";
const CN_2019: &str = "site = \"cn\"\nregistered = 2019-01-01\nfirst_app_created = 2019-01-02";

/// An international account of 2023-03 in October 2024.
fn intl(rest: &str, usage: &[Row<'_>]) -> Rated {
    rated("site = \"intl\"\nregistered = 2023-03-01\nfirst_app_created = 2023-03-02", "2024-10", rest, usage)
}

/// A Chinese account that is settled by the day, in May 2023.
fn cn(rest: &str, usage: &[Row<'_>]) -> Rated {
    rated("site = \"cn\"\nregistered = 2021-03-01\nfirst_app_created = 2021-03-02", "2023-05", rest, usage)
}

/// The lines as `day app item covered charged price amount`.
fn lines(rated: &Rated) -> Vec<String> {
    let line = |charge: &trtc_recon::rate::charge::Charge| {
        let app = charge.app.map_or_else(|| "-".to_owned(), |app| (app % 10).to_string());
        format!(
            "{} {app} {} {} {} {} {}",
            charge.day, charge.item, charge.covered, charge.charged, charge.price, charge.amount
        )
    };
    rated.charges.iter().map(line).collect()
}

/// 100 HD minutes at 10:00 of a day.
fn hd(day: &str, app: u64) -> (String, u64, &'static str, i64) {
    (format!("{day}T10:00:00"), app, "av.hd", 6_000)
}

fn rows<'a>(of: &'a [(String, u64, &'static str, i64)]) -> Vec<Row<'a>> {
    of.iter().map(|(start, app, item, seconds)| (start.as_str(), *app, *item, *seconds)).collect()
}

/// A package that was exchanged by ticket covers what lies before, nothing from then on.
#[test]
fn call_plans_2024_09_12_a_change_by_ticket_ends_a_grant() {
    let plan = "[[subscription]]\nid = \"s\"\nplan = \"call-1v1\"\napp = 1400000001\npurchased = 2024-10-03T00:00:00\n\
                auto_renew = true\nended = 2024-10-10T10:00:00\nended_by = \"change\"\n";
    let usage = [hd("2024-10-09", APP), hd("2024-10-10", APP)];
    let rated = intl(plan, &rows(&usage));
    // 100 min x 4 are covered on the 9th; on the 10th at 10:00 it is gone: 100 x 0.00399.
    assert_eq!(
        lines(&rated),
        [
            "2024-10-03 1 fee.call-1v1 0 1 199 199",
            "2024-10-09 1 av.hd 100 0 0.00399 0",
            "2024-10-10 1 av.hd 0 100 0.00399 0.399",
        ]
    );
    // What was left, 100,000 - 400, lapsed with it.
    assert_eq!(
        (rated.balances[0].used.to_string(), rated.balances[0].expired.to_string()),
        ("400".into(), "99600".into())
    );
}

/// The whole price is returned where nothing was used: such a package never covered anything and cost nothing.
#[test]
fn refund_page_2024_07_30_a_returned_package_never_covered_anything() {
    let pack = |by: &str| {
        format!(
            "[[grant]]\nid = \"p\"\nplan = \"cn-general-25k\"\npurchased = 2023-05-03T00:00:00\npaid = \"168.00\"\n\
             ended = 2023-05-06T00:00:00\n{by}"
        )
    };
    let usage = [hd("2023-05-04", APP)];
    assert_eq!(lines(&cn(&pack("ended_by = \"refund\"\n"), &rows(&usage))), ["2023-05-04 1 av.hd 0 100 0.028 2.8"]);
    // Taken back for another reason it covered the 4th, and was paid.
    assert_eq!(
        lines(&cn(&pack("ended_by = \"violation\"\n"), &rows(&usage))),
        ["2023-05-03 - fee.cn-general-25k 0 1 168 168", "2023-05-04 1 av.hd 100 0 0.028 0"]
    );
}

/// A quota of a plan that was taken back before the month is none; one of Chat adds to what is left.
#[test]
fn faq_2024_08_21_quotas_of_other_products_add_up() {
    let usage = [("2024-10-01T00:00:00", APP, "mau", 12_501)];
    let quota = "[[subscription]]\nid = \"s\"\nplan = \"call-1v1\"\napp = 1400000003\npurchased = 2024-09-20\n\
                 ended = 2024-09-25T00:00:00\n[[app]]\nsdk_app_id = 1400000003\nmau_quota = 7500\n";
    let of = |app| intl(quota, &[(usage[0].0, app, usage[0].2, usage[0].3)]);
    // 12,501 - 7,500 = 5,001 x 0.015.
    assert_eq!(lines(&of(1_400_000_003)), ["2024-10 3 mau 7500 5001 0.015 75.015"]);
    assert_eq!(lines(&of(APP)), ["2024-10 1 mau 0 12501 0.015 187.515"]);
}

/// Recording "by day", delivery over "all applications of the account": 30 s of each of two applications.
#[test]
fn recording_page_2024_07_30_scope_by_service() {
    let usage = [
        ("2024-10-01T10:00:00", APP, "av.audio", 30),
        ("2024-10-01T10:00:00", APP, "rec.audio", 30),
        ("2024-10-01T10:05:00", OTHER, "av.audio", 30),
        ("2024-10-01T10:05:00", OTHER, "rec.audio", 30),
    ];
    let minutes = |rest: &str| -> Vec<String> {
        intl(rest, &usage).charges.iter().map(|line| format!("{} {}", line.item, line.billable)).collect()
    };
    assert_eq!(minutes(""), ["av.audio 1", "rec.audio 1", "av.audio 1", "rec.audio 1"]);
    // 60 s of recording are one minute, begun by the first application.
    let table = "[policy]\nmetering_scope = { rec = \"account\" }\n";
    assert_eq!(minutes(table), ["av.audio 1", "rec.audio 1", "av.audio 1", "rec.audio 0"]);
}

/// 订阅套餐时长计费说明: 单独购买的时长包 cover every application, behind a plan of one application.
#[test]
fn subscription_minutes_2024_09_14_packages_bought_separately() {
    let bought = "[[grant]]\nid = \"wide\"\nplan = \"intl-general-25k\"\npurchased = 2024-10-01T00:00:00\n\
                  paid = \"24\"\n\
                  [[grant]]\nid = \"apart\"\nplan = \"intl-package\"\npurchased = 2024-10-01T00:00:00\n\
                  minutes = 200\nend = 2024-10-05\n";
    let usage = [hd("2024-10-04", APP), hd("2024-10-04", OTHER), hd("2024-10-06", OTHER)];
    let rated = intl(bought, &rows(&usage));
    // 200 package minutes are 50 HD minutes and end first; the other 250 HD minutes take 1,000 of 25,000.
    assert_eq!(
        lines(&rated),
        [
            "2024-10-01 - fee.intl-general-25k 0 1 24 24",
            "2024-10-04 1 av.hd 100 0 0.00399 0",
            "2024-10-04 2 av.hd 100 0 0.00399 0",
            "2024-10-06 2 av.hd 100 0 0.00399 0",
        ]
    );
    let used = |id: &str| rated.balances.iter().find(|balance| balance.id == id).unwrap().used.to_string();
    assert_eq!((used("wide"), used("apart")), ("1000".to_owned(), "200".to_owned()));
    // To the last day of the same month next year.
    assert_eq!(rated.balances[0].valid.until.to_string(), "2025-11-01T00:00:00");
}

/// A discount that changes on the 16th.
#[test]
fn contract_a_discount_has_its_days() {
    let contract = "[[contract.discount]]\nfactor = \"0.9\"\nuntil = 2024-10-16\n\
                    [[contract.discount]]\nfactor = \"0.8\"\nfrom = 2024-10-16\n";
    let usage = [hd("2024-10-15", APP), hd("2024-10-16", APP)];
    // 0.00399 x 0.9 = 0.003591; x 0.8 = 0.003192.
    assert_eq!(
        lines(&intl(contract, &rows(&usage))),
        ["2024-10-15 1 av.hd 0 100 0.003591 0.3591", "2024-10-16 1 av.hd 0 100 0.003192 0.3192"]
    );
}

/// 阶梯价: up to 150 minutes at 3.00 per 1,000, beyond at 2.00; 200 minutes over two applications.
#[test]
fn contract_prices_by_volume() {
    let contract = |tiering: &str| {
        format!(
            "[[contract.price]]\nitem = \"av.hd\"\nfrom = 2024-10-01\ntiering = \"{tiering}\"\n\
             tiers = [{{ up_to = \"150\", price = \"3.00\" }}, {{ price = \"2.00\" }}]\n"
        )
    };
    let usage = [hd("2024-10-01", APP), hd("2024-10-01", OTHER)];
    let of = |tiering| lines(&intl(&contract(tiering), &rows(&usage)));
    // Graduated: 100 x 0.003; then 50 x 0.003 + 50 x 0.002 = 0.25, which is 0.0025 a minute.
    assert_eq!(of("graduated"), ["2024-10-01 1 av.hd 0 100 0.003 0.3", "2024-10-01 2 av.hd 0 100 0.0025 0.25"]);
    // By the total: 200 minutes reach the second band.
    assert_eq!(of("total"), ["2024-10-01 1 av.hd 0 100 0.002 0.2", "2024-10-01 2 av.hd 0 100 0.002 0.2"]);
    // Exactly 150 minutes belong to the first band.
    let just = [("2024-10-01T10:00:00", APP, "av.hd", 9_000)];
    assert_eq!(lines(&intl(&contract("total"), &just)), ["2024-10-01 1 av.hd 0 150 0.003 0.45"]);
}

/// 保底: a month of 0.798 under a minimum of 5 owes 4.202 more; above the minimum nothing.
#[test]
fn contract_a_minimum_commitment_has_a_shortfall_line() {
    let usage = [hd("2024-10-01", APP), hd("2024-10-02", APP)];
    let of = |amount: &str| lines(&intl(&format!("[[contract.minimum]]\namount = \"{amount}\"\n"), &rows(&usage)));
    assert_eq!(
        of("5"),
        [
            "2024-10 - fee.minimum 0 1 4.202 4.202",
            "2024-10-01 1 av.hd 0 100 0.00399 0.399",
            "2024-10-02 1 av.hd 0 100 0.00399 0.399",
        ]
    );
    assert_eq!(of("0.798").len(), 2);
}

/// 后付费 (2020-09): the settlement is changed by ticket, here from May 2023 on.
#[test]
fn postpaid_2020_09_a_settlement_changes_on_a_date() {
    let head = "site = \"cn\"\nregistered = 2020-03-01\nfirst_app_created = 2020-03-02";
    let change = "[[settlement]]\nfrom = 2023-05-01\nby = \"day\"\n";
    let usage = [("2023-05-01T10:00:00", APP, "av.audio", 30), ("2023-05-02T10:00:00", APP, "av.audio", 30)];
    // By the month 60 s are one minute; by the day each day begins one.
    assert_eq!(lines(&rated(head, "2023-05", "", &usage)), ["2023-05 1 av.audio 0 1 0.007 0.007"]);
    assert_eq!(
        lines(&rated(head, "2023-05", change, &usage)),
        ["2023-05-01 1 av.audio 0 1 0.007 0.007", "2023-05-02 1 av.audio 0 1 0.007 0.007"]
    );
}

/// 预付费套餐包 (2022-08): a gift by tier takes an older account off the card of one price.
#[test]
fn package_page_2022_08_a_gift_changes_the_card_of_an_older_account() {
    let head = "site = \"cn\"\nregistered = 2019-01-01\nfirst_app_created = 2019-01-02";
    let gift = "[[grant]]\nid = \"g\"\nplan = \"cn-month\"\napp = 1400000002\npurchased = 2023-05-02\nminutes = 100\n";
    let usage = [("2023-05-03T10:00:00", APP, "av.hd", 6_000)];
    assert_eq!(lines(&rated(head, "2023-05", "", &usage)), ["2023-05 1 av.call 0 100 0.025 2.5"]);
    assert_eq!(lines(&rated(head, "2023-05", gift, &usage)), ["2023-05 1 av.hd 0 100 0.028 2.8"]);
}

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
                       first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n\
                     2024-10-08T10:00:00,2024-10-08T10:05:00,1400000001,av.hd,6000,s\n";
const BILL: &str = "产品名称,资源ID,交易类型,开始使用时间,结束使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,优惠后总价,币种\n\
                    实时音视频,1400000001,按量计费日结,2024-10-08 00:00:00,2024-10-08 23:59:59,高清HD,3.99,美元/千分钟,100,分钟,0.399,USD\n";

/// The findings as `kind item expected billed`, and the payable total.
fn found(contract: &str, line: &str) -> (Vec<String>, String) {
    let report = crate::run::report(&format!("{ACCOUNT}{contract}"), USAGE, Some(&format!("{BILL}{line}")));
    let comparison = report.comparison.as_ref().unwrap();
    let row = |row: &trtc_recon::compare::Discrepancy| {
        let item = row.item.map_or("-", Item::id);
        format!("{} {item} {} {}", row.kind.name(), row.expected_amount, row.billed_amount)
    };
    (comparison.discrepancies.iter().map(row).collect(), report.payable_total.to_string())
}

/// 0.399 under a minimum of 5 owes 4.601. A guarantee line of just that is no finding.
#[test]
fn contract_a_guarantee_line_that_fits_is_no_finding() {
    let minimum = "[[contract.minimum]]\namount = \"5\"\n";
    let line = |amount: &str| {
        format!("实时音视频,,保底扣款,2024-10-01 00:00:00,2024-10-31 23:59:59,保底差额,,,,,{amount},USD\n")
    };
    assert_eq!(found(minimum, &line("4.601")), (vec![], "5".to_owned()));
    assert_eq!(found(minimum, &line("4.7")).0, ["subscription_fee fee.minimum 4.601 4.7"]);
    assert_eq!(found(minimum, "").0, ["subscription_fee fee.minimum 4.601 0"]);
    // Without a minimum in the contract nothing explains such a line.
    assert_eq!(found("", &line("4.601")).0, ["adjustment fee.minimum 0 4.601"]);
}

/// 5 % of 0.399 are 0.01995, half up to cents 0.02.
#[test]
fn contract_a_rebate_that_fits_is_no_finding() {
    let rebate = "[[contract.rebate]]\nrate = \"0.05\"\n";
    let line =
        |amount: &str| format!("实时音视频,,调账补偿,2024-10-31 00:00:00,2024-10-31 23:59:59,返点,,,,,{amount},USD\n");
    assert_eq!(found(rebate, &line("-0.02")), (vec![], "0.4".to_owned()));
    assert_eq!(found(rebate, &line("-0.05")).0, ["adjustment - 0 -0.05"]);
    assert_eq!(found("", &line("-0.02")).0, ["adjustment - 0 -0.02"]);
}

/// 60 Mbps of each of two applications at one time: 120 x 18.99 = 2,278.80; each by itself is below 100.
#[test]
fn relay_page_2024_08_13_each_application_below_100_mbps() {
    let at = "2024-10-01T20:00:00";
    let usage = [(at, APP, "relay.tencent", 60_000_000), (at, OTHER, "relay.tencent", 60_000_000)];
    assert_eq!(case(INTL, "2024-10", "", &usage).notes("relay-by-application"), ["-2278.8"]);
}

/// 22 - 10 = 12 thousand; the example prices 20: 8 x 0.03 more.
#[test]
fn snapshot_page_2024_10_12_the_printed_example() {
    let usage = [("2024-10-01T20:00:00", APP, "snapshot", 22_000)];
    assert_eq!(case(INTL, "2024-10", "", &usage).notes("images-by-ten"), ["0.24"]);
}

/// 100 minutes of the 3rd, a package of the 15th: 100 x 0.025 if it caught up nothing from before its purchase.
#[test]
fn package_prices_2019_03_late_activation_since_the_first() {
    let pack = "[[grant]]\nid = \"p\"\nplan = \"cn2019-starter\"\npurchased = 2019-07-15T12:00:00\n";
    let usage = [("2019-07-03T10:00:00", APP, "av.call", 6_000)];
    assert_eq!(case(CN_2019, "2019-07", pack, &usage).notes("late-activation"), ["2.5"]);
}

/// Minutes of a live plan for another application: 100 x 0.00399 less if the offer held for it too.
#[test]
fn rtc_engine_page_2024_10_12_the_offer_for_every_monthly_plan() {
    let plan = "[[subscription]]\nid = \"s\"\nplan = \"live-lite\"\napp = 1400000001\npurchased = 2024-10-13\n";
    let usage = [("2024-10-20T10:00:00", OTHER, "av.hd", 6_000)];
    assert_eq!(case(INTL, "2024-10", plan, &usage).notes("offer-for-all-plans"), ["-0.399"]);
}

/// 30 s of recording in 4K of each of two applications: one minute less over the account.
#[test]
fn recording_page_2024_07_30_its_scope_is_an_assumption() {
    let usage = [("2024-10-01T10:00:00", APP, "rec.4k", 30), ("2024-10-01T10:05:00", OTHER, "rec.4k", 30)];
    assert_eq!(case(INTL, "2024-10", "", &usage).notes("metering-scope-by-service"), ["-0.05399"]);
}

/// 150 users under a trial with 100: service stops there; 50 x 0.015 are charged.
#[test]
fn call_plans_2024_09_12_users_beyond_a_trial() {
    let trial = "[[grant]]\nid = \"t\"\nplan = \"call-trial\"\napp = 1400000001\npurchased = 2024-10-01\n";
    let usage = [("2024-10-01T00:00:00", APP, "mau", 150)];
    assert_eq!(case(INTL, "2024-10", trial, &usage).notes("users-beyond-trial"), ["0.75"]);
}

#[test]
fn postpaid_2020_09_a_charge_where_it_was_never_opened() {
    let usage = [("2023-05-03T10:00:00", APP, "av.hd", 6_000)];
    let never = format!("{CN}\npostpaid = false");
    assert_eq!(case(&never, "2023-05", "", &usage).notes("charge-without-postpaid"), ["2.8"]);
    assert!(case(CN, "2023-05", "", &usage).notes("charge-without-postpaid").is_empty());
}

/// A trial for accounts whose first application is of 2019-06-01 or later covers 40 x 0.025 of an older one.
#[test]
fn package_fees_2019_06_a_trial_by_the_first_application() {
    let trial = "[[grant]]\nid = \"t\"\nplan = \"cn2019-trial\"\npurchased = 2019-07-01\n";
    let usage = [("2019-07-03T10:00:00", APP, "av.call", 2_400)];
    assert_eq!(case(CN_2019, "2019-07", trial, &usage).notes("plan-not-eligible"), ["1"]);
}

/// A second free trial covers 100 x 0.028; a month package of 2023 without its application as well.
#[test]
fn package_page_2022_08_one_trial_and_a_gift_with_its_application() {
    let usage = [("2023-05-03T10:00:00", APP, "av.hd", 6_000)];
    let trials = "[[grant]]\nid = \"a\"\nplan = \"cn-free-trial\"\npurchased = 2023-05-01\n\
                  opening = { at = 2023-05-01, minutes = \"0\" }\n\
                  [[grant]]\nid = \"b\"\nplan = \"cn-free-trial\"\npurchased = 2023-05-02\n";
    assert_eq!(case(CN, "2023-05", trials, &usage).notes("plan-too-often"), ["2.8"]);
    let gift = "[[grant]]\nid = \"g\"\nplan = \"cn-month\"\npurchased = 2023-05-02\nminutes = 400\n";
    assert_eq!(case(CN, "2023-05", gift, &usage).notes("plan-without-app"), ["2.8"]);
}

/// Bought at 10:00 while service was off it works at 10:30: the 100 minutes of 10:10 are worth 2.80.
#[test]
fn package_prices_2019_03_a_package_bought_while_service_is_off() {
    let bought = "[[grant]]\nid = \"p\"\nplan = \"cn-general-25k\"\npurchased = 2023-05-03T10:00:00\n\
                  [[stop]]\nfrom = 2023-05-02\nuntil = 2023-05-04\n";
    let usage = [("2023-05-03T10:10:00", APP, "av.hd", 6_000)];
    assert_eq!(case(CN, "2023-05", bought, &usage).notes("package-while-stopped"), ["2.8"]);
}

/// Unpaid since 1 February, stopped a day later, reclaimed 60 days after that.
#[test]
fn arrears_page_2024_08_09_data_are_reclaimed_after_60_days() {
    let unpaid = "[[stop]]\nunpaid_since = 2024-08-01\n";
    assert_eq!(case(INTL, "2024-10", unpaid, &[]).notes("arrears-reclaimed"), ["-"]);
    assert!(case(INTL, "2024-09", unpaid, &[]).notes("arrears-reclaimed").is_empty());
    // 24 hours after it service stops: 100 minutes of the next day lie inside.
    let usage = [("2024-08-02T00:00:00", APP, "av.hd", 6_000)];
    assert_eq!(case(INTL, "2024-08", unpaid, &usage).notes("usage-in-stop"), ["0.399"]);
}

/// 100,000 minutes of 4K are 3,599 USD: above 3,000 a discount is agreed on request.
#[test]
fn faq_2024_08_21_a_large_month_may_ask_for_a_discount() {
    let usage = [("2024-10-01T10:00:00", APP, "av.4k", 6_000_000)];
    assert_eq!(case(INTL, "2024-10", "", &usage).notes("discount-on-request"), ["3599"]);
    let agreed = "[contract]\ndiscount = \"0.9\"\n";
    assert!(case(INTL, "2024-10", agreed, &usage).notes("discount-on-request").is_empty());
}
