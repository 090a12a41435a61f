#!/bin/sh
# Writes what smartctl says about each disk to FOLDER/DISK.json, for the probe `smart` of
# rrd-collector, which has no right to ask disks. Run as root by rrd-collector-smart.timer.
set -u
umask 022
# Not the words of a locale, and no names of files from what devices are called.
LC_ALL=C
export LC_ALL
set -f

folder=${1:?"usage: $0 FOLDER"}
# Seconds that a disk may take; the argument is for tests.
patience=${2:-60}
command -v smartctl >/dev/null || {
    echo "$0: smartctl is missing: install smartmontools" >&2
    exit 1
}
mkdir -p "$folder" || exit 1
# A list without opening a device, which would wake some: /dev/sda -d scsi # /dev/sda, SCSI device
disks=$(timeout -k 5 "$patience" smartctl --scan) || {
    echo "$0: smartctl --scan failed" >&2
    exit 1
}

kept=
while read -r device option type _; do
    [ "$option" = -d ] || continue
    name=$(printf '%s' "${device#/dev/}" | tr -c 'A-Za-z0-9_-' _)
    case $type in
        # The kernel shows disks with SATA as SCSI. Behind USB, smartctl knows the adapter.
        scsi)
            type=sat,auto
            case $(readlink -f "/sys/class/block/$name") in */usb*) type=auto ;; esac
            ;;
        # The disks behind one controller.
        *,*) name=$name-$(printf '%s' "$type" | tr -c 'A-Za-z0-9_-' _) ;;
    esac
    # A disk that sleeps is not woken; that is status 3. Each other status is made of bits, of which
    # most are findings.
    timeout -k 5 "$patience" smartctl --json=c --nocheck=standby,3 -d "$type" \
        --info --health --attributes --log=error "$device" >"$folder/.new" </dev/null
    status=$?
    kept="$kept $name"
    # The answer is printed as a whole at the end. What a disk said before stays until it is too old.
    case $(tail -c 2 "$folder/.new") in
        *\}) mv -f "$folder/.new" "$folder/$name.json" ;;
        *) echo "$0: $device: no answer within $patience s, status $status" >&2 ;;
    esac
done <<LIST
$disks
LIST
rm -f "$folder/.new"

# Disks that are gone.
set +f
for file in "$folder"/*.json; do
    [ -e "$file" ] || continue
    name=${file##*/}
    case "$kept " in
        *" ${name%.json} "*) ;;
        *) rm -f "$file" ;;
    esac
done
