//! Laws of rating and comparing that hold for every account.

use std::collections::BTreeMap;

use proptest::prelude::*;
use trtc_recon::model::{Money, PackMinutes, Quantity};
use trtc_recon::report::Report;

use crate::accounts::{self, Sample};
use crate::{issued, run};

fn rated(sample: &Sample) -> Report {
    run::report(&accounts::account_toml(&sample.account), &accounts::usage_csv(&sample.usage), None)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        // The same accounts in every run.
        rng_seed: proptest::test_runner::RngSeed::Fixed(2024),
        ..ProptestConfig::default()
    })]

    /// billable = covered + charged; the ledger has no gap and no grant goes below nothing.
    #[test]
    fn what_is_due_is_covered_or_charged(seed in 0_u64..100_000) {
        let report = rated(&accounts::sample(seed));
        for charge in &report.charges {
            prop_assert_eq!(charge.billable, charge.covered + charge.charged);
            prop_assert!(charge.charged >= Quantity::ZERO && charge.covered >= Quantity::ZERO);
        }
        let mut left: BTreeMap<usize, PackMinutes> = BTreeMap::new();
        for row in &report.drawdown {
            prop_assert_eq!(row.before - row.taken, row.after);
            prop_assert!(row.after >= PackMinutes::ZERO);
            if let Some(last) = left.insert(row.grant, row.after) {
                prop_assert_eq!(last, row.before, "a gap in the ledger of grant {}", row.grant);
            }
        }
        for grant in &report.grants {
            prop_assert_eq!(grant.opening, grant.used + grant.expired + grant.remaining);
        }
    }

    /// The order of the rows is irrelevant.
    #[test]
    fn the_order_of_rows_is_irrelevant(seed in 0_u64..100_000, by in 1_usize..1000) {
        let sample = accounts::sample(seed);
        let text = accounts::usage_csv(&sample.usage);
        let (header, rows) = text.split_once('\n').unwrap();
        let mut rows: Vec<&str> = rows.lines().collect();
        let turn = by % rows.len().max(1);
        rows.rotate_left(turn);
        rows.reverse();
        let shuffled = format!("{header}\n{}\n", rows.join("\n"));
        let account = accounts::account_toml(&sample.account);
        let (a, b) = (run::report(&account, &text, None), run::report(&account, &shuffled, None));
        prop_assert_eq!(a.charges, b.charges);
        prop_assert_eq!(a.drawdown, b.drawdown);
    }

    /// A bill of the charges themselves is clean, and its bridge adds up.
    #[test]
    fn an_account_billed_by_its_charges_is_clean(seed in 0_u64..100_000) {
        let sample = issued::billable(accounts::sample(seed));
        let (_, report, found) = issued::reconcile(&sample, &issued::l3(&sample));
        let comparison = report.unwrap_or_else(|| panic!("{found}")).comparison.unwrap();
        prop_assert!(comparison.discrepancies.is_empty());
        prop_assert_eq!(comparison.difference, Money::ZERO);
    }

    /// Whatever is wrong with a bill, the bridge adds up to the difference, and
    /// over- and undercharges are not netted.
    #[test]
    fn the_bridge_adds_up(seed in 0_u64..100_000, keep in 1_usize..5, factor in 2_u32..9) {
        let sample = issued::billable(accounts::sample(seed));
        let bill = issued::l3(&sample);
        let (header, rows) = bill.split_once('\n').unwrap();
        let spoilt = rows.lines().enumerate().filter(|(at, _)| at % (keep + 1) != 0).map(|(at, row)| {
            let (row_of, currency) = row.rsplit_once(',').unwrap();
            let (front, amount) = row_of.rsplit_once(',').unwrap();
            if at % 3 == 0 { format!("{front},{factor}{amount},{currency}") } else { row.to_owned() }
        });
        let bill = format!("{header}\n{}\n", spoilt.collect::<Vec<_>>().join("\n"));
        let (_, report, found) = issued::reconcile(&sample, &bill);
        let report = report.unwrap_or_else(|| panic!("{found}"));
        let comparison = report.comparison.unwrap();
        let bridge: Money = comparison.bridge.iter().map(|step| step.amount).sum();
        prop_assert_eq!(bridge, comparison.difference);
        prop_assert_eq!(comparison.difference, comparison.billed_total - report.expected_total);
        let rows: Money = comparison.discrepancies.iter().map(|row| row.difference).sum();
        prop_assert_eq!(rows, comparison.overcharged - comparison.undercharged + uncertain(&comparison.discrepancies));
    }
}

fn uncertain(rows: &[trtc_recon::compare::Discrepancy]) -> Money {
    rows.iter().filter(|row| row.strength.name() == "inconclusive").map(|row| row.difference).sum()
}

/// Cutting the usage of an interval into rows of its own 5 minutes changes nothing.
#[test]
fn splitting_usage_changes_nothing() {
    let account = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
        first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";
    let header = "start,end,sdk_app_id,item,quantity,unit\n";
    let day = format!("{header}2024-10-08 00:00:00,2024-10-09 00:00:00,1400000001,av.hd,9000,s\n");
    let slot = |at: u32| format!("2024-10-08 {:02}:{:02}:00", at / 12, at % 12 * 5);
    let pieces: String = (0..200).map(|at| format!("{},{},1400000001,av.hd,45,s\n", slot(at), slot(at + 1))).collect();
    let whole = run::report(account, &day, None);
    let split = run::report(account, &format!("{header}{pieces}"), None);
    assert_eq!(run::charges(&whole), ["2024-10-08 1400000001 av.hd 150 0 0.5985"]);
    assert_eq!(whole.charges, split.charges);
}
