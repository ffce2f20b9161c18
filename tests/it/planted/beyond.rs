//! Errors of which no table holds the values: factors, prices, roundings, packages that begin later or are of another
//! size, hours without usage. Their values are drawn by the seed.

use rust_decimal::{Decimal, RoundingStrategy};
use trtc_recon::model::invoice::{InvoiceLine, LineClass};
use trtc_recon::model::{AppId, Money, PackMinutes, Quantity, Rounding, Span, Stamp, Unit, UnitPrice, Usage};
use trtc_recon::rate::charge::{Charge, LINE};
use trtc_recon::rate::rate;
use trtc_recon::rules::Plans;
use trtc_recon::rules::build_terms;
use trtc_recon::rules::plan::Plan;
use trtc_recon::rules::terms::{Grant, Terms};

use super::world::World;
use crate::accounts::Dice;

/// A bill with an error of a kind, and the causes that are right: a cause by its whole name, or by how it begins.
pub struct Planted {
    pub kind: &'static str,
    pub causes: Vec<String>,
    pub lines: Vec<InvoiceLine>,
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const ROUNDINGS: [(&str, RoundingStrategy); 5] = [
    ("up", RoundingStrategy::AwayFromZero),
    ("down", RoundingStrategy::ToZero),
    ("half_up", RoundingStrategy::MidpointAwayFromZero),
    ("half_down", RoundingStrategy::MidpointTowardZero),
    ("half_even", RoundingStrategy::MidpointNearestEven),
];

impl Planted {
    /// Whether a cause is the right one.
    pub fn is_right(&self, cause: &str) -> bool {
        self.causes
            .iter()
            .any(|right| right == cause || (right.ends_with([':', ';']) && cause.starts_with(right.as_str())))
    }
}

impl World {
    /// The bill with each charge for usage changed.
    fn if_charges(&self, kind: &'static str, causes: Vec<String>, edit: impl Fn(&mut Charge)) -> Planted {
        let mut charges = self.charges.clone();
        charges.iter_mut().filter(|charge| !charge.item.is_fee()).for_each(edit);
        Planted { kind, causes, lines: self.lines(&charges) }
    }

    fn if_rules(&self, kind: &'static str, causes: Vec<String>, edit: impl FnOnce(&mut Terms)) -> Planted {
        let mut terms = self.terms.clone();
        edit(&mut terms);
        let usage: Vec<Charge> =
            rate(&self.usage, &terms).charges.into_iter().filter(|one| !one.item.is_fee()).collect();
        let fees = self.charges.iter().filter(|charge| charge.item.is_fee()).cloned();
        Planted { kind, causes, lines: self.lines(&usage.into_iter().chain(fees).collect::<Vec<_>>()) }
    }

    fn if_rows(&self, kind: &'static str, causes: Vec<String>, usage: &[Usage]) -> Planted {
        Planted { kind, causes, lines: self.lines(&rate(usage, &self.terms).charges) }
    }

    /// One of every kind that this world can have.
    pub fn beyond(&self, seed: u64) -> Vec<Planted> {
        let dice = &mut Dice::new(seed ^ 0x00BE_0000);
        let mut planted = self.factors(dice);
        planted.extend(self.roundings(dice));
        planted.extend(self.packages(dice));
        planted.extend(self.hours(dice));
        planted
    }

    fn factors(&self, dice: &mut Dice) -> Vec<Planted> {
        let mut planted = Vec::new();
        let below = dice.figure(&["0.9", "0.8", "0.97", "0.875"]);
        let above = dice.figure(&["1.06", "1.13", "1.03", "1.2"]);
        let discount = |factor: Decimal| {
            let own = self.account.discount.on(self.period.first_day()).unwrap_or(Decimal::ONE);
            format!("discount_missing:{}", (factor * own).normalize())
        };
        let price = |charge: &mut Charge, price: Decimal| {
            charge.price = UnitPrice::new(price);
            charge.amount = charge.price.times(charge.charged, LINE);
        };
        let amount = |charge: &mut Charge, factor: Decimal| {
            charge.amount = Money::new(LINE.apply(charge.amount.decimal() * factor).normalize());
        };
        planted.push(self.if_charges(
            "prices x 0.9",
            vec![discount(below), format!("price_factor:{below}")],
            |charge| {
                price(charge, charge.price.decimal() * below);
            },
        ));
        planted.push(self.if_charges(
            "amounts x 0.9",
            vec![discount(below), format!("amount_factor:{below}")],
            |charge| amount(charge, below),
        ));
        planted.push(self.if_charges("amounts x 1.06", vec![format!("amount_factor:{above}")], |charge| {
            amount(charge, above);
        }));
        let charged: Vec<&Charge> =
            self.charges.iter().filter(|one| !one.item.is_fee() && !one.amount.is_zero()).collect();
        if charged.is_empty() {
            return planted;
        }
        let item = dice.pick(&charged).item;
        let of_item = format!("price_missing:{item}");
        let factor = dice.figure(&["0.95", "1.05", "0.98"]);
        planted.push(self.if_charges(
            "one item x 0.95",
            vec![of_item.clone(), format!("price_factor:{factor};item={item}"), format!("price_factor:{factor}")],
            |charge| {
                if charge.item == item {
                    price(charge, charge.price.decimal() * factor);
                }
            },
        ));
        let due = charged.iter().find(|charge| charge.item == item).unwrap().price.decimal();
        let other = Rounding::HalfUp(6).apply(due * dice.figure(&["1.02756", "0.9313", "1.11"])).normalize();
        if other != due.normalize() && !other.is_zero() {
            let causes = vec![of_item, format!("other_price:{other};item={item}")];
            planted.push(self.if_charges("one item at 0.0041", causes, |charge| {
                if charge.item == item {
                    price(charge, other);
                }
            }));
        }
        if let Some(app) = dice.pick(&charged).app {
            planted.push(self.if_charges(
                "amounts of one application x 1.06",
                vec![format!("amount_factor:{above};"), format!("amount_factor:{above}")],
                |charge| {
                    if charge.app == Some(app) {
                        amount(charge, above);
                    }
                },
            ));
        }
        let from = dice.pick(&charged).day.first_day();
        planted.push(self.if_charges(
            "prices from a day on x 0.9",
            vec![format!("price_factor:{below};"), format!("price_factor:{below}"), discount(below)],
            |charge| {
                if charge.day.first_day() >= from {
                    price(charge, charge.price.decimal() * below);
                }
            },
        ));
        planted.push(self.if_charges("amounts / 1.06", vec![format!("amount_factor:1/{above}")], |charge| {
            charge.amount = Money::new(LINE.apply(charge.amount.decimal() / above).normalize());
        }));
        planted
    }

    fn roundings(&self, dice: &mut Dice) -> Vec<Planted> {
        let mut planted = Vec::new();
        for (at, (mode, strategy)) in ROUNDINGS.into_iter().enumerate() {
            let decimals = [2, 2, 2, 4, 1][(at + usize::try_from(dice.below(5)).unwrap()) % 5];
            let kind = ["amounts up", "amounts down", "amounts half up", "amounts half down", "amounts half even"][at];
            // Where no amount is half a unit, these three are one.
            let halves = ROUNDINGS[2..].iter().map(|(mode, _)| *mode);
            let modes: Vec<&str> = if at < 2 { vec![mode] } else { halves.collect() };
            let causes = modes.iter().map(|mode| format!("amount_rounding:{mode};decimals={decimals}")).collect();
            let mut one = self.if_charges(kind, causes, |charge| {
                charge.amount =
                    Money::new(charge.amount.decimal().round_dp_with_strategy(decimals, strategy).normalize());
            });
            if dice.one_in(2) {
                one.lines
                    .iter_mut()
                    .filter(|line| line.class == LineClass::Usage)
                    .for_each(|line| line.decimals = decimals);
            }
            planted.push(one);
        }
        for (kind, mode, strategy) in [
            ("quantities up to thousands", "up", RoundingStrategy::AwayFromZero),
            ("quantities down to tens", "down", RoundingStrategy::ToZero),
            ("quantities half up to hundreds", "half_up", RoundingStrategy::MidpointAwayFromZero),
        ] {
            let block = match mode {
                "up" => *dice.pick(&[1_000, 100]),
                "down" => 10,
                _ => *dice.pick(&[100, 10]),
            };
            let causes = vec![format!("quantity_rounding:{mode};block={block}")];
            planted.push(self.if_charges(kind, causes, |charge| {
                if charge.item.unit() == Unit::Minute {
                    let blocks = (charge.charged.decimal() / Decimal::from(block)).round_dp_with_strategy(0, strategy);
                    charge.charged = Quantity::from_decimal(blocks * Decimal::from(block)).unwrap();
                    charge.amount = charge.price.times(charge.charged, LINE);
                }
            }));
        }
        planted
    }

    fn packages(&self, dice: &mut Dice) -> Vec<Planted> {
        let mut planted = Vec::new();
        let later = |grant: &mut Grant, start: Stamp| {
            grant.valid.from = start;
            grant.since = grant.since.max(start);
            grant.ready = grant.ready.max(start);
        };
        let bought: Vec<&Grant> = self.terms.grants.iter().filter(|grant| !grant.always_first).collect();
        let free: Vec<&Grant> = self.terms.grants.iter().filter(|grant| grant.always_first).collect();
        for (list, name) in [(&bought, ""), (&free, "free ")] {
            if list.is_empty() {
                continue;
            }
            let grant = *dice.pick(list);
            let id = &grant.id;
            let of = |kind: &'static str, causes: Vec<String>, edit: &dyn Fn(&mut Grant)| {
                self.if_rules(kind, causes, |terms| {
                    terms.grants.iter_mut().filter(|one| one.id == *id).for_each(edit);
                })
            };
            let first = grant.valid.from.max(self.terms.window.from());
            let size = |part: Decimal| PackMinutes::from_decimal((grant.minutes.decimal() * part).round_dp(2));
            let sized = |grant: &mut Grant, minutes: PackMinutes| {
                let lost = grant.minutes.decimal() - minutes.decimal();
                grant.minutes = minutes;
                grant.opening = grant.opening.map(|left| {
                    PackMinutes::from_decimal((left.decimal() - lost).max(Decimal::ZERO)).unwrap_or(PackMinutes::ZERO)
                });
            };
            let start = |cause: &str| vec![format!("{cause}:{id};")];
            let is_free = !name.is_empty();
            let by = dice.between(3, 60) * HOUR / 2;
            let kind = if is_free { "free minutes later" } else { "a package later" };
            planted.push(of(kind, start("grant_start"), &|grant| later(grant, first + by)));
            let less = size(dice.figure(&["0.5", "0.3", "0.9"])).unwrap();
            let kind = if is_free { "free minutes less" } else { "a package smaller" };
            // A balance that account.toml has wrong gives the same figures.
            let sizes = start("grant_size").into_iter().chain([format!("opening:{id}")]).collect();
            planted.push(of(kind, sizes, &|grant| sized(grant, less)));
            let kind = if is_free { "free minutes twice" } else { "a package twice" };
            let twice = vec![format!("grant_doubled:{id}"), format!("grant_missing:{}", grant.plan)];
            planted.push(
                self.if_rules(kind, twice, |terms| terms.grants.push(Grant { id: format!("{id}+"), ..grant.clone() })),
            );
            if is_free {
                continue;
            }
            planted.push(of("a package from next midnight", start("grant_start"), &|grant| {
                later(grant, (first.day() + 1).start());
            }));
            planted.push(of("a package a day late", start("grant_start"), &|grant| later(grant, first + DAY)));
            let more = size(dice.figure(&["1.5", "2.5", "1.1"])).unwrap();
            planted.push(of("a package larger", start("grant_size"), &|grant| grant.minutes = more));
            planted.extend(self.other_plan(grant, dice));
            let others: Vec<AppId> =
                self.account.apps.iter().map(|app| app.id).filter(|app| grant.app != Some(*app)).collect();
            if let (Some(_), false) = (grant.app, others.is_empty()) {
                let app = *dice.pick(&others);
                planted.push(of("a package of another application", vec!["grant_scope".to_owned()], &|grant| {
                    grant.app = Some(app);
                }));
            }
        }
        planted
    }

    /// A grant with another plan of the catalogue.
    fn other_plan(&self, grant: &Grant, dice: &mut Dice) -> Option<Planted> {
        let fits =
            |plan: &&Plan| plan.currency == self.terms.currency() && plan.minutes.is_some() && plan.id != grant.plan;
        let plans: Vec<&Plan> = Plans::known().iter().filter(fits).collect();
        for _ in 0..6 {
            let plan = &dice.pick(&plans).id;
            let mut account = self.account.clone();
            account.grants.iter_mut().filter(|one| one.id == grant.id).for_each(|one| one.plan.clone_from(plan));
            let own = grant.id.split('#').next();
            account
                .subscriptions
                .iter_mut()
                .filter(|one| Some(one.id.as_str()) == own)
                .for_each(|one| one.plan.clone_from(plan));
            let Ok(terms) = build_terms::terms(&account, &self.cards, self.period) else { continue };
            if terms.grants.len() != self.terms.grants.len() {
                continue;
            }
            let causes = vec![format!("grant_plan:{};", own.unwrap())];
            return Some(
                self.if_rules("a package of another plan", causes, |own| own.grants.clone_from(&terms.grants)),
            );
        }
        None
    }

    fn hours(&self, dice: &mut Dice) -> Vec<Planted> {
        let billed: Vec<Usage> = self.usage.iter().filter(|row| self.terms.bills(row.start)).copied().collect();
        if billed.is_empty() {
            return Vec::new();
        }
        let row = *dice.pick(&billed);
        let hour = row.start.seconds().rem_euclid(DAY) / HOUR;
        let from = row.start.day().start() + (hour - dice.between(0, 1)).clamp(0, 22) * HOUR;
        let window = Span { from, until: from + 2 * HOUR };
        let within = |known: &Usage, app: Option<AppId>| {
            window.contains(known.start) && app.is_none_or(|app| app == known.app) && known.item.unit() == Unit::Minute
        };
        let without = |app| self.usage.iter().filter(|known| !within(known, app)).copied().collect::<Vec<_>>();
        let twice = |app| {
            let again = self.usage.iter().filter(|known| within(known, app));
            self.usage.iter().chain(again).copied().collect::<Vec<_>>()
        };
        let rows =
            |causes: &str| vec![causes.to_owned(), "interval_missing".to_owned(), "interval_duplicated".to_owned()];
        let other = *dice.pick(&billed);
        let two: Vec<Usage> = self.usage.iter().filter(|known| **known != row && **known != other).copied().collect();
        vec![
            self.if_rows("two hours missing in one application", rows("time_missing:"), &without(Some(row.app))),
            self.if_rows("two hours missing in all applications", rows("time_missing:"), &without(None)),
            self.if_rows("two hours twice in all applications", rows("time_doubled:"), &twice(None)),
            self.if_rows("two intervals missing", rows("time_missing:"), &two),
        ]
    }
}
