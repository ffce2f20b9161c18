//! Parts of a workbook that Excel reads and its reader here does not: links
//! between parts with a backslash or `..`, and a sheet's dimension that names
//! no cell. No cell is touched.

use std::path::Path;

use memchr::memmem;

/// Returns the part as its reader is given it, if that is another than the file's.
/// `name` is its path in lower case with `/`.
pub(super) fn repaired(name: &str, content: &[u8]) -> Option<Vec<u8>> {
    if Path::new(name).extension().is_some_and(|ending| ending == "rels") {
        return with_plain_targets(name, content);
    }
    let at = bad_dimension(content)?;
    let mut repaired = content.to_vec();
    // Its reader passes over a mark that it does not know.
    repaired[at] = b'_';
    Some(repaired)
}

/// Finds the name of a mark `dimension` that names no cell: Excel pays no attention to it, and neither does this program.
fn bad_dimension(content: &[u8]) -> Option<usize> {
    const MARK: &[u8] = b"dimension";
    let head = &content[..memmem::find(content, b"sheetData")?];
    let at = memmem::find(head, MARK)?;
    let mark = &head[at..];
    let mark = &mark[..memchr::memchr(b'>', mark)?];
    let value = memmem::find(mark, b"ref=").and_then(|found| mark.get(found + 5..)).unwrap_or_default();
    let value = &value[..value.iter().position(|byte| matches!(byte, b'"' | b'\'')).unwrap_or(value.len())];
    let names_cells = !value.is_empty() && value.split(|byte| *byte == b':').count() <= 2;
    let whole = names_cells && value.split(|byte| *byte == b':').all(is_cell);
    (!whole).then_some(at)
}

/// True for the name of a cell: letters, then a row from 1.
fn is_cell(name: &[u8]) -> bool {
    let letters = name.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let row = &name[letters..];
    (1..=3).contains(&letters) && (1..=7).contains(&row.len()) && row.iter().all(u8::is_ascii_digit) && row[0] != b'0'
}

/// Writes links as Excel does: with `/`, and without `.` and `..`.
fn with_plain_targets(name: &str, content: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(content).ok()?;
    let (mut out, mut rest, mut changed) = (String::with_capacity(text.len()), text, false);
    while let Some(at) = rest.find("Target=") {
        let (before, behind) = rest.split_at(at + "Target=".len());
        out.push_str(before);
        let quote = behind.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let value = behind[1..].split(quote).next().unwrap_or_default();
        let plain = plain_target(name, value);
        changed |= plain != value;
        out.push(quote);
        out.push_str(&plain);
        rest = &behind[1 + value.len()..];
    }
    out.push_str(rest);
    changed.then(|| out.into_bytes())
}

fn plain_target(rels: &str, target: &str) -> String {
    if target.contains("://") || target.contains('%') {
        return target.to_owned();
    }
    let target = target.replace('\\', "/");
    // Links of sheets and drawings lead to other parts by `..` in every workbook, and hold no cells.
    let of_workbook = rels.split('/').filter(|part| *part != "_rels").count() <= 2;
    let dotted = target.split('/').any(|part| matches!(part, "." | ".."));
    if !of_workbook || !dotted {
        return target;
    }
    let folder = rels.split_once("_rels/").map_or("", |(folder, _)| folder);
    let base = if target.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(target.split('/')).filter(|part| !part.is_empty()) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_written_as_excel_writes_them() {
        for (target, plain) in [
            ("worksheets/sheet1.xml", "worksheets/sheet1.xml"),
            ("/xl/worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml"),
            (r"worksheets\sheet1.xml", "worksheets/sheet1.xml"),
            (r"\xl\worksheets\sheet1.xml", "/xl/worksheets/sheet1.xml"),
            ("../xl/worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml"),
            ("./worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml"),
            ("../../../sheet1.xml", "/sheet1.xml"),
            (r"http://a\b", r"http://a\b"),
        ] {
            let of =
                |target: &str| format!("<Relationship Id=\"r1\" Target='{target}'/><Relationship Target=\"a.xml\"/>");
            let repaired = repaired("xl/_rels/workbook.xml.rels", of(target).as_bytes());
            let expected = (plain != target).then(|| of(plain).into_bytes());
            assert_eq!(repaired, expected, "{target}");
        }
        let of_sheet = "<Relationship Target=\"../drawings/drawing1.xml\"/>";
        assert_eq!(repaired("xl/worksheets/_rels/sheet1.xml.rels", of_sheet.as_bytes()), None);
    }

    #[test]
    fn a_dimension_that_names_no_cell_is_passed_over() {
        let of = |dimension: &str| format!("<worksheet>{dimension}<sheetData><row/></sheetData></worksheet>");
        for good in ["", "<dimension ref=\"A1\"/>", "<x:dimension ref='A1:XFD1048576'/>"] {
            assert_eq!(repaired("xl/worksheets/sheet1.xml", of(good).as_bytes()), None, "{good}");
        }
        for bad in ["A0", "A0:T8", "A1:", "", "A:B", "R1C1", "A1:B2:C3"] {
            let text = of(&format!("<dimension ref=\"{bad}\"/>"));
            let expected = text.replace("dimension", "_imension").into_bytes();
            assert_eq!(repaired("xl/worksheets/sheet1.xml", text.as_bytes()), Some(expected), "{bad}");
        }
        let text = of("<dimension/>");
        assert!(repaired("xl/worksheets/sheet1.xml", text.as_bytes()).is_some());
    }
}
