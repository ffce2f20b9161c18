//! The names of the texts. A field is a text that both languages must have.
#![allow(missing_docs, reason = "the texts in en.toml say it")]

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};

/// Defines tables of texts. Each text can also be had by its name.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { $($field:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name { $(pub $field: String),* }

        impl $name {
            /// Returns the text of that name.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<&str> {
                match name {
                    $(stringify!($field) => Some(&self.$field),)*
                    _ => None,
                }
            }

            fn take_from(table: &mut Table) -> Self {
                Self { $($field: table.take(stringify!($field))),* }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut table = Table::of(BTreeMap::deserialize(deserializer)?);
                let texts = Self::take_from(&mut table);
                table.finish().map_or(Ok(texts), |wrong| Err(D::Error::custom(wrong)))
            }
        }
    )*};
}

/// A table of texts on its way into its fields. A derived reader of so many fields takes the compiler minutes.
struct Table {
    texts: BTreeMap<String, String>,
    missing: Vec<&'static str>,
}

impl Table {
    fn of(texts: BTreeMap<String, String>) -> Self {
        Self { texts, missing: Vec::new() }
    }

    #[inline(never)]
    fn take(&mut self, name: &'static str) -> String {
        self.texts.remove(name).unwrap_or_else(|| {
            self.missing.push(name);
            String::new()
        })
    }

    /// Returns what is wrong with the table: a text that is missing, or one that nothing has a place for.
    fn finish(self) -> Option<String> {
        let missing = self.missing.into_iter().map(|name| format!("missing field `{name}`"));
        let unknown = self.texts.into_keys().map(|name| format!("unknown field `{name}`"));
        missing.chain(unknown).next()
    }
}

texts! {
    /// The names of verdicts.
    Verdicts { reconciled, discrepancies, inconclusive, rated }
    /// True if a discrepancy is proved.
    Strengths { certain, inconclusive }
    /// The names of kinds of differences.
    Kinds {
        currency, duplicate, item, missing_in_usage, missing_in_bill, quantity, deduction, unit_price, rounding,
        arithmetic, subscription_fee, adjustment,
    }
    /// The steps of the bridge that no cause names, by kind.
    Steps {
        undecided, carried, prices, currency, duplicate, item, missing_in_usage, missing_in_bill, quantity, deduction,
        unit_price, rounding, arithmetic, subscription_fee, adjustment,
    }
    /// Why it differs; `{detail}` is the grant, card or item that a cause names.
    Causes {
        usage_missing, grant_missing, subscription_missing, grant_returned, discount_missing, price_missing, opening,
        account, bill_missing, interval_rounding, month_rounding, account_rounding, app_rounding, day_boundary, grant_skipped, grant_cohort,
        grant_scope, grant_order, ratio, partial_minute, other_card, other_tier, displayed_price, list_price,
        reading, price_factor, amount_factor, other_price, price_rounding, amount_rounding, quantity_rounding,
        grant_size, grant_start, grant_plan, grant_doubled, time_missing, time_doubled, interval_missing, interval_duplicated, period_shift, duplicate_line, unexplained, adjustment, bill_precision,
        within_tolerance,
    }
    /// Sentences on what is due and what is billed, by kind of finding.
    Findings {
        currency, duplicate, item, missing_in_usage, missing_in_bill, quantity, deduction, unit_price, rounding,
        arithmetic, fee_missing, fee, refund, adjustment,
    }
    /// The subject of an assumption, by its code.
    Readings {
        partial_minute, tie_order, metering_scope, rtc_engine_offer, free_minutes_mixing, month_plan_end,
        renewal_day, cn_month_end, cn2019_experience_end, relay_edge, free_images_scope, free_images_rounding,
        derived_price, custom_price, paid_not_list, service_without_plan, service_after_plan, usage_in_stop,
        usage_not_unlocked, two_plans_at_once, plan_too_often, plan_not_after, free_months_overlap,
        free_months_in_a_row, free_month_missing, grant_expired, package_dearer, card_stands_in,
        mixing_by_output, flat_fee, earlier_usage, metering_scope_by_service, offer_for_all_plans, late_activation,
        relay_by_application, images_by_ten, plan_not_eligible, plan_without_app, users_beyond_trial,
        charge_without_postpaid, arrears_reclaimed, package_while_stopped, card_by_gift, rebate_due,
        discount_on_request, grant_returned, refund_last_day,
    }
    /// Sentences of the audit, with their parts.
    Assumed {
        higher, lower, open, switch, fraction_taken, fraction_other, whole_taken, whole_other, time_taken, time_other,
        item_taken, item_other, app_taken, app_other, account_taken, account_other, offer_taken, offer_other,
        mixing_taken, mixing_other, month_plan_taken, month_plan_other, month_package_taken, month_package_other,
        experience_taken, experience_other, renewal_taken, renewal_other, relay_taken, relay_other, images_taken,
        images_each, images_before, derived, custom, paid_more, paid_less, ended_free, ended_plan, stopped,
        stop_reason, arrears, not_unlocked, by_apps, at_once, on_app, too_often, once, times, any_times, not_after,
        overlap, in_a_row, free_month, expired, worth_free, worth, worth_unknown, dear, stands_in, old_mixing,
        flat_fee, earlier_row, earlier_rows, service_taken, service_other, offer_all_taken, offer_all_other, late_taken,
        late_other, relay_sum_taken, relay_sum_other, tens_taken, tens_other, returned, last_day, not_eligible, without_app, beyond_trial,
        of_trial, no_postpaid, reclaimed, while_stopped, card_by_gift, rebate, on_request,
    }
    /// The totals of a report.
    Totals {
        expected, expected_at_least, expected_at_most, billed, difference, overcharged, undercharged, payable,
    }
    /// The columns of the tables, by their names in csv.
    Columns {
        package, result, compared, differing, theirs, ours, first_time, first_sdk_app_id,
        first_item, first_theirs, first_ours, drawdown_line, place,
        account, sdk_app_id, day, item, unit, metered, billable, covered, charged, unit_price, amount, currency, card,
        amount_low, amount_high, time, grant, minutes, ratio, before, taken, after, id, kind, cause, expected_quantity,
        billed_quantity, expected_unit_price, billed_unit_price, expected_amount, billed_amount, difference,
        explanation, source, strength, side, paste, plan, valid_from, valid_until, granted, opening, used, expired,
        remaining, path, rows, excluded, duplicate, rejected, read_as, left_out_because, blake3, sha256,
        state, first_seen, runs, status, owner, comment, previous_difference, name, department,
    }
    /// The units, in lower case.
    Units { min, thousand, mbps, user, month }
    /// Names that the items of one family share; `fee` names its `{plan}`.
    Families {
        av, rec, mix, mix_h264, mix_h265, deliver_tencent, deliver_third, page, relay, snapshot, mau, fee,
    }
    /// The tiers of an item: `t` and its name.
    Tiers { tcall, taudio, tsd, thd, thdplus, tfhd, t2k, t4k, ttencent, tthird }
    /// Sentences that several outputs say, and those of the terminal.
    Texts {
        sentence, compared, rated, reconciled, overcharged, undercharged, and, or, no_effect, undecided, incomplete,
        range, money, item, one_line, lines, completeness, gaps, note, warning, error, help, remark, bridge,
        largest, ours, ours_step, ours_download, ours_bill, ours_paste, by_item, contradicted, not_audited,
        lines_column, cause, more, remarks, one_warning, warnings, one_note, notes, one_assumption, assumptions,
        report, named, of_app, apps, verdict, what_to_do, todo_read, todo_add, todo_nothing, refused, account_wide, check_rows, check_excluded, check_days, check_gaps, check_rounded, check_stretches,
        check_repeated, check_not_read, check_slots, check_covers, check_holes, check_findings, one_error, errors, one_day,
        claim, claimed, range_below, range_above, range_inside, open_usage, open_lines, decide_gaps, decide_rounded,
        decide_price, decide_ours, decide_account, days, with_cause, help_output, help_arguments, help_options, help_commands, progress, stage_reading, stage_rating, stage_explaining, search_finding, search_trials, stage_writing, rows_read, rows_rate, not_printed, because, assumption, no_money,
        balances, balances_agree, balances_differ, balances_undecided, comma, followup, dispute,
        card_always, card_from, card_until, card_between, card_chosen,
    }
    /// The page.
    PageTexts {
        title, contents, period, discrepancies, followup, by_day, expected_by_day, charges, by_app, grants, balances, assumptions,
        completeness, inputs, without_fees, figures, code, none, more, smaller, all_agree, bridge_said,
        axis_cut, other_causes, days_said, expected_days_said, no_days, differs, grant_title, grant_said,
        more_grants, unknown_item, search, sort, shown, by_amount, no_line, finding_foot, seconds, images,
        taken, free, by_card, derived, foot, why, no_findings,
    }
}
