#!/usr/bin/env bash
# Tests the driver on a real cluster of processes on 127.0.0.1. Installs Java and a Python
# environment if they are missing (as root on Debian), builds the program as a cluster gets it.
#
#   bash deploy/spark/test.sh           everything
#   bash deploy/spark/test.sh --small   four accounts; no mode csv, no mapInPandas
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

CACHE="${HOME:-/root}/.cache/trtc-recon"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"
VENV="$CACHE/spark"

need() {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

command -v java >/dev/null || need openjdk-17-jre-headless
[[ -x $VENV/bin/python ]] || {
    # Debian has a Python without venv.
    python3 -m venv "$VENV" 2>/dev/null || { need python3-venv && rm -rf "$VENV" && python3 -m venv "$VENV"; }
}
"$VENV/bin/python" -c 'import pyspark, pandas, pyarrow' 2>/dev/null ||
    "$VENV/bin/pip" install --quiet 'pyspark==3.5.9' 'pandas<3' 'pyarrow<22'

cargo build --release --locked --no-default-features --features spark
mkdir -p "$CACHE/spark-program"
cp "$CARGO_TARGET_DIR/release/trtc-recon" "$CACHE/spark-program/trtc-recon"
"$VENV/bin/python" deploy/spark/test.py "$CACHE/spark-program/trtc-recon" "$@"
