#!/bin/sh
# The steps that make an image of a fresh Debian or python:slim tree: run as root, SOURCE is a checkout.
#   sh deploy/image.sh SOURCE
# What comes of it: /opt/unusual (without torch), a user of its own with the number 10001, /var/lib/unusual for its home.
set -eu
SOURCE=${1:?the folder of a checkout}
USER_ID=10001

python3 -m venv /opt/unusual
/opt/unusual/bin/pip install --no-cache-dir --disable-pip-version-check -c "$SOURCE/constraints.txt" \
    "$SOURCE[serve,mqtt,notify]" tzdata
if /opt/unusual/bin/python -c "import torch" 2> /dev/null; then
    echo "torch came along: it is not wanted here" >&2
    exit 1
fi
/opt/unusual/bin/python -m compileall -q /opt/unusual/lib > /dev/null || true # the tree is read-only later
ln -sf /opt/unusual/bin/unusual /usr/local/bin/unusual

groupadd --gid "$USER_ID" unusual
useradd --no-create-home --uid "$USER_ID" --gid "$USER_ID" --home-dir /var/lib/unusual --shell /usr/sbin/nologin unusual
install -d -o "$USER_ID" -g "$USER_ID" -m 0700 /var/lib/unusual
install -d -m 0755 /etc/unusual
unusual --version
