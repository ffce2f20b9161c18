//! 2 NORMALISE: tables become usage on one grid and invoice lines.
//!
//! Owns the vendor's layouts: headers and texts by alias, strict numbers and
//! times, what repeats what. Knows no price and no grant.

pub mod bill;
pub mod coverage;
pub mod document;
pub mod header;
pub mod item_vocabulary;
pub mod number;
pub mod overlaps;
mod package_status;
pub mod packages;
pub mod row_counts;
pub mod sdk_app_id;
pub mod text;
pub mod timestamp;
pub mod usage;

pub use coverage::Covers;
pub use row_counts::TableCounts;

/// The findings of this stage about usage: code and meaning.
pub const CODES: &[(&str, &str)] = &[
    ("header-column-missing", "a table is nearly of a known layout and lacks a column"),
    ("header-column-twice", "two columns of a table name the same thing"),
    ("header-column-unknown", "columns that the layout does not know are not read"),
    ("normalise-layout-unknown", "a table is of no known layout"),
    ("normalise-sheet-hidden", "a hidden sheet holds usage and was read"),
    ("normalise-sheet-skipped", "a sheet beside a usage sheet holds no usage table"),
    ("usage-accounts", "rows of other accounts in an export that has rows of the account too"),
    ("usage-app", "a cell is not an SDKAppID"),
    ("usage-app-unnamed", "nothing says which application the usage belongs to"),
    ("usage-app-with-point", "SDKAppIDs stand there as numbers with a decimal point"),
    ("usage-conflict", "two rows give different figures for one interval"),
    ("usage-crossfoot", "a coarser export is not the sum of a finer one"),
    ("usage-day-unnamed", "usage by room in a file whose name has no day"),
    ("usage-duplicate", "rows repeat others and count once"),
    ("usage-gap", "days of the period have no row"),
    ("usage-interval", "two times do not bound an interval of the grid"),
    ("usage-item-unknown", "a text names no known item"),
    ("usage-negative", "a usage below zero"),
    ("usage-number", "a cell is not a quantity"),
    ("usage-off-grid", "times a second off the 5-minute grid, which were moved onto it"),
    ("usage-of-excel", "a file that was opened and saved in Excel, which has shortened ids or times"),
    ("usage-other-account", "a row belongs to another account"),
    ("usage-outside", "a table lies wholly behind the period"),
    ("usage-overlap", "intervals of one grain overlap"),
    ("usage-quantity-missing", "a row has no quantity"),
    ("usage-service-unnamed", "nothing says which service a wide table belongs to"),
    ("usage-time", "a cell is not a time"),
    ("usage-unit", "a unit is missing, unknown or not the item's"),
    ("usage-unknown-app", "account.toml does not list an application"),
    ("usage-vendor-sum", "the vendor's own deduction and rest do not add up to the usage"),
];

#[cfg(test)]
mod tests {
    use super::CODES;

    /// The sources that find something, their tests left out.
    const SOURCES: &[&str] = &[
        include_str!("header.rs"),
        include_str!("usage/wide.rs"),
        include_str!("usage/detail.rs"),
        include_str!("usage/findings.rs"),
        include_str!("usage/row_accumulator.rs"),
        include_str!("usage/unit.rs"),
        include_str!("usage/table_context.rs"),
        include_str!("usage/long.rs"),
    ];

    #[test]
    fn each_code_is_listed_used_and_has_its_test() {
        let tests =
            [include_str!("header.rs"), include_str!("usage/tests.rs"), include_str!("usage/tests/findings.rs")]
                .concat();
        for (code, _) in CODES {
            let quoted = format!("\"{code}\"");
            assert!(SOURCES.iter().any(|source| source.contains(&quoted)), "{code} is never said");
            assert!(tests.contains(&quoted), "{code} has no test");
        }
        for source in SOURCES {
            for literal in source.split('"').filter(|text| {
                text.starts_with("usage-") || text.starts_with("normalise-") || text.starts_with("header-")
            }) {
                assert!(CODES.iter().any(|(code, _)| *code == literal), "{literal} is not listed");
            }
        }
    }
}
