//! An account.toml as text: each value with the file and row that says it.

use std::fmt::Write;

use super::draft::Draft;
use crate::case::account::{GrantEntry, Opening, SubscriptionEntry};
use crate::model::diagnostic::toml_string;
use crate::model::policy::{Cut, Settlement, Site};

/// Writes the account.toml of a draft.
#[must_use]
pub fn account_toml(draft: &Draft) -> String {
    let mut page = Page { text: String::new(), draft };
    page.line("# Made by trtc-recon init; behind each value the file and row that says it.");
    page.head();
    page.apps();
    for grant in &draft.account.grants {
        page.grant(grant);
    }
    for subscription in &draft.account.subscriptions {
        page.subscription(subscription);
    }
    page.terms();
    page.text
}

struct Page<'a> {
    text: String,
    draft: &'a Draft,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A key with the place that says it.
    fn key(&mut self, key: &str, value: &str, subject: &str) {
        match self.draft.said.get(subject) {
            Some(place) => _ = writeln!(self.text, "{key} = {value}  # {place}"),
            None => _ = writeln!(self.text, "{key} = {value}"),
        }
    }

    /// A key that no file says, and a name for it.
    fn asked(&mut self, key: &str, example: &str) {
        for asked in self.draft.asked.iter().filter(|asked| asked.key == key) {
            let _ = writeln!(self.text, "#{key} = {example}  # no file says it: {}", asked.why);
        }
    }

    fn head(&mut self) {
        let account = &self.draft.account;
        self.line("\n[account]");
        self.key("uin", &toml_string(&account.uin), "uin");
        if self.draft.site_is_known {
            self.key("site", if account.site == Site::Cn { "\"cn\"" } else { "\"intl\"" }, "site");
        }
        self.asked("site", "\"cn\"");
        if let Some(day) = account.registered {
            self.key("registered", &day.to_string(), "registered");
        }
        self.asked("registered", "2023-03-01");
        if let Some(day) = account.first_app_created {
            self.key("first_app_created", &day.to_string(), "first_app_created");
        }
        self.asked("first_app_created", "2023-03-02");
        if let Some(period) = account.period {
            self.key("period", &format!("\"{period}\""), "period");
        }
        if let Some(settlement) = account.settlement {
            let word = if settlement == Settlement::Day { "\"day\"" } else { "\"month\"" };
            self.key("settlement", word, "settlement");
        }
        if let Some(card) = &account.card {
            self.key("card", &toml_string(card), "card");
        }
    }

    fn apps(&mut self) {
        for app in &self.draft.account.apps {
            self.line("\n[[app]]");
            self.key("sdk_app_id", &app.id.to_string(), &format!("app {}", app.id));
            if let Some(name) = &app.name {
                self.key("name", &toml_string(name), &format!("app {} name", app.id));
            }
        }
    }

    /// Writes the values of a purchase that no file says, as comments above it.
    fn asked_of(&mut self, id: &str) {
        for asked in self.draft.asked.iter().filter(|asked| asked.of.as_deref() == Some(id)) {
            let _ = writeln!(self.text, "# {} is missing: {}", asked.key, asked.why);
        }
    }

    fn opening(&mut self, opening: Option<Opening>, id: &str) {
        if let Some(opening) = opening {
            let value = format!("{{ at = {}, minutes = \"{}\" }}", opening.at, opening.minutes);
            self.key("opening", &value, &format!("{id} opening"));
        }
    }

    fn grant(&mut self, grant: &GrantEntry) {
        self.line("\n[[grant]]");
        self.asked_of(&grant.id);
        self.key("id", &toml_string(&grant.id), &grant.id);
        self.key("plan", &toml_string(&grant.plan), "");
        self.key("purchased", &grant.purchased.to_string(), "");
        if let Some(app) = grant.app {
            self.key("app", &app.to_string(), "");
        }
        if let Some(minutes) = grant.minutes {
            self.key("minutes", &minutes.to_string(), "");
        }
        if let Some(paid) = grant.paid {
            self.key("paid", &format!("\"{paid}\""), "");
        }
        if let Some(start) = grant.start {
            self.key("start", &start.to_string(), "");
        }
        if let Some(end) = grant.end {
            self.key("end", &end.to_string(), &format!("{} end", grant.id));
        }
        self.opening(grant.opening, &grant.id);
    }

    fn subscription(&mut self, subscription: &SubscriptionEntry) {
        self.line("\n[[subscription]]");
        self.asked_of(&subscription.id);
        self.key("id", &toml_string(&subscription.id), &subscription.id);
        self.key("plan", &toml_string(&subscription.plan), "");
        if let Some(app) = subscription.app {
            self.key("app", &app.to_string(), "");
        }
        self.key("purchased", &subscription.purchased.to_string(), "");
        self.key("auto_renew", &subscription.auto_renew.to_string(), &format!("{} renewal", subscription.id));
        if let Some(end) = subscription.end {
            self.key("end", &end.to_string(), &format!("{} end", subscription.id));
        }
        if let Some(paid) = subscription.paid {
            self.key("paid", &format!("\"{paid}\""), "");
        }
        self.opening(subscription.opening, &subscription.id);
    }

    fn terms(&mut self) {
        let account = &self.draft.account;
        self.line("\n[bill]");
        self.key("cut", if account.cut == Cut::Usage { "\"usage\"" } else { "\"deduction\"" }, "cut");
        let asked = self.draft.asked.iter().any(|asked| asked.key.starts_with("contract"));
        if account.discount.is_none() && account.prices.is_empty() && !asked {
            return;
        }
        self.line("\n[contract]");
        for asked in self.draft.asked.iter().filter(|asked| asked.key.starts_with("contract")) {
            let _ = writeln!(self.text, "# {} is open: {}", asked.key, asked.why);
        }
        if let Some(discount) = account.discount.0.first() {
            self.key("discount", &format!("\"{}\"", discount.factor.normalize()), "discount");
        }
        for price in &account.prices {
            self.line("\n[[contract.price]]");
            self.key("item", &toml_string(price.item.id()), &format!("price {}", price.item.id()));
            self.key("price", &format!("\"{}\"", price.price.normalize()), "");
            self.key("from", &price.from.to_string(), "");
            if let Some(until) = price.until {
                self.key("until", &until.to_string(), "");
            }
        }
    }
}
