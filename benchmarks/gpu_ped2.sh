#!/bin/sh
# UCSD Ped2 by USTN-DSC at its paper's size, on a machine with a GPU that is lent for minutes and reaches no network.
#
#   benchmarks/gpu_ped2.sh pack ../shared/data/ped2-h264 ../shared/data/ped2/UCSDped2.m     here: fills runs/lent
#   benchmarks/gpu_ped2.sh --minutes 8     there, in the checkout with runs/lent: learns, scores, leaves files in $OUT
#   benchmarks/gpu_ped2.sh unpack FOLDER   here: what it left becomes a record, a checkpoint, and the next time's start
#
# There it needs Python with torch, numpy and OpenCV. PYTHON names another Python than .venv's, or python3.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${PYTHON:-}" ]; then
    PYTHON=python3
    [ ! -x .venv/bin/python ] || PYTHON=.venv/bin/python
fi
export PYTHONPATH="$PWD/src" PYTHONUNBUFFERED=1
case "${1:-}" in
pack | unpack)
    exec "$PYTHON" benchmarks/gpu_pack.py "$@"
    ;;
esac
if ! "$PYTHON" -c "import pydantic, safetensors" 2> /dev/null; then
    for wheel in runs/lent/wheels/*.whl; do
        "$PYTHON" -m zipfile -e "$wheel" runs/lent_site
    done
    export PYTHONPATH="$PYTHONPATH:$PWD/runs/lent_site"
fi
exec "$PYTHON" benchmarks/gpu_ped2.py "$@"
