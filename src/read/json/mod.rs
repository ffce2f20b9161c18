//! JSON: the responses of the vendor's usage API become tables.
//!
//! `UsageKey` and `UsageList` become one table with the columns `TimeKey` and
//! the keys; a CSV text in `Data` becomes that CSV; any other list of objects
//! becomes a table with their members as columns. Row 1 is the header, row 2
//! the first entry of the list. Several responses, in a list or one behind the
//! other, are pages: their lists of one name are one table. Entries without
//! their response, as other programs write them, are a table too.

mod announced;
mod parse;

pub use announced::{AllPages, Announced};

use super::csv::Csv;
use super::encoding::{Decoding, Text, TextFault, survey};
use super::memory_table::Memory;
use super::row_assembler::Value;
use super::source::{Bytes, unreadable};
use super::table::Body;
use super::{Encoding, Opened, ReadOptions, Table, TableIds, changed};
use crate::model::diagnostic::{At, Diagnostic, shown};
use parse::{Json, Kind};
use std::borrow::Cow;
use std::collections::HashSet;

/// The list within an entry of `SdkAppIdUsages`, which may be empty in each of them.
const USAGES: &str = "Usages";

/// The name of a table whose rows are the objects of the file itself.
const RECORDS: &str = "records";
/// An object of fewer figures and texts is a response, and no row.
const LEAST_CELLS: usize = 3;

/// A response is held in memory.
const LARGEST: usize = 256 << 20;

/// A table that was found in a response, under the name of its list.
type Found = (String, Body, Vec<super::HeadRow>);

/// Reads a JSON file.
pub(super) fn open(path: &str, bytes: &Bytes, ids: &mut TableIds<'_>, options: &ReadOptions) -> Opened {
    let mut opened = Opened::of(path);
    let survey = match survey(path, bytes, options.encoding, options.sha256) {
        Ok(survey) => survey,
        Err(diagnostic) => return opened.refuse(diagnostic),
    };
    opened.digests.clone_from(&survey.digests);
    let text = match survey.decoding.and_then(|decoding| whole_text(path, bytes, decoding)) {
        Ok(text) => text,
        Err(diagnostic) => return opened.refuse(diagnostic),
    };
    let (found, announced) = match tables(path, &text) {
        Ok(found) => found,
        Err(diagnostic) => return opened.refuse(diagnostic),
    };
    opened.announced = announced;
    let names: Vec<&str> = found.iter().map(|(name, _, _)| name.as_str()).collect();
    opened.read_as = format!("json, {}", names.join(" + "));
    for (name, body, head) in found {
        let id = match ids.next(path) {
            Ok(id) => id,
            Err(diagnostic) => return opened.refuse(diagnostic),
        };
        let (file, sheet) = (path.to_owned(), Some(name));
        opened.tables.push(Table { id, file, sheet, hidden: false, date1904: false, head, body });
    }
    opened
}

fn whole_text(path: &str, bytes: &Bytes, decoding: Decoding) -> Result<String, Diagnostic> {
    let mut text = Vec::new();
    let mut source = Text::open(bytes, decoding).map_err(|error| unreadable(path, &error))?;
    loop {
        match source.fill(&mut text, 1 << 20) {
            Ok(true) if text.len() > LARGEST => {
                let help = "fetch fewer days with one call";
                let message = format!("the file holds more than {LARGEST} bytes");
                return Err(Diagnostic::error("json-too-large", At::file(path), message, help));
            }
            Ok(true) => {}
            Ok(false) => break,
            Err(TextFault::Io(error)) => return Err(unreadable(path, &error)),
            Err(TextFault::Malformed(_)) => return Err(changed(&At::file(path))),
        }
    }
    String::from_utf8(text).map_err(|_| changed(&At::file(path)))
}

/// The tables of a file: one response, or several, in a list or one behind the other.
fn tables(path: &str, text: &str) -> Result<(Vec<Found>, Vec<Announced>), Diagnostic> {
    let values = Json::parse(text).map_err(|fault| invalid(path, text, &fault))?;
    let responses: Vec<&Json<'_>> = values
        .iter()
        .flat_map(|value| value.list().map_or_else(|| vec![value], |list| list.iter().collect()))
        .collect();
    if !responses.is_empty() && responses.iter().all(|response| is_record(response)) {
        return Ok((object_table(path, RECORDS, &responses)?.into_iter().collect(), Vec::new()));
    }
    let (mut found, mut lists) = (Vec::new(), Lists::new());
    for (index, response) in responses.iter().enumerate() {
        let mut of_one = response_tables(path, response, &mut lists)?;
        if responses.len() > 1 {
            for (name, _, _) in &mut of_one {
                *name = format!("{index}.{name}");
            }
        }
        found.append(&mut of_one);
    }
    let total = responses.iter().find_map(|response| total_of(response)).filter(|_| lists.len() == 1);
    let mut announced = Vec::new();
    for (name, entries) in lists {
        announced.extend(total.map(|total| Announced { list: name.to_owned(), total, entries: entries.len() as u64 }));
        found.extend(object_table(path, name, &entries)?);
    }
    if found.is_empty() {
        let first = responses.first().map(|first| first.get("Response").unwrap_or(first));
        let keys = first.and_then(Json::members).unwrap_or_default();
        let keys: Vec<&str> = keys.iter().map(|(key, _)| key.as_ref()).collect();
        let message = format!("no row in this response; it has: {}", shown(&keys.join(", ")));
        let help = "expected UsageKey and UsageList, a CSV text in Data, or a list of entries such as DetailSet or Record; \
                    where that list is empty, the vendor has nothing yet: call the API again later";
        return Err(Diagnostic::error("json-no-table", At::file(path), message, help));
    }
    Ok((found, announced))
}

/// How many entries there are over all pages, by the response.
fn total_of(response: &Json<'_>) -> Option<u64> {
    let response = response.get("Response").unwrap_or(response);
    ["Total", "TotalCount"].iter().find_map(|key| response.get(key)).and_then(|total| total.cell().parse().ok())
}

/// Lists of objects by name, over all pages.
type Lists<'a> = Vec<(&'a str, Vec<&'a Json<'a>>)>;

/// The tables of one response; its lists of objects are added to those of the pages before.
fn response_tables<'a>(path: &str, json: &'a Json<'a>, lists: &mut Lists<'a>) -> Result<Vec<Found>, Diagnostic> {
    let response = json.get("Response").unwrap_or(json);
    if let Some(error) = response.get("Error").filter(|error| !error.is_null()) {
        let part = |key| error.get(key).map(Json::cell).unwrap_or_default();
        let message = format!("the API answered with an error: {}: {}", shown(&part("Code")), shown(&part("Message")));
        return Err(Diagnostic::error("json-api-error", At::file(path), message, "call the API again"));
    }
    if let (Some(keys), Some(list)) = (response.get("UsageKey"), response.get("UsageList")) {
        return Ok(vec![usage_table(path, keys, list)?]);
    }
    let mut found = Vec::new();
    for (name, value) in response.members().unwrap_or_default() {
        match &value.kind {
            Kind::Text(text) if name == "Data" => found.push(csv_table(path, text)?),
            Kind::List(entries) if entries.iter().any(is_object) => {
                match lists.iter_mut().find(|(known, _)| *known == name.as_ref()) {
                    Some((_, all)) => all.extend(entries),
                    None => lists.push((name, entries.iter().collect())),
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// `UsageKey`, `UsageList[].TimeKey`, `UsageList[].UsageValue`.
fn usage_table(path: &str, keys: &Json<'_>, list: &Json<'_>) -> Result<Found, Diagnostic> {
    let odd = |what: &str, row: usize| odd_shape(path, "UsageList", row, what);
    let keys = keys.list().ok_or_else(|| odd("UsageKey is no list", 0))?;
    let mut rows = Rows::default();
    rows.push(std::iter::once("TimeKey".into()).chain(keys.iter().map(Json::cell)));
    // A period without usage has null here.
    let entries = if list.is_null() { &[] } else { list.list().ok_or_else(|| odd("UsageList is no list", 0))? };
    for (index, entry) in entries.iter().enumerate() {
        let row = index + 2;
        let time = entry.get("TimeKey").ok_or_else(|| odd("TimeKey is missing", row))?;
        let values = entry.get("UsageValue").and_then(Json::list).ok_or_else(|| odd("UsageValue is missing", row))?;
        if values.len() != keys.len() {
            let what = format!("UsageValue holds {} values, UsageKey {} names", values.len(), keys.len());
            return Err(odd(&what, row));
        }
        rows.push(std::iter::once(time.cell()).chain(values.iter().map(Json::cell)));
    }
    rows.finish(path, "UsageList")
}

/// True for an entry of a list that was taken out of its response, or written by another program.
fn is_record(json: &Json<'_>) -> bool {
    let of_a_response = ["Response", "RequestId", "UsageKey", "Error", "Data"];
    let cells = members(json).filter(|(key, value)| {
        !of_several(value) && !value.is_null() && !matches!(*key, "Total" | "TotalCount" | "Context" | "Ready")
    });
    cells.count() >= LEAST_CELLS && of_a_response.iter().all(|key| json.get(key).is_none())
}

fn is_object(json: &Json<'_>) -> bool {
    json.members().is_some()
}

/// True for `{"Key": …, "Value": …}`: a list of these is an attribute of its entry, no list of rows.
fn is_attribute(json: &Json<'_>) -> bool {
    let named =
        |end: &[&str]| members(json).any(|(key, value)| end.iter().any(|end| key.ends_with(end)) && !of_several(value));
    json.members().is_some_and(|members| members.len() == 2) && named(&["Key", "Name"]) && named(&["Value"])
}

/// True for a list or an object.
fn of_several(json: &Json<'_>) -> bool {
    matches!(json.kind, Kind::List(_) | Kind::Object(_))
}

type Member<'a> = (&'a str, &'a Json<'a>);

fn members<'a>(json: &'a Json<'a>) -> impl Iterator<Item = Member<'a>> {
    json.members().unwrap_or_default().iter().map(|(key, value)| (key.as_ref(), value))
}

/// A list of objects. An object that holds a list of objects itself gives a
/// row for each of these, led by its own members; none where that is empty,
/// as of an application that used nothing. `None` where no row is left.
fn object_table(path: &str, name: &str, entries: &[&Json<'_>]) -> Result<Option<Found>, Diagnostic> {
    let of_objects = |value: &Json<'_>| {
        value.list().is_some_and(|list| list.iter().any(is_object) && !list.iter().all(is_attribute))
    };
    let nested: HashSet<&str> = entries
        .iter()
        .flat_map(|entry| members(entry))
        .filter(|(key, value)| *key == USAGES || of_objects(value))
        .map(|(key, _)| key)
        .collect();
    let mut flat: Vec<Vec<Member<'_>>> = Vec::new();
    for entry in entries {
        let odd = |what| odd_shape(path, name, flat.len() + 2, what);
        if !is_object(entry) {
            return Err(odd("an entry is no object, others are"));
        }
        let (inner, own): (Vec<_>, Vec<_>) = members(entry).partition(|(key, _)| nested.contains(key));
        match inner.as_slice() {
            [] => flat.push(own),
            [(_, list)] if list.is_null() => {}
            [(_, list)] => {
                let rows = list.list().filter(|rows| rows.iter().all(is_object));
                let rows =
                    rows.ok_or_else(|| odd("an entry holds something else where others hold a list of objects"))?;
                flat.extend(rows.iter().map(|row| own.iter().copied().chain(members(row)).collect()));
            }
            _ => return Err(odd("an entry holds two lists of its own")),
        }
    }
    if flat.is_empty() {
        return Ok(None);
    }
    let mut columns: Vec<&str> = Vec::new();
    for (key, _) in flat.iter().flatten() {
        if !columns.contains(key) {
            columns.push(key);
        }
    }
    let mut rows = Rows::default();
    rows.push(columns.iter().map(|column| Cow::Borrowed(*column)));
    for members in &flat {
        let of = |column: &&str| {
            members.iter().rfind(|(key, _)| key == column).map(|(_, value)| value.cell()).unwrap_or_default()
        };
        rows.push(columns.iter().map(of));
    }
    rows.finish(path, name).map(Some)
}

/// A CSV text within the response.
fn csv_table(path: &str, text: &str) -> Result<Found, Diagnostic> {
    let decoding = Decoding { encoding: Encoding::Utf8, mark: 0 };
    let (csv, head) = Csv::read(&At::file(path).sheet(Some("Data")), &Bytes::Memory(text.as_bytes().into()), decoding)?;
    Ok(("Data".to_owned(), Body::Csv(csv), head))
}

/// Rows on their way into memory.
#[derive(Default)]
struct Rows {
    memory: Memory,
    row: u32,
    overfull: bool,
}

impl Rows {
    fn push<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) {
        self.row = self.row.saturating_add(1);
        for (column, text) in (0_u32..).zip(cells) {
            self.overfull |= !self.memory.push(self.row, column, Value::Text(&text));
        }
    }

    fn finish(self, path: &str, name: &str) -> Result<Found, Diagnostic> {
        if self.overfull {
            return Err(odd_shape(path, name, 0, "more entries than can be counted"));
        }
        let head = self.memory.head();
        Ok((name.to_owned(), Body::Memory(self.memory), head))
    }
}

fn odd_shape(path: &str, list: &str, row: usize, what: &str) -> Diagnostic {
    let at = At::file(path).sheet(Some(list));
    let at = u32::try_from(row).ok().filter(|row| *row > 0).map_or(at.clone(), |row| at.row(row));
    let help = "row 2 is the first entry of the list; fetch the response again and keep it as it is";
    Diagnostic::error("json-odd-shape", at, what, help)
}

fn invalid(path: &str, text: &str, fault: &parse::Fault) -> Diagnostic {
    let before = &text.as_bytes()[..fault.at];
    let line = 1 + memchr::memchr_iter(b'\n', before).count();
    let at = u32::try_from(line).map_or(At::file(path), |line| At::file(path).row(line));
    let here: String = text[fault.at..].chars().take(40).collect();
    let here = if here.is_empty() { "the file ends".to_owned() } else { format!("found {}", shown(&here)) };
    let message = format!("no JSON: {} is expected, {here} (offset {})", fault.expected, fault.at);
    Diagnostic::error("json-invalid", at, message, "keep the whole response of the API as it is; it may be cut")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Opened {
        let mut next = 0;
        let bytes = Bytes::Memory(text.as_bytes().into());
        open("usage/a.json", &bytes, &mut TableIds { next: &mut next }, &ReadOptions::default())
    }

    fn rows(table: &Table) -> Vec<String> {
        let columns: Vec<usize> = (0..table.head[0].cells.len()).collect();
        let pieces = table.fold(1, &columns, Vec::new, |rows, row| {
            let cells: Vec<&str> = row.cells.iter().map(|cell| cell.text).collect();
            rows.push(format!("{}:{}", row.number, cells.join("|")));
        });
        pieces.unwrap().concat()
    }

    fn code(text: &str) -> (&'static str, String) {
        let opened = read(text);
        let finding = opened.diagnostics.iter().next().unwrap();
        (finding.code, finding.at.to_string())
    }

    #[test]
    fn a_usage_list_is_a_table() {
        let opened = read(
            r#"{"Response":{"UsageKey":["Audio","SD"],"UsageList":[{"TimeKey":"2024-10-01 00:05:00","UsageValue":[1,0.50]}],"RequestId":"x"}}"#,
        );
        assert_eq!(opened.read_as, "json, UsageList");
        assert_eq!(opened.tables[0].head[0].cells, ["TimeKey", "Audio", "SD"]);
        assert_eq!(rows(&opened.tables[0]), ["2:2024-10-01 00:05:00|1|0.50"]);
        let none = read(r#"{"Response":{"UsageKey":["Audio"],"UsageList":null}}"#);
        assert!(rows(&none.tables[0]).is_empty());
    }

    #[test]
    fn csv_in_data_is_a_table() {
        let opened = read(r#"{"Response":{"Data":"RoomId,Audio\n\"a,b\",30\n","RequestId":"x"}}"#);
        assert_eq!(opened.tables[0].sheet.as_deref(), Some("Data"));
        assert_eq!(rows(&opened.tables[0]), ["2:a,b|30"]);
    }

    #[test]
    fn lists_of_objects_are_tables() {
        let opened = read(
            r#"{"SdkAppIdUsages":[{"SdkAppId":14,"Usages":[{"TimeKey":"d1","AudioTime":5},{"TimeKey":"d2","Class1VideoTime":6}]}]}"#,
        );
        assert_eq!(opened.tables[0].head[0].cells, ["SdkAppId", "TimeKey", "AudioTime", "Class1VideoTime"]);
        assert_eq!(rows(&opened.tables[0]), ["2:14|d1|5|", "3:14|d2||6"]);
        let two = read(r#"[{"Response":{"Usages":[{"TimeKey":"d1"}]}},{"Response":{"Usages":[{"TimeKey":"d2"}]}}]"#);
        assert_eq!(two.read_as, "json, Usages");
        assert_eq!(rows(&two.tables[0]), ["2:d1", "3:d2"]);
    }

    #[test]
    fn entries_without_their_response_are_a_table() {
        let entry =
            |at: u8| format!(r#"{{"BillId":"b{at}","PayerUin":1,"Cost":"2","ComponentSet":[{{"RealCost":"{at}"}}]}}"#);
        for text in [format!("[{},{}]", entry(1), entry(2)), format!("{}\n{}\n", entry(1), entry(2))] {
            let opened = read(&text);
            assert_eq!(opened.read_as, "json, records");
            assert_eq!(rows(&opened.tables[0]), ["2:b1|1|2|1", "3:b2|1|2|2"]);
        }
        assert_eq!(code(r#"{"code":"NotLogin","message":"-"}"#).0, "json-no-table");
    }

    #[test]
    fn pages_are_one_table_in_a_list_and_one_behind_the_other() {
        let page = |at: u8| format!(r#"{{"Response":{{"Record":[{{"Date":"d{at}"}}],"Error":null}}}}"#);
        for text in [format!("[{},{}]", page(1), page(2)), format!("{}\n{}\n", page(1), page(2))] {
            let opened = read(&text);
            assert_eq!(opened.read_as, "json, Record");
            assert_eq!(rows(&opened.tables[0]), ["2:d1", "3:d2"]);
        }
        let usage = |at: u8| format!(r#"{{"UsageKey":["SD"],"UsageList":[{{"TimeKey":"d{at}","UsageValue":[1]}}]}}"#);
        assert_eq!(read(&format!("{}{}", usage(1), usage(2))).read_as, "json, 0.UsageList + 1.UsageList");
        assert_eq!(code(&format!("{} 7", page(1))).0, "json-invalid");
        assert_eq!(code(&format!("{}{{", page(1))).0, "json-invalid");
    }

    #[test]
    fn pages_that_are_missing_are_counted() {
        let page = |total: u8| format!(r#"{{"Response":{{"Record":[{{"Date":"d"}}],"Total":{total}}}}}"#);
        let missing = |texts: &[String]| {
            let mut all = AllPages::default();
            for text in texts {
                all.add("a.json", &read(text).announced);
            }
            all.missing().iter().map(|found| found.message.clone()).collect::<Vec<_>>()
        };
        assert_eq!(missing(&[page(2)]), ["Record has 2 entries by the response; the files hold 1 of them"]);
        assert!(missing(&[page(2), page(2)]).is_empty() && missing(&[page(0)]).is_empty());
    }

    #[test]
    fn a_list_of_keys_and_values_is_an_attribute() {
        let of = |attributes: &str| format!(r#"{{"Record":[{{"Value":1.5e-3,"AttrStr":{attributes}}}]}}"#);
        let list = r#"[{"Key":"tgr","Value":"高清"},{"Key":"zoneId","Value":1}]"#;
        let opened = read(&of(list));
        assert_eq!(opened.tables[0].head[0].cells, ["Value", "AttrStr"]);
        assert_eq!(rows(&opened.tables[0]), [format!("2:0.0015|{list}")]);
        let escaped = r#"[{"Key":"tgr","Value":"\u9ad8\u6e05"}]"#;
        assert_eq!(rows(&read(&of(escaped)).tables[0]), [r#"2:0.0015|[{"Key":"tgr","Value":"高清"}]"#]);
        assert_eq!(rows(&read(&of("null")).tables[0]), ["2:0.0015|"]);
        assert_eq!(read(&of(r#"[{"Key":"tgr","Value":[1]}]"#)).tables[0].head[0].cells, ["Value", "Key"]);
    }

    #[test]
    fn an_application_that_used_nothing_gives_no_row() {
        let of = |usages: &str| {
            format!(r#"{{"SdkAppIdUsages":[{{"SdkAppId":14,"Usages":[{{"TimeKey":"d1"}}]}},{usages}]}}"#)
        };
        for none in [r#"{"SdkAppId":15,"Usages":[]}"#, r#"{"SdkAppId":15,"Usages":null}"#] {
            assert_eq!(rows(&read(&of(none)).tables[0]), ["2:14|d1"], "{none}");
        }
        assert_eq!(code(&of(r#"{"SdkAppId":15,"Usages":[{"TimeKey":"d1"},7]}"#)).0, "json-odd-shape");
        assert_eq!(code(&of("7")), ("json-odd-shape", "usage/a.json!SdkAppIdUsages!3".to_owned()));
        assert_eq!(code(r#"{"SdkAppIdUsages":[{"SdkAppId":15,"Usages":[]}]}"#).0, "json-no-table");
    }

    #[test]
    fn other_responses_are_refused() {
        assert_eq!(code("{\n\"a\":}").0, "json-invalid");
        assert_eq!(code("{\n\"a\":}").1, "usage/a.json!2");
        assert_eq!(code(r#"{"Response":{"Error":{"Code":"AuthFailure","Message":"expired"}}}"#).0, "json-api-error");
        assert_eq!(code(r#"{"Response":{"RequestId":"x"}}"#).0, "json-no-table");
        let short = r#"{"UsageKey":["Audio","SD"],"UsageList":[{"TimeKey":"d","UsageValue":[1]}]}"#;
        assert_eq!(code(short), ("json-odd-shape", "usage/a.json!UsageList!2".to_owned()));
    }
}
