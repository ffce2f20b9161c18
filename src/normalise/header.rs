//! Which row is the header, and which column is which: by name, never by
//! position.
//!
//! A [`Layout`] is data: canonical fields and what each may be called. A
//! [`Header`] is a layout found in a table.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::text::{Label, label};
use crate::model::diagnostic::{Diagnostic, nearest, shown};
use crate::read::Table;

/// A layout as its data file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutData {
    id: String,
    name: String,
    required: Vec<String>,
    fields: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    unread: Vec<String>,
    #[serde(default)]
    several: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutFile {
    layout: Vec<LayoutData>,
}

/// A known layout of a table.
#[derive(Debug)]
pub struct Layout {
    /// Its id, for code.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// Fields without which it is not this layout; `a|b` wants one of them.
    required: Vec<String>,
    /// The names that each field may have, as written in the data.
    fields: BTreeMap<String, Vec<String>>,
    /// Normalised names to fields.
    names: BTreeMap<String, String>,
    /// Normalised names that are known and not read; a `*` at the end stands for anything.
    unread: Vec<String>,
    /// Fields for which a table may have several columns of different names: the name and the code of one thing.
    several: Vec<String>,
}

/// A column of a table that a layout knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its position in the file, from 0.
    pub index: usize,
    /// The unit in its header, normalised.
    pub unit: Option<String>,
}

/// A layout found in a table.
#[derive(Debug)]
pub struct Header<'l> {
    /// The layout.
    pub layout: &'l Layout,
    /// The number of the header's row, from 1.
    pub row: u32,
    /// The columns that are known, by field.
    pub fields: BTreeMap<&'l str, Column>,
    /// Further columns of a field, in the order of its names: where the first column has no value, they may.
    pub further: Vec<(&'l str, Column)>,
    /// The columns that no field claims: position and header as printed.
    pub unknown: Vec<(usize, String)>,
}

/// The result of the search for a table's layout.
#[derive(Debug)]
pub enum Recognised<'l> {
    /// A layout, whole.
    As(Header<'l>),
    /// Nearly a layout: what is missing or twice.
    Incomplete(Box<Diagnostic>),
    /// Nothing known.
    Nothing,
}

impl Layout {
    /// Returns the layouts of a data file that is part of this program.
    #[must_use]
    pub fn load(data: &str) -> Vec<Self> {
        let file: LayoutFile = toml::from_str(data).unwrap_or_else(|e| panic!("the table of layouts: {e}"));
        file.layout.into_iter().map(Self::of_data).collect()
    }

    fn of_data(data: LayoutData) -> Self {
        let mut names = BTreeMap::new();
        for (field, aliases) in &data.fields {
            for alias in aliases {
                let before = names.insert(label(alias).key, field.clone());
                assert!(before.is_none_or(|b| b == *field), "{}: {alias} names two fields", data.id);
            }
        }
        let unread = data.unread.iter().map(|name| label(name).key).collect();
        let (id, name, required, several) = (data.id, data.name, data.required, data.several);
        Self { id, name, required, fields: data.fields, names, unread, several }
    }

    /// The position of a header among the names of a field.
    fn rank(&self, field: &str, header: &Label) -> Option<usize> {
        self.fields.get(field)?.iter().position(|name| label(name).key == header.key)
    }

    /// Returns the field that a header names.
    fn field(&self, header: &Label) -> Option<&str> {
        let with_unit = || header.unit.as_ref().and_then(|unit| self.names.get(&format!("{}({unit})", header.key)));
        self.names.get(&header.key).or_else(with_unit).map(String::as_str)
    }

    fn is_unread(&self, header: &Label) -> bool {
        self.unread.iter().any(|name| match name.strip_suffix('*') {
            Some(start) => header.key.starts_with(start),
            None => header.key == *name,
        })
    }

    /// Returns what a field may be called, for messages.
    #[must_use]
    pub fn called(&self, field: &str) -> String {
        let names = field.split('|').filter_map(|field| self.fields.get(field)).flatten();
        names.map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl Header<'_> {
    /// Where a field stands in the file.
    #[must_use]
    pub fn column(&self, field: &str) -> Option<usize> {
        self.fields.get(field).map(|column| column.index)
    }

    /// Returns the unit in a field's header.
    #[must_use]
    pub fn unit(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(|column| column.unit.as_deref())
    }

    /// Returns the file's columns to ask for, one for each known field.
    #[must_use]
    pub fn columns(&self) -> Vec<usize> {
        self.fields.values().map(|column| column.index).collect()
    }

    /// Returns the position of a field among [`Self::columns`].
    #[must_use]
    pub fn slot(&self, field: &str) -> Option<usize> {
        self.fields.keys().position(|known| *known == field)
    }

    /// Returns one warning that lists the columns that no field claims.
    #[must_use]
    pub fn unknown_columns(&self, table: &Table) -> Option<Diagnostic> {
        if self.unknown.is_empty() {
            return None;
        }
        let known = || self.layout.fields.values().flatten().map(String::as_str);
        let listed: Vec<String> = self
            .unknown
            .iter()
            .map(|(_, name)| match nearest(name, known()) {
                Some(near) => format!("{} (nearest known: {near})", shown(name)),
                None => shown(name),
            })
            .collect();
        Some(Diagnostic::warning(
            "header-column-unknown",
            table.at().row(self.row),
            format!("columns that this layout ({}) does not know: {}", self.layout.name, listed.join("; ")),
            "They are not read. If one of them holds a figure, rename its header to a known one.",
        ))
    }
}

/// The fit of one row of a table's head to one layout.
struct Fit<'l> {
    header: Header<'l>,
    missing: Vec<&'l str>,
    twice: Vec<(&'l str, String)>,
}

impl Fit<'_> {
    fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.twice.is_empty()
    }
}

fn fit<'l>(layout: &'l Layout, row: u32, cells: &[String]) -> Fit<'l> {
    let mut fit = Fit {
        header: Header { layout, row, fields: BTreeMap::new(), further: Vec::new(), unknown: Vec::new() },
        missing: Vec::new(),
        twice: Vec::new(),
    };
    let mut several: BTreeMap<&str, Vec<(Option<usize>, Column)>> = BTreeMap::new();
    for (index, cell) in cells.iter().enumerate() {
        let name = label(cell);
        if name.key.is_empty() {
            continue;
        }
        let Some(field) = layout.field(&name) else {
            if !layout.is_unread(&name) {
                fit.header.unknown.push((index, cell.trim().to_owned()));
            }
            continue;
        };
        let rank = layout.rank(field, &name);
        let column = Column { index, unit: name.unit };
        if layout.several.iter().any(|known| known == field) {
            let columns = several.entry(field).or_default();
            if columns.iter().any(|(known, _)| *known == rank) {
                fit.twice.push((field, cell.trim().to_owned()));
            }
            columns.push((rank, column));
        } else if fit.header.fields.insert(field, column).is_some() {
            fit.twice.push((field, cell.trim().to_owned()));
        }
    }
    for (field, mut columns) in several {
        columns.sort_by_key(|(rank, _)| rank.unwrap_or(usize::MAX));
        let mut columns = columns.into_iter().map(|(_, column)| column);
        fit.header.fields.extend(columns.next().map(|first| (field, first)));
        fit.header.further.extend(columns.map(|column| (field, column)));
    }
    let has = |required: &str| required.split('|').any(|field| fit.header.fields.contains_key(field));
    fit.missing = layout.required.iter().map(String::as_str).filter(|required| !has(required)).collect();
    fit
}

/// Returns the layout of a table: of those that are whole the one that knows most of
/// its columns, in the first row where it does.
#[must_use]
pub fn recognise<'l>(table: &Table, layouts: &'l [Layout]) -> Recognised<'l> {
    let mut best: Option<Fit<'l>> = None;
    for head in &table.head {
        for layout in layouts {
            let fit = fit(layout, head.number, &head.cells);
            let rank = |fit: &Fit<'_>| (fit.is_whole(), fit.header.fields.len());
            if best.as_ref().is_none_or(|best| rank(&fit) > rank(best)) {
                best = Some(fit);
            }
        }
    }
    match best {
        Some(fit) if fit.is_whole() => Recognised::As(fit.header),
        Some(fit) if fit.header.fields.len() >= 2 => Recognised::Incomplete(Box::new(incomplete(table, &fit))),
        _ => Recognised::Nothing,
    }
}

fn incomplete(table: &Table, fit: &Fit<'_>) -> Diagnostic {
    let layout = fit.header.layout;
    let at = table.at().row(fit.header.row);
    if let Some((field, name)) = fit.twice.first() {
        return Diagnostic::error(
            "header-column-twice",
            at,
            format!("{} names the same thing ({field}) as another column of this header", shown(name)),
            format!("Keep one of the columns that may be called: {}.", layout.called(field)),
        );
    }
    let row = table.head.iter().find(|head| head.number == fit.header.row);
    let found: Vec<String> = row.map(|head| head.cells.iter().map(|cell| shown(cell)).collect()).unwrap_or_default();
    let called: Vec<String> = fit.missing.iter().map(|field| layout.called(field)).collect();
    let first = |called: &String| called.split(", ").next().unwrap_or(called).to_owned();
    Diagnostic::error(
        "header-column-missing",
        at,
        format!(
            "as {} this table lacks {}; its header has: {}",
            layout.name,
            called.iter().map(first).collect::<Vec<_>>().join(", "),
            found.join(" | ")
        ),
        format!("Export the table with these columns. They may be called: {}.", called.join("; ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUTS: &str = r#"
        [[layout]]
        id = "a"
        name = "the first"
        required = ["time", "amount|figure"]
        unread = ["备注", "标签键:*"]
        fields = { time = ["时间", "Time"], amount = ["用量", "Usage"], figure = ["数值"] }
    "#;

    fn table(rows: &[&[&str]]) -> Table {
        Table::of_rows(0, "usage/a.csv", None, rows)
    }

    fn recognised(rows: &[&[&str]]) -> Result<(u32, Vec<usize>), &'static str> {
        match recognise(&table(rows), &Layout::load(LAYOUTS)) {
            Recognised::As(header) => Ok((header.row, header.columns())),
            Recognised::Incomplete(diagnostic) => Err(diagnostic.code),
            Recognised::Nothing => Err("nothing"),
        }
    }

    #[test]
    fn the_header_is_found_below_a_title_and_columns_by_name() {
        assert_eq!(recognised(&[&["用量统计"], &["用量（分钟）", "备注", "时间"]]), Ok((2, vec![0, 2])));
        assert_eq!(recognised(&[&["TIME", " usage "]]), Ok((1, vec![1, 0])));
        assert_eq!(recognised(&[&["时间", "数值"]]), Ok((1, vec![1, 0])));
    }

    #[test]
    fn the_unit_of_a_header_is_kept() {
        let layouts = Layout::load(LAYOUTS);
        let Recognised::As(header) = recognise(&table(&[&["时间", "用量(秒)"]]), &layouts) else {
            panic!("known")
        };
        assert_eq!(header.unit("amount"), Some("秒"));
        assert_eq!(header.slot("time"), Some(1));
        assert_eq!(header.column("time"), Some(0));
    }

    #[test]
    fn header_column_twice() {
        assert_eq!(recognised(&[&["时间", "用量", "Usage"]]), Err("header-column-twice"));
    }

    #[test]
    fn the_name_and_the_code_of_one_thing_are_two_columns_of_a_field() {
        let layouts = Layout::load(&LAYOUTS.replace("fields =", "several = [\"amount\"]\nfields ="));
        let of = |cells: &[&str]| match recognise(&table(&[cells]), &layouts) {
            Recognised::As(header) => {
                Ok((header.column("amount"), header.further.iter().map(|(_, column)| column.index).collect()))
            }
            Recognised::Incomplete(diagnostic) => Err(diagnostic.code),
            Recognised::Nothing => Err("nothing"),
        };
        assert_eq!(of(&["Usage", "时间", "用量"]), Ok((Some(2), vec![0])));
        assert_eq!(of(&["用量", "时间"]), Ok((Some(0), vec![])));
        assert_eq!(of(&["用量", "时间", "用量(分钟)"]), Err("header-column-twice"));
    }

    #[test]
    fn header_column_missing() {
        let layouts = Layout::load(
            "[[layout]]\nid='a'\nname='x'\nrequired=['a','b','c']\nfields={a=['a'],b=['b'],c=['sea','see']}",
        );
        let Recognised::Incomplete(diagnostic) = recognise(&table(&[&["a", "b", "d"]]), &layouts) else { panic!() };
        assert_eq!(diagnostic.code, "header-column-missing");
        assert!(diagnostic.message.contains("a | b | d") && diagnostic.help.contains("sea, see"));
    }

    #[test]
    fn a_table_of_something_else_is_nothing() {
        assert_eq!(recognised(&[&["说明"], &["这里没有表"]]), Err("nothing"));
    }

    #[test]
    fn header_column_unknown() {
        let layouts = Layout::load(LAYOUTS);
        let table = table(&[&["时间", "用量", "Timee", "备注", "标签键:部门", ""]]);
        let Recognised::As(header) = recognise(&table, &layouts) else { panic!("known") };
        let warning = header.unknown_columns(&table).unwrap();
        assert_eq!(warning.code, "header-column-unknown");
        assert!(warning.message.contains("Timee (nearest known: Time)") && !warning.message.contains("备注"));
    }
}
