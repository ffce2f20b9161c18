//! The parts that workers wrote, as a folder: `part-*.parquet` of Spark, or
//! `part-*.arrow` (streams with their trailers).

use std::fs::{self, File};
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::stream::Input;
use super::{error, tagged};
use crate::model::diagnostic::{Diagnostic, shown};

/// The parts of a completed folder, by name.
pub fn of(folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let name = folder.to_string_lossy();
    if !folder.join("_SUCCESS").is_file() {
        let help = "wait until the job has ended well; run it again into a fresh folder if it has not";
        return Err(error("merge-no-success", &name, "holds no _SUCCESS: it was not completed", help));
    }
    let unreadable = |why: std::io::Error| {
        error("merge-damaged", &name, format!("cannot be listed: {why}"), "check its permissions")
    };
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if file.starts_with(['_', '.']) {
            continue;
        }
        let known = file.starts_with("part-") && (is(&path, "parquet") || is(&path, "arrow"));
        if !known || !path.is_file() {
            let message = format!("holds {}, which is no part", shown(&file));
            return Err(error("merge-damaged", &name, message, "give each run a fresh folder"));
        }
        parts.push(path);
    }
    if parts.is_empty() {
        return Err(error("merge-nothing", &name, "holds no part", "name the folder that the job wrote"));
    }
    parts.sort();
    Ok(parts)
}

fn is(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

/// Reads a part, batch by batch.
pub fn read(path: &Path, mut take: impl FnMut(&RecordBatch) -> Result<(), Diagnostic>) -> Result<(), Diagnostic> {
    let name = path.to_string_lossy();
    let damaged = |why: String| {
        let message = format!("cannot be read: {}", shown(&why));
        error("merge-damaged", &name, message, "copy it again; if it stays so, run the job again")
    };
    let file = File::open(path).map_err(|why| damaged(why.to_string()))?;
    if is(path, "arrow") {
        let mut input = Input::open(BufReader::new(file)).map_err(damaged)?;
        check(&name, &input.schema())?;
        while let Some(batch) = input.next_batch().map_err(damaged)? {
            take(&batch)?;
        }
        return Ok(());
    }
    let gave_up = |_| damaged("its reader gave up on it".to_owned());
    let open =
        || ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.with_batch_size(1024).build());
    let mut batches = catch_unwind(AssertUnwindSafe(open)).map_err(gave_up)?.map_err(|why| damaged(why.to_string()))?;
    loop {
        let next = catch_unwind(AssertUnwindSafe(|| batches.next().transpose())).map_err(gave_up)?;
        let Some(batch) = next.map_err(|why| damaged(why.to_string()))? else { return Ok(()) };
        check(&name, &batch.schema())?;
        take(&batch)?;
    }
}

fn check(name: &str, found: &Schema) -> Result<(), Diagnostic> {
    let columns = |schema: &Schema| -> Vec<String> {
        schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect()
    };
    let (found, wanted) = (columns(found), columns(&tagged::schema()));
    if found == wanted {
        return Ok(());
    }
    let message =
        format!("has the columns {}; a worker of this version writes {}", found.join(", "), wanted.join(", "));
    Err(error("merge-schema", name, message, "merge by the version of the program that the workers ran"))
}
