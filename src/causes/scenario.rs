//! The sources of a rating, as a value that can be changed.

use std::sync::Arc;

use super::line_rule::LineRule;
use super::usage_edit::Edit;
use crate::model::Item;
use crate::rate::charge::Charge;
use crate::rules::Card;
use crate::rules::terms::{Segment, Terms};

/// Usage and rules, and what happens to the charges afterwards.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The rules.
    pub terms: Arc<Terms>,
    /// Changes of the usage.
    pub edits: Vec<Edit>,
    /// The card by whose items all usage is counted.
    pub counted_by: Option<Arc<Card>>,
    /// The card whose list prices stand on the charges.
    pub prices: Option<Arc<Card>>,
    /// An item that has the price of another.
    pub priced_as: Option<(Item, Item)>,
    /// Changes of charges after they are priced.
    pub line_rules: Vec<LineRule>,
    /// Lines carry the usage of so many days before.
    pub days_late: i32,
    /// Month lines carry the usage of so many months before.
    pub months_late: i32,
    /// True if lines that repeat one another are all due.
    pub repeats: bool,
}

impl Scenario {
    /// Returns what is really the case.
    #[must_use]
    pub fn of(terms: &Terms) -> Self {
        Self {
            terms: Arc::new(terms.clone()),
            edits: Vec::new(),
            counted_by: None,
            prices: None,
            priced_as: None,
            line_rules: Vec::new(),
            days_late: 0,
            months_late: 0,
            repeats: false,
        }
    }

    /// The rules, to be changed.
    pub fn rules(&mut self) -> &mut Terms {
        Arc::make_mut(&mut self.terms)
    }

    /// Returns true if usage in minutes is metered as under other rules.
    #[must_use]
    pub fn meters_as(&self, other: &Terms) -> bool {
        let same = |(own, other): (&Segment, &Segment)| {
            let marks = |segment: &Segment| (segment.span, segment.settled, segment.bucket);
            marks(own) == marks(other)
                && own.scope == other.scope
                && own.tie_order == other.tie_order
                && own.card.id == other.card.id
        };
        self.terms.day_shift == other.day_shift
            && self.terms.segments.len() == other.segments.len()
            && self.terms.segments.iter().zip(&other.segments).all(same)
    }

    /// Returns true if every line has the price that other rules give it.
    #[must_use]
    pub fn prices_as(&self, other: &Self) -> bool {
        let card = |card: &Option<Arc<Card>>| card.as_ref().map(|card| card.id.clone());
        self.terms.discount == other.terms.discount
            && self.terms.agreed == other.terms.agreed
            && card(&self.prices) == card(&other.prices)
            && self.priced_as == other.priced_as
            && self.line_rules == other.line_rules
    }

    /// Does to a charge what is done after it is priced.
    pub fn follow(&self, charge: &mut Charge) {
        for rule in &self.line_rules {
            rule.apply(charge);
        }
    }

    /// Gives a line the price that it has here.
    pub fn reprice(&self, charge: &mut Charge, segment: &Segment) {
        let on = charge.day.first_day();
        let agreed = self.terms.agreed_price(charge.item, on).is_some();
        let other = match (&self.prices, self.priced_as) {
            (Some(card), _) if !agreed => card.price(charge.item).map(|list| self.terms.discounted(list, on)),
            (_, Some((item, other))) if item == charge.item => self.terms.price_of(other, on, segment),
            _ => None,
        };
        // Nothing costs nothing: that a price of zero makes a line vanish proves nothing.
        if let Some(price) = other.filter(|price| !price.is_zero()) {
            charge.price = price;
            charge.amount = price.times(charge.charged, crate::rate::charge::LINE);
        }
    }
}
