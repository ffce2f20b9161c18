//! Each finding about usage has its smallest input.

use super::*;

/// The smallest input that earns each finding about a row of the tidy form.
#[test]
fn each_finding_about_a_row_has_its_smallest_input() {
    for (row, code) in [
        ([T0, T5, "classroom", "av.hd", "1", "s"], "usage-app"),
        ([T0, T5, "1.4E+09", "av.hd", "1", "s"], "usage-of-excel"),
        ([T0, T5, "", "av.hd", "1", "s"], "usage-app-unnamed"),
        ([T5, T0, APP, "av.hd", "1", "s"], "usage-interval"),
        (["2024-10-01 00:02:00", T5, APP, "av.hd", "1", "s"], "usage-interval"),
        ([T0, T5, APP, "qq", "1", "s"], "usage-item-unknown"),
        ([T0, T5, APP, "av.hd", "-1", "s"], "usage-negative"),
        ([T0, T5, APP, "av.hd", "1.2E+05", "s"], "usage-number"),
        ([T0, T5, APP, "av.hd", "1.5", "s"], "usage-number"),
        ([T0, T5, APP, "av.hd", "1.5", "min"], "usage-number"),
        ([T0, T5, APP, "av.hd", "-", "s"], "usage-quantity-missing"),
        (["01/02/2024", T5, APP, "av.hd", "1", "s"], "usage-time"),
        (["2023-02-29", T5, APP, "av.hd", "1", "s"], "usage-time"),
        ([T0, T5, APP, "av.hd", "1", "GB"], "usage-unit"),
        ([T0, T5, APP, "av.hd", "1", "image"], "usage-unit"),
        ([T0, T5, "1400000009", "av.hd", "0", "s"], "usage-unknown-app"),
    ] {
        assert_eq!(told(&tidy(&row)), [code], "{row:?}");
    }
}

/// The smallest input that earns each finding about a table.
#[test]
fn each_finding_about_a_table_has_its_smallest_input() {
    let day: &[&str] = &["2024-10-01", "1"];
    for (file, rows, code) in [
        ("usage/a.csv", &[&["x", "y"][..], &["1", "2"]][..], "normalise-layout-unknown"),
        ("usage/a.csv", &[&["start", "end", "item"], &["1", "2", "3"]], "header-column-missing"),
        ("usage/av.csv", &[&["时间", "高清"], day], "usage-app-unnamed"),
        ("usage/1400000001.csv", &[&["时间", "高清"], day], "usage-service-unnamed"),
        ("usage/1400000001 av.csv", &[&["RoomId", "HD"], &["7", "1"]], "usage-day-unnamed"),
    ] {
        assert_eq!(told(&read(&[csv(file, rows)])), [code], "{file}");
    }
    let twice: &[&str] = &["start", "end", "sdk_app_id", "item", "quantity", "unit", "Unit"];
    assert_eq!(told(&read(&[csv("usage/a.csv", &[twice, &[]])])), ["header-column-twice"]);
}

#[test]
fn the_vendors_own_deduction_that_does_not_add_up_is_said() {
    let even = read(&[csv("usage/a.csv", &[DETAIL, &detail(T0, T5, "30", HD)])]);
    assert!(!has(&even, "usage-vendor-sum", Severity::Warning));
    let uneven = read(&[csv("usage/a.csv", &[DETAIL, &detail(T0, T5, "31", HD)])]);
    assert!(has(&uneven, "usage-vendor-sum", Severity::Warning));
}

#[test]
fn a_response_of_the_usage_api_names_its_service_by_the_call() {
    let list = Table::of_rows(
        0,
        "usage/DescribeRecordingUsage_1400000002.json",
        Some("UsageList"),
        &[&["TimeKey", "Audio", "2K+"], &["2024-10-01 00:05:00", "1", "2"]],
    );
    assert_eq!(
        told(&read(&[list])),
        ["2024-10-01T00:05:00 300 rec.audio 2 60 Minutes", "2024-10-01T00:05:00 300 rec.4k 2 120 Minutes"]
    );
}

#[test]
fn usage_of_another_account_is_an_error() {
    let mut row = detail(T0, T5, "1", HD);
    row[1] = "100000000002";
    assert_eq!(told(&read(&[csv("usage/a.csv", &[DETAIL, &row])])), ["usage-other-account"]);
}

#[test]
fn a_hidden_sheet_with_usage_is_read_and_said() {
    let rows: &[&[&str]] = &[TIDY, &[T0, T5, APP, "av.hd", "1", "s"]];
    let mut table = Table::of_rows(0, "usage/a.xlsx", Some("Sheet2"), rows);
    table.hidden = true;
    let read = read(&[table]);
    assert!(has(&read, "normalise-sheet-hidden", Severity::Note));
    assert_eq!(read.usage.len(), 1);
}

#[test]
fn a_row_of_totals_may_say_so_in_any_column() {
    let rows: &[&[&str]] = &[TIDY, &[T0, T5, "总计", "av.hd", "1", "s"]];
    assert_eq!(read(&[csv("usage/a.csv", rows)]).counts[0].reasons, [("a row of totals".to_owned(), 1)]);
}

#[test]
fn a_table_behind_the_period_is_said() {
    let read = tidy(&["2024-11-01", "2024-11-02", APP, "av.hd", "1", "s"]);
    assert!(has(&read, "usage-outside", Severity::Warning));
}

#[test]
fn rows_that_were_moved_onto_the_grid_are_told() {
    let read = tidy(&[T0, "2024-10-01T00:04:59.999", APP, "av.hd", "1", "s"]);
    assert!(!has(&read, "usage-off-grid", Severity::Warning), "the end of an interval may be written so");
    let read = tidy(&["2024-10-01T00:00:01", T5, APP, "av.hd", "1", "s"]);
    assert!(has(&read, "usage-off-grid", Severity::Warning));
}

#[test]
fn an_account_without_applications_is_only_warned_of_them() {
    let mut account = account();
    account.apps.clear();
    let table = csv("usage/a.csv", &[TIDY, &[T0, T5, APP, "av.hd", "1", "s"]]);
    let read = read_for(&account, &[table]);
    assert!(has(&read, "usage-unknown-app", Severity::Warning));
    assert_eq!(read.usage.len(), 1);
}

#[test]
fn repeats_conflicts_overlaps_and_sums_name_both_places() {
    let row = |start, end, quantity| [start, end, APP, "av.hd", quantity, "s"];
    let both = |one: &[&str], other: &[&str]| {
        let first = Table::of_rows(0, "usage/a.csv", None, &[TIDY, one]);
        let second = Table::of_rows(1, "usage/b.csv", None, &[TIDY, other]);
        let read = read(&[first, second]);
        let found = read.diagnostics.iter().find(|d| d.code != "usage-gap").unwrap();
        assert!(found.at.file == "usage/b.csv" && found.message.contains("usage/a.csv!2"), "{found}");
        found.code
    };
    let hour = "2024-10-01 01:00:00";
    assert_eq!(both(&row(T0, T5, "1"), &row(T0, T5, "1")), "usage-duplicate");
    assert_eq!(both(&row(T0, T5, "1"), &row(T0, T5, "2")), "usage-conflict");
    assert_eq!(both(&row(T0, hour, "1"), &row(T5, "2024-10-01 01:05:00", "1")), "usage-overlap");
    assert_eq!(both(&row(T0, T5, "1"), &row("2024-10-01", "2024-10-01", "2")), "usage-crossfoot");
}

#[test]
fn usage_of_other_accounts_beside_ones_own_is_left_out() {
    let mut row = detail(T0, T5, "1", HD);
    row[1] = "100000000002";
    let read = read(&[csv("usage/a.csv", &[DETAIL, &detail(T0, T5, "7", HD), &row])]);
    assert!(has(&read, "usage-accounts", Severity::Note));
    assert_eq!((read.counts[0].used, read.counts[0].excluded, read.counts[0].rejected), (1, 1, 0));
    assert_eq!(read.counts[0].reasons, [("of another account".to_owned(), 1)]);
}
