//! From a folder of downloads to a verdict: `init --from` makes the case that
//! a person wrote by hand, and `init --next` the month after.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use jiff::civil::DateTime;
use rust_xlsxwriter::Workbook;
use trtc_recon::case::read::account;
use trtc_recon::model::Month;
use trtc_recon::rules::Plans;

use crate::accounts::{self, Sample};
use crate::commands::ran;
use crate::issued;
use crate::reference;
use crate::reference::plans::months_on;
use crate::run::side_by_side;
use crate::samples;

/// A zip with one member.
fn zipped(path: &Path, member: &str, bytes: &[u8]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    zip.start_file(member, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap();
}

/// A CSV as a workbook of texts.
fn workbook(path: &Path, csv: &str) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in csv.lines().enumerate() {
        for (column, cell) in line.split(',').enumerate() {
            sheet.write_string(u32::try_from(row).unwrap(), u16::try_from(column).unwrap(), cell).unwrap();
        }
    }
    book.save(path).unwrap();
}

/// What a package list calls a plan.
fn listed_name(plan: &str) -> &str {
    match plan {
        "free-monthly" => "每月免费时长包",
        "cn-free-trial" => "音视频通话-免费试用套餐包",
        "cn2019-trial" => "试用包",
        "cn-month" => "音视频通话-月套餐包",
        other => issued::product(other),
    }
}

fn stamp(moment: &impl ToString) -> String {
    moment.to_string().replace('T', " ")
}

/// A package as a list shows it.
struct Package<'a> {
    id: &'a str,
    plan: &'a str,
    app: Option<u64>,
    minutes: Option<String>,
    created: String,
    until: Option<String>,
    /// When the list was made, and what was left then.
    left: Option<(String, String)>,
}

impl Package<'_> {
    /// A list with this package alone, made at its purchase where nothing says what was left later.
    fn list(&self) -> String {
        let fixed =
            Plans::known().get(self.plan).and_then(trtc_recon::rules::Plan::grants).map(|minutes| minutes.to_string());
        let given = self.minutes.clone().or(fixed).unwrap();
        let (at, left) = self.left.clone().unwrap_or_else(|| (self.created.clone(), given.clone()));
        let until = self.until.as_deref().unwrap_or("-");
        let app = self.app.map_or_else(|| "-".to_owned(), |app| app.to_string());
        format!(
            "导出时间,{at},,,,,\n套餐包ID,套餐包名称,应用,套餐包时长(分钟),剩余时长(分钟)/(百分比),创建时间,截止时间\n\
             {},{},{app},{given},{left}/-,{},{until}\n",
            self.id,
            listed_name(self.plan),
            self.created,
        )
    }
}

/// Types what no file says: the dates that `init` asks for, and what a test adds.
fn typed(case: &Path, registered: &str, first_app: &str, more: &str, contract: Option<&str>) -> String {
    let path = case.join("account.toml");
    let mut text = fs::read_to_string(&path).unwrap();
    for (key, day) in [("registered", registered), ("first_app_created", first_app)] {
        let asked = text.lines().find(|line| line.starts_with(&format!("#{key} = "))).map(str::to_owned);
        if let Some(asked) = asked {
            text = text.replace(&asked, &format!("{key} = {day}"));
        } else if !text.contains(&format!("\n{key} = ")) {
            // It is not asked for, but who knows it rules out causes.
            text = text.replacen("[account]\n", &format!("[account]\n{key} = {day}\n"), 1);
        }
    }
    if let Some(contract) = contract {
        let own = text.find("\n[contract]").unwrap_or(text.len());
        text.truncate(own);
        text.push_str(contract);
    }
    text.push_str(more);
    fs::write(&path, &text).unwrap();
    text
}

/// charges.csv and the verdict of a case.
fn result(folder: &Path, case: &str, out: &str, period: &str) -> Result<(String, String), String> {
    let (_, _, errors) = ran(folder, &["reconcile", case, "--out", out, "--format", "csv,json", "--period", period]);
    let report = fs::read_dir(folder.join(out)).ok().and_then(|mut all| {
        all.find_map(|one| {
            let path = one.unwrap().path();
            path.is_dir().then_some(path)
        })
    });
    let Some(report) = report else { return Err(format!("{case}: {errors}")) };
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(report.join("reconciliation.json")).unwrap()).unwrap();
    let verdict = format!("{} {} {}", json["verdict"], json["overcharged"], json["undercharged"]);
    Ok((fs::read_to_string(report.join("charges.csv")).unwrap(), verdict))
}

/// The sample's own files as they are downloaded: the bill in a zip, a list for each package that no bill sells.
fn downloads_of(sample: &Path, downloads: &Path) -> trtc_recon::case::Account {
    let account = account("account.toml", &fs::read_to_string(sample.join("account.toml")).unwrap()).unwrap();
    fs::create_dir_all(downloads).unwrap();
    for bill in fs::read_dir(sample.join("bills")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = bill.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&bill).unwrap();
        zipped(&downloads.join(format!("{}.zip", name.rsplit_once('.').unwrap().0)), name, &bytes);
    }
    for usage in fs::read_dir(sample.join("usage")).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&usage, downloads.join(usage.file_name().unwrap())).unwrap();
    }
    for grant in &account.grants {
        if grant.paid.is_some() || grant.plan == "cn-general-custom" {
            continue;
        }
        let package = Package {
            id: &grant.id,
            plan: &grant.plan,
            app: grant.app,
            minutes: grant.minutes.map(|minutes| minutes.to_string()),
            created: stamp(&grant.purchased),
            until: grant.end.map(|end| stamp(&end)),
            left: grant.opening.map(|opening| (stamp(&opening.at), opening.minutes.to_string())),
        };
        fs::write(downloads.join(format!("packages-{}.csv", grant.id)), package.list()).unwrap();
    }
    account
}

#[test]
fn every_sample_is_made_again_of_its_downloads() {
    // What the folder of an ours- sample lacks stands in its downloads.
    let mut samples = samples::all();
    samples.retain(|sample| !sample.file_name().unwrap().to_string_lossy().starts_with("ours-"));
    let wrong = side_by_side(&samples, |sample| {
        let place = tempfile::tempdir().unwrap();
        let account = downloads_of(sample, &place.path().join("downloads"));
        let (_, out, errors) = ran(place.path(), &["init", "case", "--from", "downloads"]);
        if !place.path().join("case/account.toml").exists() {
            return Some(format!("{}: {out}{errors}", sample.display()));
        }
        let date = |day: Option<trtc_recon::model::Day>| day.unwrap().to_string();
        // A price that is agreed and that no line of the bill shows as such: the minutes of a package.
        let minutes = account.grants.iter().find(|grant| grant.plan == "cn-general-custom").and_then(|one| one.minutes);
        // No file says that nothing was used on the other days.
        let complete = if account.usage_complete { "\n[usage]\ncomplete = true\n" } else { "" };
        let case = place.path().join("case");
        let text = typed(&case, &date(account.registered), &date(account.first_app_created), complete, None);
        // A settlement that is written down may be wrong on our side: a cause that the sample has not.
        let stated = fs::read_to_string(sample.join("account.toml")).unwrap().contains("\nsettlement = ");
        let text: String =
            text.split_inclusive('\n').filter(|line| stated || !line.starts_with("settlement = ")).collect();
        fs::write(case.join("account.toml"), &text).unwrap();
        if let Some(minutes) = minutes.filter(|_| out.contains("minutes of cn-general-custom")) {
            let text = text.replace(
                "plan = \"cn-general-custom\"\n",
                &format!("plan = \"cn-general-custom\"\nminutes = {minutes}\n"),
            );
            fs::write(place.path().join("case/account.toml"), text).unwrap();
        }
        if let Some(discount) =
            account.discount.on(account.period.unwrap().first_day()).filter(|_| out.contains("contract.discount"))
        {
            let text = fs::read_to_string(place.path().join("case/account.toml")).unwrap();
            let text = text.replace("\n[contract]\n", &format!("\n[contract]\ndiscount = \"{discount}\"\n"));
            fs::write(place.path().join("case/account.toml"), text).unwrap();
        }
        // The lists of packages are evidence that the sample has not.
        let _ = fs::remove_dir_all(case.join("packages"));
        let period = account.period.unwrap().to_string();
        let made = result(place.path(), "case", "made", &period);
        let own = result(place.path(), sample.to_str().unwrap(), "own", &period);
        let text = fs::read_to_string(place.path().join("case/account.toml")).unwrap();
        (made != own).then(|| format!("{}: {made:?}\nfor {own:?}\n{text}\n{out}{errors}", sample.display()))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} samples:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The account of a sample without what a vendor never does: a month plan that is no subscription, a balance
/// below the gift on its first day. And without what no download says: that something was taken back, agreed quotas.
fn plain(mut sample: Sample) -> Sample {
    let account = &mut sample.account;
    let period = account.period.to_datetime(jiff::civil::Time::midnight());
    account.grants.retain(|grant| ["free-", "cn-", "cn2019-"].iter().any(|plans| grant.plan.starts_with(plans)));
    for grant in &mut account.grants {
        (grant.start, grant.ended, grant.end) = (None, None, grant.end.filter(|_| grant.plan != "free-monthly"));
        grant.opening = grant.opening.filter(|_| grant.purchased < period);
        grant.paid =
            grant.paid.map(|_| reference::plans::listed_fee(&grant.plan)).filter(|_| grant.purchased >= period);
    }
    account.prices.retain(|price| !price.item.starts_with("fee."));
    account.mau_quotas.clear();
    if account.grants.iter().any(|grant| grant.opening.is_some()) {
        account.cut = reference::Cut::Usage;
    }
    for subscription in &mut account.subscriptions {
        (subscription.paid, subscription.ended) = (None, None);
    }
    sample
}

/// The rows of fees of a month, as bills print them.
fn fees(sample: &Sample, month: jiff::civil::Date) -> Vec<String> {
    let account = &sample.account;
    let (uin, currency) = (&account.uin, reference::plans::currency(account.site));
    let row = |plan: &str, app: Option<u64>, kind: &str, at: DateTime| {
        let app = app.map(|app| app.to_string()).unwrap_or_default();
        let (price, at) = (reference::plans::listed_fee(plan), stamp(&at));
        format!(
            "{uin},{uin},实时音视频,实时音视频 TRTC,{app},{kind},F{plan}{app}{at},{at},{at},{at},套餐,{},{price},元/月,1,月,,,{price},{currency}",
            issued::product(plan)
        )
    };
    let in_month = |at: DateTime| reference::first_of_month(at.date()) == month;
    let mut rows = Vec::new();
    for subscription in &account.subscriptions {
        for (number, (cycle, _)) in reference::plans::cycles(account, subscription).iter().enumerate() {
            let (kind, at) = if number == 0 {
                ("包年包月新购", subscription.purchased)
            } else {
                ("包年包月续费", cycle.start)
            };
            if in_month(at) {
                rows.push(row(&subscription.plan, Some(subscription.app), kind, at));
            }
        }
    }
    for grant in account.grants.iter().filter(|grant| grant.paid.is_some() && in_month(grant.purchased)) {
        rows.push(row(&grant.plan, grant.app, "包年包月新购", grant.purchased));
    }
    rows
}

/// What is downloaded for a random account: bills in zips, usage as a workbook or CSV, package lists.
fn download(sample: &Sample, folder: &Path, as_workbook: bool) {
    fs::create_dir_all(folder).unwrap();
    let account = &sample.account;
    let cut = if account.cut == reference::Cut::Usage { "按计费周期" } else { "按扣费周期" };
    for step in -3..=0 {
        let month = months_on(account.period, step);
        let mut text = if step == 0 { issued::l3(sample) } else { format!("{}\n", issued::HEADER) };
        text =
            text.lines().filter(|line| !line.contains("包年包月")).fold(String::new(), |all, line| all + line + "\n");
        let fees = fees(sample, month);
        if step < 0 && fees.is_empty() {
            continue;
        }
        for fee in fees {
            let _ = writeln!(text, "{fee}");
        }
        let name = format!("{}-{}-{cut}-明细账单", account.uin, month.strftime("%Y%m"));
        zipped(&folder.join(format!("{name}.zip")), &format!("{name}.csv"), text.as_bytes());
    }
    let usage = accounts::usage_csv(&sample.usage);
    if as_workbook {
        workbook(&folder.join(format!("usage-{}.xlsx", account.uin)), &usage);
    } else {
        fs::write(folder.join(format!("usage-{}.csv", account.uin)), usage).unwrap();
    }
    for grant in account.grants.iter().filter(|grant| grant.paid.is_none()) {
        let package = Package {
            id: &grant.id,
            plan: &grant.plan,
            app: grant.app,
            minutes: grant.minutes.map(|minutes| minutes.to_string()),
            created: stamp(&grant.purchased),
            until: grant.end.map(|end| stamp(&end)),
            left: grant.opening.map(|(at, minutes)| (stamp(&at), minutes.to_string())),
        };
        fs::write(folder.join(format!("packages-{}.csv", grant.id)), package.list()).unwrap();
    }
}

fn made_again(seed: u64) -> Option<String> {
    let sample = plain(accounts::sample(seed));
    let account = &sample.account;
    let place = tempfile::tempdir().unwrap();
    let own = accounts::account_toml(account);
    download(&sample, &place.path().join("downloads"), seed.is_multiple_of(2));
    let period = account.period.strftime("%Y-%m").to_string();
    let (_, out, errors) = ran(place.path(), &["init", "made", "--from", "downloads"]);
    let several = format!("made/{}-{period}", account.uin);
    let case = if place.path().join("made/account.toml").exists() { "made" } else { several.as_str() };
    if !place.path().join(case).join("account.toml").exists() {
        return Some(format!("seed {seed}: {out}{errors}"));
    }
    // No file says the readings where the vendor is silent; nor a price that the bill does not show for all lines.
    let (policy, contract) =
        own.split_once("\n[policy]").map(|(_, rest)| rest.split_once("\n[contract]").unwrap()).unwrap();
    let stepped = !account.prices.is_empty() || !account.discounts.is_empty();
    let contract = stepped.then(|| format!("\n[contract]{contract}"));
    let more = format!("\n[policy]{policy}");
    let text = typed(
        &place.path().join(case),
        &account.registered.to_string(),
        &account.first_app.to_string(),
        &more,
        contract.as_deref(),
    );
    if let Some(card) = account.card {
        let text = text.replace("[account]\n", &format!("[account]\ncard = \"{}\"\n", card.name()));
        fs::write(place.path().join(case).join("account.toml"), text).unwrap();
    }
    let hand = place.path().join("hand");
    fs::create_dir_all(&hand).unwrap();
    fs::write(hand.join("account.toml"), own).unwrap();
    fs::create_dir_all(hand.join("usage")).unwrap();
    fs::create_dir_all(hand.join("bills")).unwrap();
    for folder in ["usage", "bills"] {
        for file in fs::read_dir(place.path().join(case).join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            fs::copy(&file, hand.join(folder).join(file.file_name().unwrap())).unwrap();
        }
    }
    let (made, own) = (result(place.path(), case, "o1", &period), result(place.path(), "hand", "o2", &period));
    if made == own && made.is_ok() {
        return None;
    }
    let text = fs::read_to_string(place.path().join(case).join("account.toml")).unwrap();
    let own_text = fs::read_to_string(hand.join("account.toml")).unwrap();
    let lines = |one: &Result<(String, String), String>| match one {
        Ok((charges, verdict)) => format!("{verdict}\n{charges}"),
        Err(error) => error.clone(),
    };
    let (left, right) = (lines(&made), lines(&own));
    let first = left.lines().zip(right.lines()).find(|(a, b)| a != b);
    Some(format!("seed {seed}: {first:?}\n{out}{errors}\n{text}\n--- by hand\n{own_text}"))
}

/// A package that is bought on the international site.
fn of_intl(plan: &str) -> bool {
    plan.starts_with("intl-general-") || plan == "intl-package"
}

/// By default of a few accounts, of more with DOWNLOADED=100.
#[test]
fn random_accounts_are_made_of_their_downloads() {
    let count = std::env::var("DOWNLOADED").ok().map_or(25, |count| count.parse().unwrap());
    // No list of packages shows the bought packages of the international site.
    let bought = |seed: &u64| accounts::sample(*seed).account.grants.iter().any(|grant| of_intl(&grant.plan));
    let seeds: Vec<u64> = (0..).filter(|seed| !bought(seed)).take(count).collect();
    let wrong: Vec<String> = side_by_side(&seeds, |seed| made_again(*seed)).into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} of {} accounts:\n{}", wrong.len(), seeds.len(), wrong.join("\n\n"));
}

/// An account with a year of purchases: its account.toml for the first month, and its usage by month.
fn year(seed: u64) -> (String, Vec<String>) {
    let mut dice = accounts::Dice::new(seed ^ 0x0012);
    let first = Month::parse("2024-10").unwrap();
    let intl = seed.is_multiple_of(2);
    let site = if intl { "intl" } else { "cn" };
    let mut text = format!(
        "# A year of account {seed}.\n[account]\nuin = \"100000000{seed:03}\"\nsite = \"{site}\"\nregistered = 2023-03-01\n\
         first_app_created = 2023-03-02\nperiod = \"{first}\"\n\n[[app]]\nsdk_app_id = 1400000001\nname = \"one\"\n\n\
         [[app]]\nsdk_app_id = 1400000002\n"
    );
    let moment = |month: i32, dice: &mut accounts::Dice| {
        let day = first.plus(month).first_day() + i32::try_from(dice.below(26)).unwrap();
        format!("{day}T{:02}:{:02}:07", dice.below(24), dice.below(60))
    };
    if intl {
        let day = dice.below(28);
        for month in 0..12 {
            let start = first.plus(month).first_day() + i32::try_from(day).unwrap();
            if !dice.one_in(5) {
                let _ = write!(
                    text,
                    "\n[[grant]]\nid = \"free-{month}\"\nplan = \"free-monthly\"\npurchased = {start}T00:00:00\n"
                );
            }
        }
        let bought = moment(0, &mut dice);
        let end = if dice.one_in(2) { format!("end = {}\n", first.plus(7).first_day()) } else { String::new() };
        let _ = write!(
            text,
            "\n# Renewed by itself.\n[[subscription]]\nid = \"engine\"\nplan = \"rtc-engine-lite\"\napp = 1400000001\n\
             purchased = {bought}\nauto_renew = true\n{end}"
        );
        let bought = moment(3, &mut dice);
        let _ = write!(
            text,
            "\n[[subscription]]\nid = \"live\"\nplan = \"live-lite\"\napp = 1400000002\npurchased = {bought}\n"
        );
    } else {
        for number in 0..6 {
            let bought = moment(i32::try_from(dice.below(11)).unwrap(), &mut dice);
            let minutes = dice.between(500, 60_000);
            let (plan, app) =
                if dice.one_in(3) { ("cn-month", "app = 1400000002\n") } else { ("cn-general-custom", "") };
            let _ = write!(
                text,
                "\n[[grant]]\nid = \"pack-{number}\"\nplan = \"{plan}\"\n{app}purchased = {bought}\nminutes = {minutes}\n"
            );
        }
    }
    let items: &[&str] =
        if intl { &["av.audio", "av.hd", "av.fhd", "rec.hd"] } else { &["av.audio", "av.sd", "av.hd"] };
    let mut usage = Vec::new();
    for month in 0..12 {
        let mut rows = std::collections::BTreeMap::new();
        for _ in 0..60 {
            let day = first.plus(month).first_day() + i32::try_from(dice.below(28)).unwrap();
            let slot = dice.below(288) * 5;
            let (hour, minute) = (slot / 60, slot % 60);
            let start = format!("{day}T{hour:02}:{minute:02}:00");
            let end = (start.parse::<DateTime>().unwrap() + jiff::Span::new().minutes(5)).to_string();
            let (app, item) = (dice.pick(&[1_400_000_001_u64, 1_400_000_002]), dice.pick(items));
            rows.insert(format!("{start},{end},{app},{item}"), dice.between(1, 60_000));
        }
        usage.push(rows.iter().map(|(row, seconds)| format!("{row},{seconds},s\n")).collect());
    }
    (text, usage)
}

/// The charges of a case of that year.
fn charged(place: &Path, command: &str, case: &str, month: Month, uin: &str) -> String {
    let out = format!("of-{command}");
    let (_, said, errors) =
        ran(place, &[command, case, "--out", &out, "--format", "csv,json", "--period", &month.to_string()]);
    let path = place.join(out).join(format!("{uin}-{month}")).join("charges.csv");
    fs::read_to_string(path).unwrap_or_else(|_| panic!("{case}: {said}{errors}"))
}

/// Writes the usage of a case, and a bill of one line in each of these months.
fn fill(case: &Path, usage: &str, uin: &str, months: &[Month]) {
    fs::create_dir_all(case.join("usage")).unwrap();
    fs::create_dir_all(case.join("bills")).unwrap();
    let intl = fs::read_to_string(case.join("account.toml")).unwrap().contains("site = \"intl\"");
    let (currency, yuan) = if intl { ("USD", "美元") } else { ("CNY", "元") };
    let mut bill = format!("{}\n", issued::HEADER);
    for month in months {
        let day = month.first_day();
        let _ = writeln!(
            bill,
            "{uin},{uin},实时音视频,实时音视频 TRTC,1400000001,按量计费日结,T{day},{day} 10:00:00,{day} 00:00:00,{day} 23:59:59,时长,\
             音视频时长-语音,0.001,{yuan}/分钟,1,分钟,1,0,0.001,{currency}"
        );
    }
    fs::write(case.join("bills/bill.csv"), bill).unwrap();
    fs::write(case.join("usage/usage.csv"), format!("start,end,sdk_app_id,item,quantity,unit\n{usage}")).unwrap();
}

/// Twelve months rolled forward give what the whole history gives: by default of a few accounts, of more with ROLLED=50.
#[test]
fn months_rolled_forward_are_those_of_the_whole_history() {
    let count = std::env::var("ROLLED").ok().map_or(2, |count| count.parse().unwrap());
    let seeds: Vec<u64> = (0..count).collect();
    side_by_side(&seeds, |seed| {
        let place = tempfile::tempdir().unwrap();
        let (account, usage) = year(*seed);
        let uin = format!("100000000{seed:03}");
        let first = Month::parse("2024-10").unwrap();
        fs::create_dir_all(place.path().join("whole")).unwrap();
        fs::write(place.path().join("whole/account.toml"), &account).unwrap();
        let months: Vec<Month> = (0..12).map(|number| first.plus(number)).collect();
        fill(&place.path().join("whole"), &usage.concat(), &uin, &months);
        fs::create_dir_all(place.path().join("m0")).unwrap();
        fs::write(place.path().join("m0/account.toml"), &account).unwrap();
        for (number, of_month) in usage.iter().enumerate() {
            let month = first.plus(i32::try_from(number).unwrap());
            let case = format!("m{number}");
            if number > 0 {
                let report = format!("of-reconcile/{uin}-{}", month.plus(-1));
                let (status, _, errors) = ran(place.path(), &["init", &case, "--next", &report]);
                assert_eq!(status, 0, "{errors}");
            }
            fill(&place.path().join(&case), of_month, &uin, &[month]);
            let rolled = charged(place.path(), "reconcile", &case, month, &uin);
            let whole = charged(place.path(), "rate", "whole", month, &uin);
            let text = fs::read_to_string(place.path().join(&case).join("account.toml")).unwrap();
            assert_eq!(rolled, whole, "account {seed}, {month}:\n{text}\nof\n{account}");
        }
    });
}

/// A contract term that the bill shows for all lines is taken, one that it shows for some is asked for.
#[test]
fn a_bill_that_contradicts_itself_makes_no_contract() {
    let place = tempfile::tempdir().unwrap();
    downloads_of(&samples::folder().join("why-prices"), &place.path().join("d"));
    let (_, out, _) = ran(place.path(), &["init", "case", "--from", "d"]);
    assert!(
        out.contains("contract.discount: every item of the bill has lines at the list price and lines at 0.85"),
        "{out}"
    );
    let text = fs::read_to_string(place.path().join("case/account.toml")).unwrap();
    assert!(!text.lines().any(|line| line.starts_with("discount")), "{text}");
}

/// What belongs into no case is named, and no date is made up.
#[test]
fn what_no_file_says_is_listed() {
    let place = tempfile::tempdir().unwrap();
    downloads_of(&samples::folder().join("why-grant-cohort"), &place.path().join("d"));
    fs::write(place.path().join("d/notes.csv"), "a,b\n1,2\n").unwrap();
    fs::write(place.path().join("d/letter.pdf"), "x").unwrap();
    let (status, out, errors) = ran(place.path(), &["init", "case", "--from", "d"]);
    assert_eq!(status, 2);
    assert!(out.contains("No file says, to be added to account.toml:\n  registered: "), "{out}");
    assert!(errors.contains("left out: notes.csv") && errors.contains("left out: letter.pdf"), "{errors}");
    let text = fs::read_to_string(place.path().join("case/account.toml")).unwrap();
    assert!(text.contains("#registered = 2023-03-01  # no file says it"), "{text}");
    // A second time there is a case already.
    let (status, _, errors) = ran(place.path(), &["init", "case", "--from", "d"]);
    assert!(status == 2 && errors.contains("case-exists"), "{errors}");
}
