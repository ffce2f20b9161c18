//! A payer's bill as the bills of the accounts that own its rows.
//!
//! Owns which row goes to which case and what the parts come to; writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::model::{AppId, Month};
use crate::normalise::bill::OwnedBill;

/// Every code of this module, with what it means.
pub const CODES: &[(&str, &str)] = &[
    ("split-not-a-bill", "a file that is given to be split and has no rows of owners"),
    ("split-not-equal", "the parts of a bill do not add up to it"),
    ("split-there-already", "a file that is to be written is there already"),
];

/// Money by currency.
pub type Sums = BTreeMap<String, Decimal>;

/// The rows of one owner and month of one bill.
#[derive(Debug, Default)]
pub struct Part {
    /// The rows, as the text of a CSV file under the bill's own header.
    pub text: String,
    /// The number of rows.
    pub rows: u64,
    /// The sum of their amounts, by currency.
    pub sums: Sums,
    /// The applications that they name.
    pub apps: BTreeSet<AppId>,
}

/// Returns what a bill comes to.
#[must_use]
pub fn sums(bill: &OwnedBill) -> Sums {
    let mut sums = Sums::new();
    for row in &bill.rows {
        *sums.entry(row.currency.clone()).or_default() += row.amount;
    }
    sums
}

/// Splits a bill by owner and month.
#[must_use]
pub fn split(bill: &OwnedBill) -> BTreeMap<(String, Month), Part> {
    let mut parts: BTreeMap<(String, Month), Part> = BTreeMap::new();
    for row in &bill.rows {
        let part = parts.entry((row.owner.clone(), row.month)).or_default();
        if part.rows == 0 {
            part.text = line(&bill.header);
        }
        part.text.push_str(&line(&row.cells));
        part.rows += 1;
        *part.sums.entry(row.currency.clone()).or_default() += row.amount;
        part.apps.extend(row.app);
    }
    parts
}

fn line(cells: &[String]) -> String {
    let quoted = |cell: &String| {
        if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    cells.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

/// Returns what account.toml of a new case begins with: what the bill says, and what only the account knows.
#[must_use]
pub fn account(uin: &str, month: Month, part: &Part, from: &str) -> String {
    let currency = part.sums.keys().next().map_or("", String::as_str);
    let site = if currency == "USD" { "intl" } else { "cn" };
    let apps: String = part.apps.iter().map(|app| format!("\n[[app]]\nsdk_app_id = {app}\n")).collect();
    format!(
        "# Of the bill {from} (currency {currency}). What the bill does not say is to be filled in.\n\n\
         [account]\n\
         uin = \"{uin}\"\n\
         site = \"{site}\"\n\
         period = \"{month}\"\n\
         #registered = 2024-01-01            # when the UIN was registered\n\
         #first_app_created = 2024-01-01     # when its first application was created\n{apps}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Month;
    use crate::normalise::bill::OwnedRow;

    fn row(owner: &str, amount: i64) -> OwnedRow {
        OwnedRow {
            owner: owner.to_owned(),
            month: Month::parse("2024-05").unwrap(),
            currency: "CNY".to_owned(),
            amount: Decimal::new(amount, 8),
            app: None,
            cells: vec![owner.to_owned(), "a \"b\", c".to_owned()],
        }
    }

    #[test]
    fn parts_hold_every_row_once_and_add_up() {
        let rows = vec![row("1", 3), row("2", -1), row("1", 4)];
        let bill = OwnedBill { header: vec!["owner".to_owned(), "text".to_owned()], rows, totals: 0 };
        let parts = split(&bill);
        let counted: Vec<_> = parts.iter().map(|((uin, _), part)| (uin.as_str(), part.rows)).collect();
        assert_eq!(counted, [("1", 2), ("2", 1)]);
        let whole: Decimal = parts.values().flat_map(|part| part.sums.values()).sum();
        assert_eq!(Some(&whole), sums(&bill).get("CNY"));
        assert_eq!(parts.values().next_back().unwrap().text, "owner,text\n2,\"a \"\"b\"\", c\"\n");
    }
}
