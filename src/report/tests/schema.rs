//! The published schema of reconciliation.json has the columns of the tables.

use std::collections::BTreeSet;

use serde_json::Value;

use super::report;
use crate::report::table;
use crate::tools::followup::{Earlier, Followup};

#[test]
fn the_schema_has_the_columns_of_every_table() {
    let schema: Value = serde_json::from_str(include_str!("../../../schema/reconciliation.schema.json")).unwrap();
    let report = report();
    let followup = Followup { earlier: Earlier { manifest: String::new(), findings: Vec::new() }, entries: Vec::new() };
    for (name, table) in [
        ("discrepancies", table::discrepancies(&report, report.comparison.as_ref().unwrap())),
        ("balances", table::balances(&report)),
        ("followup", table::followup(&followup)),
    ] {
        let told = schema["properties"][name]["items"]["properties"].as_object().unwrap();
        let told: BTreeSet<&str> = told.keys().map(String::as_str).collect();
        assert_eq!(told, table.columns.into_iter().collect(), "{name}");
    }
}
