#!/bin/sh
# Tries the image and the units where no container engine is at hand: a fresh Debian tree, image.sh in it, what compose.yaml
# would start, shut in as there, and both units under a systemd of their own. As root, in a checkout:
#   apt-get install debootstrap systemd-container
#   sh deploy/try.sh FOLDER        (2 GB, ten minutes; the tree is kept there and used again, image and all, with "again")
# Whoever needs a proxy or another index for pip sets PIP_... as for pip itself; it is handed on to image.sh alone.
set -eu
FOLDER=$(realpath -m "${1:?a folder for the tree}")
AGAIN=${2:-}
TREE=$FOLDER/tree
HOME_FOLDER=$FOLDER/home
SOURCE=$(cd "$(dirname "$0")/.." && pwd)
SAID=/var/log/tried.txt

say() { printf '\n== %s\n' "$*"; }

in_tree() { # options of systemd-nspawn, then -- and a command
    SYSTEMD_LOG_LEVEL=crit systemd-nspawn --quiet --directory "$TREE" --register=no --keep-unit "$@" < /dev/null
}

as_container() { # as compose.yaml: nobody's rights, a root that cannot be written, no network, its home alone
    in_tree --private-network --read-only --no-new-privileges=yes --drop-capability=all --user=unusual \
        --tmpfs=/tmp:mode=1777 --bind="$HOME_FOLDER:/var/lib/unusual" --setenv=UNUSUAL_HOME=/var/lib/unusual \
        --setenv=XDG_CACHE_HOME=/tmp/cache --setenv=PYTHONDONTWRITEBYTECODE=1 --pipe "$@"
}

if [ "$AGAIN" != again ]; then
    say "a fresh tree"
    rm -rf "$TREE" "$HOME_FOLDER"
    mkdir -p "$FOLDER"
    debootstrap --variant=minbase --include=python3-venv,ca-certificates,systemd,systemd-sysv,dbus bookworm "$TREE" \
        > "$FOLDER/debootstrap.log"
    du -sm "$TREE" | sed 's/\t.*/ MB without us/'

    say "deploy/image.sh"
    mkdir "$TREE/source"
    (cd "$SOURCE" && git ls-files -z | xargs -0 cp --parents -t "$TREE/source")
    set --
    for name in $(env | sed -n 's/^\(PIP_[A-Z_]*\)=.*/\1/p'); do
        eval "value=\$$name"
        set -- "$@" "--setenv=$name=$value"
        [ ! -f "$value" ] || set -- "$@" "--bind-ro=$value"
    done
    [ ! -f /etc/pip.conf ] || set -- "$@" --bind-ro=/etc/pip.conf
    in_tree --pipe "$@" -- sh /source/deploy/image.sh /source > "$FOLDER/image.log" 2>&1 || { tail -20 "$FOLDER/image.log"; exit 1; }
    tail -1 "$FOLDER/image.log"
    rm -rf "$TREE/source"
    du -sm "$TREE/opt/unusual" | sed 's/\t.*/ MB of us/'
fi

say "shut in as a container: learn, watch, serve, its health check"
mkdir -p "$HOME_FOLDER"
chown 10001:10001 "$HOME_FOLDER"
as_container -- /opt/unusual/bin/unusual --version
as_container -- sh -c 'touch /written 2> /dev/null && echo "its root can be written" || echo "its root cannot be written"'
as_container -- sh -c '
    set -e
    unusual data make /tmp/scene --minutes 5 --clips 1
    unusual learn /tmp/scene --as entrance --odd ordinary --alarms-per-day 1000
    cp "$(ls -S /tmp/scene/*/*.mp4 | head -1)" /var/lib/unusual/film.mp4
    unusual watch /tmp/scene/test/*.mp4 --model entrance --pace fast
' > "$FOLDER/container.log" 2>&1 || { tail -20 "$FOLDER/container.log"; exit 1; }
tail -1 "$FOLDER/container.log"
CHECK=$(sed -n 's/.*\[CMD-SHELL, "\(.*\)"\]$/\1/p' "$SOURCE/deploy/compose.yaml")
as_container -- sh -c "$CHECK" && echo "the health check of watch passes"
CHECK=$(sed -n 's/^    CMD \["[^"]*", "-c", "\(.*\)"\]$/\1/p' "$SOURCE/deploy/Dockerfile")
as_container -- sh -c "
    unusual serve --host 127.0.0.1 > /tmp/said 2>&1 & served=\$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        sleep 1
        /opt/unusual/bin/python -c \"$CHECK\" 2> /dev/null && echo 'the health check of serve passes' && break
    done
    kill \$served && wait \$served || echo \"serve ended with \$?\"
"

say "the units, under a systemd of their own"
mkdir -p "$TREE/etc/unusual/credentials" "$TREE/srv"
mv "$HOME_FOLDER/film.mp4" "$TREE/srv/film.mp4"
printf /srv/film.mp4 > "$TREE/etc/unusual/credentials/entrance"
chmod 0600 "$TREE/etc/unusual/credentials/entrance"
printf '[cameras.entrance]\nsource_from = "credential:entrance"\n' > "$TREE/etc/unusual/cameras.toml"
cat > "$TREE/usr/local/sbin/try-units" <<'UNITS'
#!/bin/sh
pid() { systemctl show -p MainPID --value "unusual-$1"; }
health() { /opt/unusual/bin/python -c "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:8765/healthz', timeout=4).read())"; }
unusual service install --config /etc/unusual/cameras.toml --home /var/lib/unusual
systemctl daemon-reload && systemctl enable --now unusual-watch unusual-serve
sleep 20
for each in watch serve; do
    echo "$each: $(systemctl is-active unusual-$each), as $(stat -c %U /proc/$(pid $each)), $(grep -c . /proc/$(pid $each)/mountinfo) mounts"
done
echo "the camera's state: $(grep -o '"state": *"[a-z_]*"' /var/lib/unusual/live/entrance.json)"
echo "the dashboard's health: $(health)"
echo "its secret: $(stat -c '%a %U' /etc/unusual/credentials/entrance), on watch's command line: $(tr '\0' ' ' < /proc/$(pid watch)/cmdline | grep -c film)"
before=$(pid watch) && kill -9 "$before" && sleep 12
echo "killed: $before, now $(pid watch), restarts: $(systemctl show -p NRestarts --value unusual-watch)"
systemctl stop unusual-watch unusual-serve
for each in watch serve; do
    echo "$each: stopped, $(systemctl show -p Result,ExecMainStatus unusual-$each | tr '\n' ' ')"
done
systemctl --failed --no-legend
journalctl --no-pager -u unusual-watch -u unusual-serve -o cat > /var/log/tried-journal.txt
UNITS
chmod 0755 "$TREE/usr/local/sbin/try-units"
cat > "$TREE/etc/systemd/system/try-units.service" <<UNITS
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/usr/local/sbin/try-units > $SAID 2>&1; systemctl --no-block poweroff'
UNITS
mkdir -p "$TREE/etc/systemd/system/default.target.wants"
ln -sf ../try-units.service "$TREE/etc/systemd/system/default.target.wants/"
rm -f "$TREE$SAID"
in_tree --boot --private-network --bind="$HOME_FOLDER:/var/lib/unusual" > "$FOLDER/boot.log" 2>&1 || true
cat "$TREE$SAID"
