//! The table of errors that are planted: each gives a wrong bill for a world.

use trtc_recon::case::account::Discounts;
use trtc_recon::model::invoice::{InvoiceLine, LineClass, PrintedPrice};
use trtc_recon::model::policy::{PartialMinute, Scope};
use trtc_recon::model::{Day, Item, Unit, UnitPrice, Usage};
use trtc_recon::rate::charge::{Charge, LINE, Settled, fee_line};
use trtc_recon::rate::rate;
use trtc_recon::rules::Plans;
use trtc_recon::rules::build_terms;
use trtc_recon::rules::quote::quote;
use trtc_recon::rules::terms::{Bucket, Grant, Scopes, Terms};

use super::world::World;

/// A bill with an error, and its cause.
#[derive(Clone)]
pub struct Plant {
    pub cause: String,
    pub lines: Vec<InvoiceLine>,
    /// The changed rules, where the error is one of the rules.
    pub terms: Option<Terms>,
    /// The changed usage, where the error is one of the usage.
    pub usage: Option<Vec<Usage>>,
}

impl Plant {
    fn of_lines(cause: &str, lines: Vec<InvoiceLine>) -> Self {
        Self { cause: cause.to_owned(), lines, terms: None, usage: None }
    }
}

impl World {
    fn if_terms(&self, cause: &str, edit: impl Fn(&mut Terms)) -> Plant {
        let mut terms = self.terms.clone();
        edit(&mut terms);
        let lines = self.lines(&rate(&self.usage, &terms).charges);
        Plant { terms: Some(terms), ..Plant::of_lines(cause, lines) }
    }

    fn if_usage(&self, cause: &str, edit: impl Fn(&mut Vec<Usage>)) -> Plant {
        let mut usage = self.usage.clone();
        edit(&mut usage);
        let lines = self.lines(&rate(&usage, &self.terms).charges);
        Plant { usage: Some(usage), ..Plant::of_lines(cause, lines) }
    }

    /// The bill of an account in which both errors were made.
    pub fn both(&self, one: &Plant, other: &Plant) -> Option<Vec<InvoiceLine>> {
        let terms = one.terms.as_ref().or(other.terms.as_ref())?;
        let usage = one.usage.as_ref().or(other.usage.as_ref())?;
        Some(self.lines(&rate(usage, terms).charges))
    }

    /// Every error that this world can have; the turn picks grants, rows and lines.
    pub fn plants(&self, turn: usize) -> Vec<Plant> {
        let mut plants = self.rounding_plants();
        plants.extend(self.grant_plants(turn));
        plants.extend(self.order_plants(turn));
        plants.extend(self.price_plants(turn));
        plants.extend(self.usage_plants(turn));
        plants.extend(self.tier_plants(turn));
        plants.extend(self.line_plants(turn));
        plants.extend(self.displayed_plant());
        plants
    }

    /// Rules broken on one line, of those that they touch; the others are right.
    /// (What is done to usage shows on every line that it touches.)
    pub fn plants_of_one_line(&self, turn: usize) -> Vec<Plant> {
        let right = self.lines(&self.charges);
        let mut plants = Vec::new();
        for plant in self.plants(turn) {
            let touched: Vec<_> = self.touched(&plant.lines).into_iter().collect();
            if touched.len() < 2 || plant.terms.is_none() {
                continue;
            }
            let key = touched[turn % touched.len()];
            let own = |line: &&InvoiceLine| (line.span, line.app, line.item) == key;
            let mut lines: Vec<InvoiceLine> = right.iter().filter(|line| !own(line)).cloned().collect();
            let wrong: Vec<InvoiceLine> = plant.lines.iter().filter(own).cloned().collect();
            if wrong.iter().any(|line| !line.amount.is_zero()) {
                lines.extend(wrong);
                plants.push(Plant::of_lines(&plant.cause, lines));
            }
        }
        plants
    }

    fn rounding_plants(&self) -> Vec<Plant> {
        let bucket =
            |bucket: Bucket| move |terms: &mut Terms| terms.segments.iter_mut().for_each(|s| s.bucket = bucket);
        let scope = |scope: Scope| {
            move |terms: &mut Terms| terms.segments.iter_mut().for_each(|s| s.scope = Scopes::all(scope))
        };
        vec![
            self.if_terms("interval_rounding", bucket(Bucket::Interval)),
            self.if_terms("month_rounding", bucket(Bucket::Month)),
            self.if_terms("account_rounding", scope(Scope::Account)),
            self.if_terms("app_rounding", scope(Scope::App)),
            self.if_terms("day_boundary", |terms| terms.day_shift = 8 * 3600),
        ]
    }

    fn grant_plants(&self, turn: usize) -> Vec<Plant> {
        let whole = self.terms.partial_minute == PartialMinute::Whole;
        let other = if whole { PartialMinute::Fraction } else { PartialMinute::Whole };
        let mut plants = vec![self.if_terms("partial_minute", |terms| terms.partial_minute = other)];
        if self.terms.grants.is_empty() {
            return plants;
        }
        let at = turn % self.terms.grants.len();
        let id = self.terms.grants[at].id.clone();
        plants.push(self.if_terms(&format!("grant_skipped:{id}"), |terms| drop(terms.grants.remove(at))));
        let apps: Vec<_> = self.charges.iter().filter_map(|charge| charge.app).collect();
        let app = apps.get(turn % apps.len().max(1)).copied();
        plants.push(self.if_terms("grant_scope", |terms| {
            let grant = &mut terms.grants[at];
            grant.app = if grant.app.is_some() { None } else { app };
        }));
        plants.push(self.if_terms("ratio", |terms| self.other_ratios(terms)));
        for cut in ["2023-02-20", "2023-02-21", "2024-07-25"] {
            let mut account = self.account.clone();
            account.registered = Day::parse(cut).unwrap();
            let ratios = build_terms::terms(&account, &self.cards, self.period).unwrap();
            plants.push(self.if_terms("grant_cohort", |terms| terms.grants.clone_from(&ratios.grants)));
        }
        plants
    }

    fn order_plants(&self, turn: usize) -> Vec<Plant> {
        let ranked = |key: fn(&Grant) -> (bool, i64)| {
            self.if_terms("grant_order", |terms| {
                let mut order: Vec<usize> = (0..terms.grants.len()).collect();
                order.sort_by_key(|at| (key(&terms.grants[*at]), terms.grants[*at].purchased));
                order.into_iter().enumerate().for_each(|(rank, at)| terms.grants[at].rank = rank);
            })
        };
        let mut plants = vec![
            ranked(|grant| (!grant.always_first, -grant.valid.until.seconds())),
            ranked(|grant| (false, grant.valid.until.seconds())),
            ranked(|grant| (grant.always_first, grant.valid.until.seconds())),
            ranked(|grant| (!grant.always_first, -grant.purchased.seconds())),
            self.if_terms("grant_order", |terms| {
                terms.grants.iter_mut().for_each(|grant| grant.since = grant.since.max(grant.ready));
            }),
        ];
        if self.terms.grants.len() > 1 {
            let at = turn % self.terms.grants.len();
            plants.push(self.if_terms("grant_order", |terms| {
                terms.grants.iter_mut().enumerate().for_each(|(index, grant)| grant.rank = usize::from(index != at));
            }));
        }
        plants
    }

    /// The ratios of cn-2020 for cn-2022 and the reverse; flat ones abroad.
    fn other_ratios(&self, terms: &mut Terms) {
        for grant in &mut terms.grants {
            let plan = Plans::known().get(&grant.plan).unwrap();
            for (segment, ratios) in terms.segments.iter().zip(&mut grant.ratios) {
                let other = match segment.card.id.as_str() {
                    "cn-2020" => "cn-2022",
                    "cn-2022" => "cn-2020",
                    "intl-2024" | "intl-2022" => "intl-2021",
                    _ => continue,
                };
                let card = self.cards.get(other).unwrap();
                for (item, ratio) in Item::all().zip(ratios) {
                    let there = plan.ratio(item, card, self.account.registered);
                    *ratio = ratio.map(|own| there.unwrap_or(own));
                }
            }
        }
    }

    fn price_plants(&self, turn: usize) -> Vec<Plant> {
        let mut account = self.account.clone();
        (account.discount, account.prices) = (Discounts::default(), Vec::new());
        let list = build_terms::terms(&account, &self.cards, self.period).unwrap();
        let mut plants = vec![self.if_terms("list_price", |terms| {
            (terms.discount, terms.agreed, terms.fees) = (Discounts::default(), Vec::new(), list.fees.clone());
        })];
        let others: Vec<_> = self.cards.iter().filter(|card| card.currency == self.terms.currency()).collect();
        let card = others[turn % others.len()];
        let mut charges = self.charges.clone();
        for charge in charges.iter_mut().filter(|charge| !charge.item.is_fee()) {
            let agreed = self.terms.agreed_price(charge.item, charge.day.first_day());
            if let (None, Some(price)) = (agreed, card.price(charge.item)) {
                charge.price = self.terms.discounted(price, charge.day.first_day());
                charge.amount = charge.price.times(charge.charged, LINE);
            }
        }
        plants.push(Plant::of_lines(&format!("other_card:{}", card.id), self.lines(&charges)));
        plants
    }

    /// A custom package at the price that the page shows.
    fn displayed_plant(&self) -> Option<Plant> {
        let mut grants = self.account.grants.iter();
        let (grant, shown) = grants.find_map(|grant| {
            let quoted = quote(Plans::known().get(&grant.plan)?, grant.minutes?)?;
            Some((grant, quoted.displayed_amount.filter(|shown| *shown != quoted.amount)?))
        })?;
        let item = Item::parse(&format!("fee.{}", grant.plan))?;
        let day = grant.purchased.day();
        let fee = self.terms.possible_fees.iter().find(|fee| (fee.item, fee.day) == (item, day))?;
        let mut lines = self.lines(&self.charges);
        let price = Some(PrintedPrice { figure: UnitPrice::new(shown.decimal()), per: 1 });
        let due = self.line(&fee_line(fee, &self.terms));
        lines.push(InvoiceLine { class: LineClass::Fee, price, amount: shown, ..due });
        Some(Plant::of_lines("displayed_price", lines))
    }

    /// A row of usage that the bill holds.
    fn row(&self, turn: usize) -> Option<Usage> {
        let billed = |row: &&Usage| row.item.unit() == Unit::Minute && self.terms.bills(row.start);
        let rows: Vec<Usage> = self.usage.iter().filter(billed).copied().collect();
        rows.get((turn * 7) % rows.len().max(1)).copied()
    }

    fn usage_plants(&self, turn: usize) -> Vec<Plant> {
        let Some(row) = self.row(turn) else { return Vec::new() };
        vec![
            self.if_usage("interval_missing", |usage| usage.retain(|known| *known != row)),
            self.if_usage("interval_duplicated", |usage| usage.push(row)),
        ]
    }

    /// A tier counted as another: on a day, of the account, in one interval.
    fn tier_plants(&self, turn: usize) -> Vec<Plant> {
        let Some(row) = self.row(turn) else { return Vec::new() };
        let card = &self.terms.segments[self.terms.segment(row.start)].card;
        let tiers = card.items().filter(|item| *item != row.item && item.service() == row.item.service());
        let tiers: Vec<Item> = tiers.collect();
        let Some(other) = tiers.get(turn % tiers.len().max(1)).copied() else { return Vec::new() };
        let cause = format!("other_tier:{other}");
        let known = |usage: &Usage| self.terms.segments[self.terms.segment(usage.start)].card.price(other).is_some();
        let counted = |same: &dyn Fn(&Usage) -> bool| {
            self.if_usage(&cause, |usage| {
                let wrong = usage.iter_mut().filter(|usage| usage.item == row.item && same(usage) && known(usage));
                wrong.for_each(|usage| usage.item = other);
            })
        };
        vec![
            counted(&|usage| (usage.app, usage.start.day()) == (row.app, row.start.day())),
            counted(&|usage| usage.app == row.app),
            counted(&|_| true),
            counted(&|usage| *usage == row),
        ]
    }

    fn line_plants(&self, turn: usize) -> Vec<Plant> {
        let mut plants: Vec<Plant> = [1, -1].into_iter().filter_map(|late| self.shifted_line(turn, late)).collect();
        let lines = self.lines(&self.charges);
        if !lines.is_empty() {
            let mut twice = lines.clone();
            twice.push(lines[turn % lines.len()].clone());
            plants.push(Plant::of_lines("duplicate_line", twice));
        }
        plants
    }

    /// A line with the figures of the same line of a neighbouring day.
    fn shifted_line(&self, turn: usize, late: i32) -> Option<Plant> {
        let neighbour = |charge: &Charge| {
            let Settled::Day(day) = charge.day else { return None };
            let key = (Settled::Day(day + late), charge.app, charge.item);
            self.charges.iter().find(|other| (other.day, other.app, other.item) == key)
        };
        let all = self.charges.iter().enumerate();
        let pairs: Vec<(usize, &Charge)> = all.filter_map(|(at, charge)| Some((at, neighbour(charge)?))).collect();
        let (at, other) = *pairs.get(turn % pairs.len().max(1))?;
        let mut moved = self.lines(&self.charges);
        moved[at] = InvoiceLine { span: moved[at].span, ..self.line(other) };
        Some(Plant::of_lines("period_shift", moved))
    }
}
