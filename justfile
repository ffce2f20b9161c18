# What is done here, by name. `just` alone lists it. One profile everywhere
# (release), so that the large dependencies are built once.

_list:
    @just --list --unsorted

# format, lints, documentation, licences: what needs no test run
check:
    cargo fmt --check
    cargo clippy --release --locked --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --no-deps
    cargo deny --locked check --hide-inclusion-graph bans licenses sources

# every test, as the README runs them
test *ARGS:
    cargo test --release --locked {{ARGS}}

# write the code as rustfmt has it
fmt:
    cargo fmt

# benchmarks by stage, held against the committed figures
bench *ARGS:
    cargo bench --locked --bench stages {{ARGS}}
    python3 benches/compare.py

# the same, with the case of 10 million rows (6 GB of disk)
bench-full:
    TRTC_BENCH_FULL=1 cargo bench --locked --bench stages
    python3 benches/compare.py

# the tool beside Polars, DuckDB, pandas and calamine, on the same files in the same run
peers *ARGS:
    cargo build --release --locked --bin trtc-recon --example cells
    python3 benches/peers/run.py target/release/trtc-recon target/release/examples/cells {{ARGS}}

# a batch of 1,000 cases: time, use of the cores, peak memory
batch *ARGS:
    cargo build --release --locked --bin trtc-recon
    python3 benches/batch.py target/release/trtc-recon {{ARGS}}

# take today's output as the expected one; then look at every changed line
bless:
    BLESS=1 cargo test --release --locked --test it
    git diff --stat -- samples tests

# the full proofs: all of CI, then many more random cases, slow tests included
qa:
    bash .ci/run
    PROPTEST_CASES=20000 cargo test --release --locked -- --include-ignored

# every bit of the workbooks turned over, instead of some thousand (about an hour)
flips:
    FLIPS=all cargo test --release --locked --test it flips

# many more random accounts, or a range of seeds such as 5000..8000, compared with the slow second implementation
accounts COUNT="5000":
    ACCOUNTS={{COUNT}} cargo test --release --locked --test it agreement

# so many mistakes of our own side in folders whose bill is right; prints the table of them
ours COUNT="1000":
    OURS={{COUNT}} cargo test --release --locked --test it ours -- --include-ignored --nocapture

# errors whose value no table holds, planted in random accounts of these seeds; prints a table
beyond SEEDS="0..48":
    BEYOND={{SEEDS}} cargo test --release --locked --test it planted::beyond -- --ignored --nocapture

# many more mutated files of each kind
mutations COUNT="100000":
    MUTATIONS={{COUNT}} cargo test --release --locked --test it mutations

# the fuzzer on one kind of file (csv json xlsx xlsx_part xls account card), until it finds something or is stopped;
# needs a nightly toolchain and `cargo install cargo-fuzz`
fuzz KIND="csv" *ARGS:
    cargo build --release --locked
    TRTC_RECON="${CARGO_TARGET_DIR:-target}/release/trtc-recon" cargo +nightly fuzz run --fuzz-dir fuzz {{KIND}} {{ARGS}}

# write the messages of the gallery anew; read every changed one aloud
gallery:
    BLESS=1 cargo test --release --locked --test it gallery
    git diff --stat -- tests/gallery

# known vulnerabilities in dependencies; fetches the advisory database
advisories:
    cargo deny --locked check advisories
