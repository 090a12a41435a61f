# MRTG with `LogFormat: rrdtool`: four runs, five minutes apart, with scripts in place of devices, and
# a target whose maximum changes. Needs faketime.
for name in router disk; do
    cat >$name <<END
#!/bin/sh
# Two counters that grow with the time, an uptime and a name.
n=\$(date +%s)
echo \$(((n - 1500000000) * 12345 % 4294967296))
echo \$(((n - 1500000000) * ${#name} * 1000))
echo "3 days"
echo $name
END
    chmod 755 $name
done
configuration() {
    cat <<END
WorkDir: $PWD
LogFormat: rrdtool
Interval: 5
EnableIPv6: no
Target[router]: \`$PWD/router\`
MaxBytes[router]: $1
Title[router]: Router
PageTop[router]: <h1>Router</h1>
Target[disk]: \`$PWD/disk\`
MaxBytes[disk]: 1250000
AbsMax[disk]: 2500000
Options[disk]: gauge,growright
Title[disk]: Disk
PageTop[disk]: <h1>Disk</h1>
Target[sum]: \`$PWD/router\` + \`$PWD/disk\`
MaxBytes[sum]: 9999999
Title[sum]: Sum
PageTop[sum]: <h1>Sum</h1>
END
}
configuration 1250000 >mrtg.cfg
for minute in 25 30 35 40; do
    [ $minute = 35 ] && configuration 2500000 >mrtg.cfg
    with_library env LANG=C faketime -f "2020-09-13 12:$minute:07" mrtg mrtg.cfg --lock-file "$PWD/lock" \
        --confcache-file "$PWD/ok" >>messages.txt 2>&1 </dev/null
done
