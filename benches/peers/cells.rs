//! calamine's bare stream of a workbook's cells: what is left of reading an xlsx
//! when nothing is checked and nothing is kept. A peer, see `run.py`.

#![allow(clippy::print_stdout, reason = "what it prints is its result")]

use calamine::{Reader as _, Xlsx, open_workbook};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("name a workbook")?;
    let mut book: Xlsx<_> = open_workbook(path)?;
    let mut cells = 0_u64;
    for sheet in book.sheet_names() {
        let mut reader = book.worksheet_cells_reader(&sheet)?;
        while reader.next_cell()?.is_some() {
            cells += 1;
        }
    }
    println!("{cells}");
    Ok(())
}
