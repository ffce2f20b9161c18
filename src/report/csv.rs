//! The tables as csv: RFC 4180 quoting, LF, decimals plain.

use super::table::{Cell, Table};

/// Returns a table as the bytes of a csv file.
#[must_use]
pub fn render(table: Table<'_>) -> Vec<u8> {
    let mut out = table.columns.join(",");
    out.push('\n');
    for row in table.rows {
        for (position, cell) in row.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            field(&mut out, cell);
        }
        out.push('\n');
    }
    out.into_bytes()
}

fn field(out: &mut String, cell: &Cell<'_>) {
    let text = cell.plain();
    let formula = matches!(cell, Cell::Text(_)) && reads_as_formula(&text);
    let quoted = text.contains([',', '"', '\n', '\r']);
    if quoted {
        out.push('"');
    }
    if formula {
        out.push('\'');
    }
    if quoted {
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(&text);
    }
}

/// Returns true if a spreadsheet that opens the csv may take the text for a formula.
/// Leading blanks do not count: some programs drop them on import.
#[must_use]
pub fn reads_as_formula(text: &str) -> bool {
    text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}
